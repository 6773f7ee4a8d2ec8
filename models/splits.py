"""How rows are split so that a judgement is honest: doors stay together, and time runs forward."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.training_set import Doubles, Whole

Split = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def household_folds(household: Whole, label: Doubles, count: int, seed: int) -> Whole:
    """A fold from 0 to `count - 1` for each row, the same for all rows of a household.

    Households with and without positives are dealt out in turn, so that every fold has its share of both: without it
    the base rate of a fold and of the rest move against each other, and a small sample looks worse than it is.
    Independent of row order.
    """
    table = pd.DataFrame({"household": household, "label": label}).groupby("household", as_index=False)["label"].mean()
    mixed = pd.util.hash_array(table["household"].to_numpy(np.int64)) ^ np.uint64(seed)
    order = np.lexsort((pd.util.hash_array(mixed), table["label"].to_numpy()))
    fold = np.empty(len(table), np.int64)
    fold[order] = np.arange(len(table)) % count
    return np.asarray(fold[table["household"].searchsorted(household)])


def fold_splits(folds: Whole) -> Iterator[Split]:
    """(learn, judge) masks: each fold judged once by what is learned from the others."""
    for fold in np.unique(folds):
        yield folds != fold, folds == fold


def forward_splits(era: Whole, judged: Sequence[int]) -> Iterator[Split]:
    """(learn, judge) masks: each judged era by what is learned from all before it."""
    for number in judged:
        yield era < number, era == number
