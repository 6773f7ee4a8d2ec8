"""What a model is trained and judged on: features, labels, weights, and which rows belong together."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingSet:
    """Labelled voters, one row each (a voter may come again in another era).

    `features` is what `build_features` returns; `categories` names its category columns. `label` is 1 or 0, never
    NaN; `weight` is positive. `household` numbers doors, so that a door is never on both sides of a split; `era`
    numbers the elections that rows belong to, oldest first (all 0 for a survey).
    """

    features: pd.DataFrame
    label: Doubles
    weight: Doubles
    household: Whole
    era: Whole
    categories: tuple[str, ...]

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
        )


def _numbers(rows: NDArray[np.bool_] | Whole) -> Whole:
    return np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows, np.int64)
