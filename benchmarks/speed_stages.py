"""CPU seconds of the stages of a run, measured around the functions that do them, wherever they were imported to."""

import importlib
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

# What is not there in this version of the product is passed over. A stage within a stage counts for the outer one.
STAGES = (
    ("read", "data.snapshots:Snapshot.read_voters"),
    ("read", "data.parts:read_part"),
    ("surroundings", "features.surroundings:learn_surroundings"),
    ("surroundings", "features.area_totals:AreaTotals.add"),
    ("features", "features.matrix:build_features"),
    ("exclude", "features.eligibility:exclusion_reasons"),
    ("scorer", "models.fast_scorer:FastScorer.build"),
    ("predict", "models.fast_scorer:FastScorer.predict"),
    ("predict", "models.model:PropensityModel.predict"),
    ("write", "data.parts:write_part"),
    ("rank", "lists.ranking:rank_universe"),
    ("reasons", "pipelines.reasons:Teller.tell_part"),
    ("read", "naive:read_voters"),
    ("features", "naive:make_features"),
    ("predict", "naive:predict"),
    ("rank", "naive:rank_voters"),
    ("write", "naive:write_scores"),
)


def watch_stages() -> dict[str, float]:
    """Measure from now on; the CPU seconds by stage, which grow as the stages run. For one thread at a time."""
    spent: dict[str, float] = defaultdict(float)
    inside: list[str] = []
    for stage, place in STAGES:
        module, _, name = place.partition(":")
        *outer, name = name.split(".")
        try:
            holder = importlib.import_module(module)
            for step in outer:
                holder = getattr(holder, step)
            original = vars(holder)[name]
        except (ImportError, AttributeError, KeyError):
            continue
        _replace(holder, name, original, stage, spent, inside)
    return spent


def _replace(holder: Any, name: str, original: Any, stage: str, spent: dict[str, float], inside: list[str]) -> None:
    if isinstance(original, classmethod):
        setattr(holder, name, classmethod(_timed(original.__func__, stage, spent, inside)))
        return
    timed = _timed(original, stage, spent, inside)
    setattr(holder, name, timed)
    for module in list(sys.modules.values()):
        for other, value in list(vars(module).items()) if hasattr(module, "__dict__") else ():
            if value is original:
                setattr(module, other, timed)


def _timed(function: Callable[..., Any], stage: str, spent: dict[str, float], inside: list[str]) -> Callable[..., Any]:
    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if inside:
            return function(*args, **kwargs)
        inside.append(stage)
        began = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[stage] += time.process_time() - began
            inside.pop()

    return call
