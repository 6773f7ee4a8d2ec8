"""What a model is trained and judged on: features, labels, weights, and which rows belong together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Election

Doubles = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingSet:
    """Labelled voters, one row each (a voter may come again in another era).

    `features` is what `build_features` returns; `categories` names its category columns. `label` is 1 or 0, never
    NaN; `weight` is positive. `household` numbers doors, so that a door is never on both sides of a split; `era`
    numbers the `elections` that rows belong to, oldest first (all 0, and no elections, for a survey). `offset` is what
    is known of a row's log odds beforehand, the level of its election; a model learns what is beside it.
    """

    features: pd.DataFrame
    label: Doubles
    weight: Doubles
    household: Whole
    era: Whole
    categories: tuple[str, ...]
    elections: tuple[Election, ...] = ()
    offset: Doubles | None = None

    @property
    def offsets(self) -> Doubles:
        """The offset of each row, 0 where nothing is known beforehand; shape (rows,)."""
        return np.zeros(len(self)) if self.offset is None else self.offset

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: NDArray[np.bool_] | Whole) -> "TrainingSet":
        """The rows chosen by a mask or by their numbers, in that order."""
        chosen = _numbers(rows)
        return TrainingSet(
            self.features.iloc[chosen],
            self.label[chosen],
            self.weight[chosen],
            self.household[chosen],
            self.era[chosen],
            self.categories,
            self.elections,
            None if self.offset is None else self.offset[chosen],
        )


def _numbers(rows: NDArray[np.bool_] | Whole) -> Whole:
    return np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows, np.int64)
