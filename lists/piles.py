"""Sorted piles on disk: a list longer than memory, brought in order range by range.

Each block of candidates leaves a pile: its selected voters, in the order of the list. It is written in batches, whose
first standings are kept in memory: they cut the list into ranges of bounded length, and of every pile only the batches
that reach into a range are read. A household has one standing and comes from one block, so that no cut splits it.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data.durable import PRIVATE_FILE
from lists.ranking import order

BATCH_ROWS = 512
RANGE_ROWS = 200_000


@dataclass(frozen=True)
class Pile:
    """A pile in a file: where its batches begin and the last one ends, and the standing of the first voter of each.

    A standing is the priority of the best member of the door, and its tie.
    """

    path: Path
    rows: int
    offsets: NDArray[np.int64]
    priorities: NDArray[np.float64]
    ties: NDArray[np.uint64]


def create_piles(path: Path) -> BinaryIO:
    """A new file for piles, for the owner only."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE))


def write_pile(file: BinaryIO, table: pa.Table, batch_rows: int = BATCH_ROWS) -> Pile:
    """Append a table, in the order of the list, to a file; the pile to read it by."""
    offsets = [file.tell()]
    for batch in table.combine_chunks().to_batches(max_chunksize=batch_rows):
        file.write(batch.serialize())
        offsets.append(file.tell())
    firsts = slice(None, None, batch_rows)
    priorities, ties = table["door_priority"].to_numpy()[firsts], table["door_tie"].to_numpy()[firsts]
    # Copied: a view would keep the whole column.
    return Pile(Path(file.name), len(table), np.array(offsets), priorities.copy(), ties.copy())


def read_in_order(piles: Sequence[Pile], schema: pa.Schema, range_rows: int = RANGE_ROWS) -> Iterator[pa.Table]:
    """The voters of all piles in the order of the list, about `range_rows` at a time however many are alike.

    `schema` is that of the tables that were written.
    """
    written = [pile for pile in piles if pile.rows]
    if not written:
        return
    standings = _Standings.of(written, range_rows)
    for low, high in zip(standings.cuts, (*standings.cuts[1:], None), strict=True):
        found = [standings.read(number, pile, schema, low, high) for number, pile in enumerate(written)]
        yield order(pa.concat_tables(found).combine_chunks())


@dataclass(frozen=True)
class _Standings:
    """The distinct first standings of all batches, highest first; of each pile their numbers; and where to cut."""

    priorities: NDArray[np.float64]
    ties: NDArray[np.uint64]
    numbers: tuple[NDArray[np.int64], ...]
    cuts: tuple[int, ...]

    @classmethod
    def of(cls, piles: Sequence[Pile], range_rows: int) -> Self:
        priorities, ties = (np.concatenate([getattr(pile, name) for pile in piles]) for name in ("priorities", "ties"))
        by_standing = np.lexsort((ties, -priorities))
        priorities, ties = priorities[by_standing], ties[by_standing]
        new = np.ones(len(ties), bool)
        new[1:] = (priorities[1:] != priorities[:-1]) | (ties[1:] != ties[:-1])
        number = np.cumsum(new) - 1
        rows = np.concatenate([np.full(len(pile.ties), pile.rows / len(pile.ties)) for pile in piles])[by_standing]
        _, starts = np.unique((np.cumsum(rows) - rows) // range_rows, return_index=True)
        numbers = np.empty_like(number)
        numbers[by_standing] = number
        ends = np.cumsum([len(pile.ties) for pile in piles])[:-1]
        cuts = tuple(np.unique(number[starts]).tolist())
        return cls(priorities[new], ties[new], tuple(np.split(numbers, ends)), cuts)

    def read(self, number: int, pile: Pile, schema: pa.Schema, low: int, high: int | None) -> pa.Table:
        """The voters of a pile from one standing up to another, or to the end; only their batches are read."""
        firsts = self.numbers[number]
        begin = max(int(np.searchsorted(firsts, low)) - 1, 0)
        end = len(firsts) if high is None else int(np.searchsorted(firsts, high))
        with pile.path.open("rb") as file:
            file.seek(pile.offsets[begin])
            content = pa.py_buffer(file.read(pile.offsets[end] - pile.offsets[begin]))
        places = (pile.offsets[begin : end + 1] - pile.offsets[begin]).tolist()
        batches = [pa.ipc.read_record_batch(content.slice(*place), schema) for place in _spans(places)]
        table = pa.Table.from_batches(batches, schema)
        start, stop = self._count_before(table, low), len(table) if high is None else self._count_before(table, high)
        return table.slice(start, stop - start)

    def _count_before(self, table: pa.Table, number: int) -> int:
        priorities, ties = table["door_priority"].to_numpy(), table["door_tie"].to_numpy()
        priority, tie = self.priorities[number], self.ties[number]
        return int(np.sum((priorities > priority) | ((priorities == priority) & (ties < tie))))


def _spans(places: list[int]) -> Iterator[tuple[int, int]]:
    """Where each batch begins, and how long it is."""
    return ((begin, end - begin) for begin, end in pairwise(places))
