"""Duplicates: rows that say the same twice, and rows that contradict each other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
LONGEST_KEY = 64
ODD = np.uint64(0x9E3779B97F4A7C15)
SAFE = 2**31  # times the distinct values of any one column, it still fits in 64 bits


def find_duplicates(table: pa.Table, key: Sequence[str], content: Sequence[str]) -> tuple[Mask, Mask]:
    """Which rows repeat an earlier row with the same `content`, and which contradict another row of their `key`.

    Shapes (rows,), no row in both. All rows of a key that is contradicted are, identical copies included: nobody can
    tell which of them is right.
    """
    again, clash = np.zeros((2, len(table)), dtype=bool)
    if len(key) == 1 and _are_distinct(table[key[0]].combine_chunks()):
        return again, clash
    keys = _number(table, key)
    where = np.flatnonzero(keys.duplicated(keep=False))
    if len(where) == 0:
        return again, clash
    keys = keys.iloc[where]
    same = _number(table.take(where), content).duplicated().to_numpy()
    contradicted = keys[~same][keys[~same].duplicated()]
    clash[where] = keys.isin(contradicted)
    again[where] = same
    return again & ~clash, clash


def _are_distinct(texts: pa.Array) -> bool:
    """Whether equally long texts are seen to differ: equal ones have equal hashes, and no two hashes are equal."""
    if texts.null_count or not len(texts) or not pa.types.is_string(texts.type):
        return False
    places = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    length = int(places[1] - places[0])
    if not length or length > LONGEST_KEY or (np.diff(places) != length).any():
        return False
    cells = np.frombuffer(texts.buffers()[2], dtype=np.uint8)[places[0] : places[-1]].reshape(-1, length)
    words = np.zeros((len(texts), -(-length // 8) * 8), dtype=np.uint8)
    words[:, :length] = cells
    hashes = np.zeros(len(texts), dtype=np.uint64)
    for word in words.view(np.uint64).T:
        hashes = (hashes ^ (hashes >> np.uint64(29))) * ODD + word
    hashes.sort()
    return bool((hashes[1:] != hashes[:-1]).all())


def _number(table: pa.Table, columns: Sequence[str]) -> "pd.Series[int]":
    """A number per row, equal where the rows have equal cells; blank cells are equal to each other."""
    numbers = np.zeros(len(table), dtype=np.int64)
    for column in columns:
        coded = table[column].combine_chunks().dictionary_encode("encode")
        numbers = numbers * len(coded.dictionary) + coded.indices.to_numpy()
        if numbers.max(initial=0) > SAFE:
            numbers = pd.factorize(numbers)[0]
    return pd.Series(numbers)
