"""Duplicates: rows that say the same twice, and rows that contradict each other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
SAFE = 2**31  # times the distinct values of any one column, it still fits in 64 bits


def find_duplicates(table: pa.Table, key: Sequence[str], content: Sequence[str]) -> tuple[Mask, Mask]:
    """Which rows repeat an earlier row with the same `content`, and which contradict another row of their `key`.

    Shapes (rows,), no row in both. All rows of a key that is contradicted are, identical copies included: nobody can
    tell which of them is right.
    """
    keys = _number(table, key)
    where = np.flatnonzero(keys.duplicated(keep=False))
    again, clash = np.zeros((2, len(table)), dtype=bool)
    if len(where) == 0:
        return again, clash
    keys = keys.iloc[where]
    same = _number(table.take(where), content).duplicated().to_numpy()
    contradicted = keys[~same][keys[~same].duplicated()]
    clash[where] = keys.isin(contradicted)
    again[where] = same
    return again & ~clash, clash


def _number(table: pa.Table, columns: Sequence[str]) -> "pd.Series[int]":
    """A number per row, equal where the rows have equal cells; blank cells are equal to each other."""
    numbers = np.zeros(len(table), dtype=np.int64)
    for column in columns:
        coded = table[column].combine_chunks().dictionary_encode("encode")
        numbers = numbers * len(coded.dictionary) + coded.indices.to_numpy()
        if numbers.max(initial=0) > SAFE:
            numbers = pd.factorize(numbers)[0]
    return pd.Series(numbers)
