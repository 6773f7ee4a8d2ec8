"""What a worker of a cluster does for a run: one call at a time, told apart from its own troubles.

Imports neither Prefect nor Dask: a worker knows the run by its parts alone.
"""

import hashlib
import platform
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from data.errors import InputError, PropensityError, UsageError
from pipelines.engine import Item, Result
from pipelines.share import Mark

# A score is the same wherever it is made only where these are.
PACKAGES = ("numpy", "pandas", "pyarrow", "scipy", "scikit-learn", "lightgbm", "numba", "dask", "distributed")
FOLDERS = ("data", "features", "models", "pipelines")

Installation = Mapping[str, str]


@cache
def describe_installation() -> Installation:
    """What this process would compute with: the versions of Python and packages, and a digest of the code itself."""
    root = Path(__file__).parents[1]
    code = hashlib.sha256()
    for path in sorted(path for folder in FOLDERS for path in (root / folder).glob("*.py")):
        code.update(path.read_bytes())
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: find_version(name) for name in PACKAGES}, "propensity": code.hexdigest()[:12]}


def find_version(package: str) -> str:
    """The version of an installed package, or that there is none."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def check_installation(expected: Installation) -> None:
    """UsageError naming what this process has in another version than the run."""
    here = describe_installation()
    faults = [f"{name} {here.get(name)} instead of {there}" for name, there in expected.items() if here[name] != there]
    if faults:
        raise UsageError(f"a worker has {', '.join(faults)}; install the same lock file on every machine")


def check_reach(mark: Mark) -> None:
    """UsageError when this process does not see the run's place."""
    try:
        mark.check()
    except (InputError, OSError):
        raise UsageError(
            f"a worker does not see {mark.place}. Put the campaign where every worker has it under the same path, "
            "or name with --share where all may read and write"
        ) from None


def attempt(
    function: Callable[[Item], Result], item: Item, expected: Installation
) -> tuple[Result, None] | tuple[None, PropensityError]:
    """What the call returned, or why it did not; raises nothing, for Dask would write that into its log.

    Of an error that is not a PropensityError only type and place come back: its text may hold a person's data.
    """
    try:
        check_installation(expected)
        return function(item), None
    except PropensityError as error:
        return None, error
    except OSError as error:
        return None, PropensityError(f"a worker could not read or write: {error.strerror or type(error).__name__}")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        return None, PropensityError(f"a bug, on a worker: {where}")


def find_fault(expected: Installation, mark: Mark) -> PropensityError | None:
    """Why this process could not work for the run, or None."""
    try:
        check_installation(expected)
        check_reach(mark)
    except PropensityError as error:
        return error
    return None
