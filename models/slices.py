"""Who is judged apart: voters by age, by party, by precinct, and by how much is known of their past."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.matrix import OTHER

AGE_BANDS = ((30, "18-29"), (45, "30-44"), (65, "45-64"), (np.inf, "65+"))
MOST_PLACES = 20
UNKNOWN, REST = "unknown", "other"
NEW, SILENT, KNOWN = "new registrant", "no history", "history"

Words = NDArray[np.object_]


def slice_groups(features: pd.DataFrame, vocabulary: Mapping[str, tuple[str, ...]]) -> dict[str, Words]:
    """A word for each row under `age`, `party`, `precinct` and `record`; what the features cannot tell is left out.

    A new registrant was on the rolls for no past election, a voter without history for some and voted in none. Of
    precincts the `MOST_PLACES` largest of the file have their names.
    """
    groups = {}
    if "age" in features:
        groups["age"] = _bands(features["age"].to_numpy(np.float64))
    for name, most in (("party", None), ("precinct", MOST_PLACES)):
        if name in features and name in vocabulary:
            groups[name] = _words(features[name].to_numpy(np.float64), vocabulary[name][:most])
    if {"elections_on_rolls", "share_all"} <= set(features) and features["elections_on_rolls"].gt(0).any():
        groups["record"] = _records(features)
    return groups


def _bands(age: NDArray[np.float64]) -> Words:
    ends, names = np.array([end for end, _ in AGE_BANDS]), np.array([name for _, name in AGE_BANDS], object)
    band = np.searchsorted(ends, age, "right").clip(max=len(names) - 1)
    return np.where(np.isnan(age), UNKNOWN, names[band])


def _words(numbers: NDArray[np.float64], words: tuple[str, ...]) -> Words:
    known = np.array([REST, *words], object)
    place = np.where(np.isnan(numbers) | (numbers > len(words)), OTHER, numbers).astype(np.int64)
    return np.where(np.isnan(numbers), UNKNOWN, known[place])


def _records(features: pd.DataFrame) -> Words:
    new = ~(features["elections_on_rolls"].to_numpy() > 0)
    silent = features["share_all"].to_numpy() == 0
    return np.where(new, NEW, np.where(silent, SILENT, KNOWN)).astype(object)
