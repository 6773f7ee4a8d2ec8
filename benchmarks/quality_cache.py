"""Predictions kept between runs, under everything that they follow from: the rows, the settings, the code.

Nothing has to be emptied by hand: what changed has another key.
"""

import ast
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
# What a score of the product follows from, besides the rows.
PRODUCT = ("data", "features", "models", "pipelines")


@dataclass(frozen=True)
class Kept:
    """Predictions of the test rows, in what state they were, and how long they took."""

    predictions: NDArray[np.float32]
    state: str
    seconds: float


@dataclass(frozen=True)
class Cache:
    """Predictions in a folder, one file a key."""

    folder: Path

    def find(self, key: str) -> Kept | None:
        path = self.folder / f"{key}.npz"
        if not path.exists():
            return None
        with np.load(path) as stored:
            return Kept(stored["predictions"], str(stored["state"]), float(stored["seconds"]))

    def keep(self, key: str, kept: Kept) -> Kept:
        self.folder.mkdir(parents=True, exist_ok=True)
        partly = self.folder / f"{key}.part.npz"
        np.savez(partly, predictions=kept.predictions, state=kept.state, seconds=kept.seconds)
        partly.rename(self.folder / f"{key}.npz")
        return kept


def digest(*things: object) -> str:
    """A digest of frames, series, arrays, partial calls, and whatever says what it is in words."""
    sha = hashlib.sha256()
    for piece in _pieces(things):
        sha.update(piece)
        sha.update(b"\0")
    return sha.hexdigest()[:32]


def digest_sources(files: Iterable[Path]) -> str:
    """A digest of what source files do, whatever their comments, docstrings and format."""
    return digest(*(ast.unparse(_without_docstrings(file.read_text(encoding="utf-8"))) for file in sorted(files)))


def _without_docstrings(source: str) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = [*node.body[1:], ast.Pass()]
    return tree


def product_sources() -> list[Path]:
    """The files that a score of the product follows from, where they are imported from."""
    folders = [Path(folder) for name in PRODUCT for folder in import_module(name).__path__]
    return [Path(__file__).with_name("product.py"), *(file for folder in folders for file in folder.rglob("*.py"))]


def _pieces(things: Iterable[object]) -> Iterable[bytes]:
    for thing in things:
        if isinstance(thing, pd.DataFrame | pd.Series):
            names = [*thing] if isinstance(thing, pd.DataFrame) else [thing.name]
            yield repr(names).encode()
            yield pd.util.hash_pandas_object(thing).to_numpy().tobytes()
        elif isinstance(thing, np.ndarray):
            yield thing.tobytes()
        elif isinstance(thing, partial):
            yield from _pieces([_name(thing.func), *thing.args, thing.keywords])
        elif isinstance(thing, Mapping):
            yield from _pieces([part for item in thing.items() for part in item])
        else:
            yield repr(thing).encode()


def _name(function: Callable[..., object]) -> str:
    return function.__name__
