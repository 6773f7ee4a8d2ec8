"""Weights for who was reached: volunteers hear from those who open the door, the file says who else there is.

A model of response first, which sees everything the file tells; then raking to the file's margins, which makes the
weighted answers add up to the file where readers look. What nobody could know beforehand, such as that supporters like
to talk to supporters, no weight undoes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.margins import Cells, collapse_levels, sort_into_cells
from models.raking import rake, widest_gap
from models.response import undo_response
from models.training_set import Doubles

NORMAL_95 = 1.96


@dataclass(frozen=True)
class Margin:
    """One level of a feature, in words, and its share of the file, of who answered, and of the same weighted."""

    feature: str
    level: str
    file: float
    answered: float
    weighted: float


@dataclass(frozen=True)
class Weighting:
    """What weighting did: what the answers are worth, and what they say before and after.

    `effective_size` is the number of answers of equal weight that would tell as much (Kish 1965), `largest` the largest
    weight where 1 is the mean. `low` and `high` bound the weighted mean with 95 % confidence, as far as chance goes.
    `gap` is how far the weights are from the margins that they were raked to at most: 0 where they meet them.
    """

    effective_size: float
    rows: int
    largest: float
    unweighted_mean: float
    weighted_mean: float
    low: float
    high: float
    gap: float
    margins: tuple[Margin, ...]


@dataclass(frozen=True)
class Weights:
    """One weight per answered row, in the same order: positive, finite, mean 1.

    `cells` are the file's margins, `raked` the same as they were raked to, levels too small to carry put together.
    """

    weight: Doubles
    cells: tuple[Cells, ...]
    raked: tuple[Cells, ...]

    def describe(self, label: Doubles) -> Weighting:
        """What these weights did to the mean of the answered rows' labels, and to the margins."""
        mean = float(np.average(label, weights=self.weight))
        reach = NORMAL_95 * self._standard_error(label)
        return Weighting(
            effective_size=effective_size(self.weight),
            rows=len(label),
            largest=float(self.weight.max()),
            unweighted_mean=float(label.mean()),
            weighted_mean=mean,
            low=max(0.0, mean - reach),
            high=min(1.0, mean + reach),
            gap=widest_gap(self.weight, self.raked),
            margins=tuple(margin for cells in self.cells for margin in _describe_margins(cells, self.weight)),
        )

    def _standard_error(self, label: Doubles) -> float:
        """Of the weighted mean of labels, of which the margins explain a part (Deville and Särndal 1992)."""
        levels = np.column_stack([np.ones(len(label)), *(np.eye(len(c.levels))[c.answered] for c in self.raked)])
        root = np.sqrt(self.weight)
        fit, _, rank, _ = np.linalg.lstsq(levels * root[:, None], label * root)
        left = self.weight * (label - levels @ fit)
        free = max(len(label) - int(rank), 1)
        return float(np.sqrt((left**2).sum() * len(label) / free) / self.weight.sum())


def weigh(
    answered: pd.DataFrame,
    file: pd.DataFrame,
    *,
    categories: tuple[str, ...],
    vocabulary: Mapping[str, tuple[str, ...]],
) -> Weights:
    """Weights that make who answered look like the file.

    Both frames are what `build_features` returns as of the same day; `file` is a random sample of the voters that the
    answers shall speak for, in no order. Deterministic.
    """
    cells = sort_into_cells(answered, file, categories=categories, vocabulary=vocabulary)
    raked = tuple(collapse_levels(each) for each in cells)
    return Weights(rake(undo_response(answered, file, categories), raked), cells, raked)


def effective_size(weight: Doubles) -> float:
    """Kish's effective sample size: how many rows of equal weight would tell as much."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def _describe_margins(cells: Cells, weight: Doubles) -> list[Margin]:
    """The levels of one feature that are there at all."""
    shares = (cells.file_shares(), cells.answered_shares(np.ones(len(weight))), cells.answered_shares(weight))
    levels = zip(cells.levels, *(share.tolist() for share in shares), strict=True)
    return [Margin(cells.feature, level, *numbers) for level, *numbers in levels if any(numbers)]
