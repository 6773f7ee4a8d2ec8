"""One declaration per feature: what it is called, what it means, what it says of a voter, and how it is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import pandas as pd

from features.scene import Scene
from features.words import SILENT, Says

Dtype = Literal["number", "category"]
Compute = Callable[[Scene], Any]


@dataclass(frozen=True)
class Feature:
    """A feature of a voter as of a date.

    `compute` takes the scene (the view of a block and the surroundings) and returns one value a voter in the
    block's order, missing as NaN. A category is a column of the voter file of the same name. `topic` groups features
    that tell of the same thing: together they give one reason. `says` is what a value means for one voter, in words.
    """

    name: str
    meaning: str
    compute: Compute
    dtype: Dtype = "number"
    topic: str = "other"
    says: Says = SILENT


def column(name: str, meaning: str, dtype: Dtype, *, topic: str = "other", says: Says = SILENT) -> Feature:
    """A feature that is a column of the voter file as it stands; a category's words are numbered by the vocabulary."""
    return Feature(name, meaning, partial(_read_column, name), dtype, topic, says)


def _read_column(name: str, scene: Scene) -> pd.Series:
    return scene.view.voters[name]
