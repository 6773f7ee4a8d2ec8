"""One declaration per feature: what it is called, what it means, what it is, and how it is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from features.surroundings import Scene

Dtype = Literal["number", "category"]


@dataclass(frozen=True)
class Feature:
    """A feature of a voter as of a date.

    `compute` takes the scene (the view of a block and the surroundings) and returns one value a voter in the
    block's order: floats for a number, strings or a categorical for a category. Missing is NaN.
    """

    name: str
    meaning: str
    compute: Callable[["Scene"], Any]
    dtype: Dtype = "number"
