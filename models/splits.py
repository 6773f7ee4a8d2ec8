"""How rows are split so that a judgement is honest: doors stay together, and time runs forward."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.training_set import Whole

Split = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def household_folds(household: Whole, count: int, seed: int) -> Whole:
    """A fold from 0 to `count - 1` for each row, the same for all rows of a household; independent of row order."""
    hashed = pd.util.hash_array(household.astype(np.int64)) ^ pd.util.hash_array(np.array([seed], np.int64))
    return np.asarray(pd.util.hash_array(hashed) % np.uint64(count), np.int64)


def fold_splits(folds: Whole) -> Iterator[Split]:
    """(learn, judge) masks: each fold judged once by what is learned from the others."""
    for fold in np.unique(folds):
        yield folds != fold, folds == fold


def forward_splits(era: Whole) -> Iterator[Split]:
    """(learn, judge) masks: each era but the first judged by what is learned from all before it."""
    for number in np.unique(era)[1:]:
        yield era < number, era == number
