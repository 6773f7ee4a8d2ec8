"""Numbers and categories as bytes: one quantisation for all trees that a run scores, exact at every threshold.

A number becomes the count of cut points below it, a category the sets of categories that it belongs to. What is missing
is settled here: a column in which it goes left, and one in which it goes right, where trees ask for both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.tables import Codes
from models.tree_text import CATEGORY, DEFAULT_LEFT, Tree, Unsupported

CUTS_OF_A_COLUMN = 255
MOST_LEVELS = 1 << 16
MOST_COLUMNS, MOST_TABLE_BYTES = 1 << 12, 1 << 24
BITS = 8
# With few levels a node for every eight of them is quicker than looking each voter's sets up; measured on models.
FEW_LEVELS = 40


class Number(NamedTuple):
    """A number's cut: goes left when at most `cut`; `rule` is where the quantiser puts what is missing."""

    feature: int
    rule: int
    cut: float


class Set(NamedTuple):
    """A category's set, its members as bits, little end first; or, where not `left`, all values that are no members."""

    feature: int
    words: bytes
    left: bool = True


class Place(NamedTuple):
    """Where a split's answer is found: its column, and the test that the kernel makes of its byte.

    A byte is at most the test of a number; of a set it has a bit of the test, in one of the places of the set.
    """

    column: int
    test: int


Places = dict[Number | Set, tuple[Place, ...]]


@dataclass(frozen=True)
class Quantiser:
    """The tables of the kernel, and the place of each split."""

    codes: Codes
    places: Places


def split_of(tree: Tree, node: int, columns: Sequence[int]) -> Number | Set:
    """The split of a node; `columns` says which feature of the frame each feature of the model is."""
    kind, feature = int(tree.kinds[node]), columns[tree.features[node]]
    if kind & CATEGORY:
        return Set(feature, tree.members[node].astype("<u4").tobytes().rstrip(b"\0"))
    missing = kind >> 2 & 3
    if kind >> 4 or missing > 2:
        raise Unsupported("it has a kind of split that is not known")
    rule = 0 if missing == 0 else (1 if kind & DEFAULT_LEFT else 2) + (2 if missing == 1 else 0)
    return Number(feature, rule, at_most(float(tree.thresholds[node])))


def at_most(threshold: float) -> float:
    """The largest float32 that is not above a threshold: a float32 is at most the one when at most the other."""
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
    return float(near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf)))


def plan_quantiser(splits: Iterable[Number | Set]) -> Quantiser:
    """One quantisation for all splits of a run; raises Unsupported where the tables would be too large."""
    numbers: dict[int, set[Number]] = {}
    sets: dict[int, set[Set]] = {}
    for split in splits:
        if isinstance(split, Number):
            numbers.setdefault(split.feature, set()).add(split)
        else:
            sets.setdefault(split.feature, set()).add(split)
    plan = _Plan()
    for feature in sorted(numbers):
        plan.add_numbers(feature, numbers[feature])
    for feature in sorted(sets):
        plan.add_sets(feature, sorted(sets[feature]))
    return plan.finish()


class _Plan:
    """The tables while they grow."""

    def __init__(self) -> None:
        self.cuts: list[NDArray[np.float32]] = []
        self.searches: list[tuple[int, ...]] = []
        self.shown: list[tuple[int, int]] = []
        self.tables: list[NDArray[np.int8]] = []
        self.lookups: list[tuple[int, ...]] = []
        self.places: Places = {}
        self.columns = 0

    def add_numbers(self, feature: int, splits: set[Number]) -> None:
        cuts = sorted({split.cut for split in splits})
        rank = {cut: number for number, cut in enumerate(cuts)}
        asked: dict[int, dict[int, list[Number]]] = {}
        for split in sorted(splits):
            asked.setdefault(rank[split.cut] // CUTS_OF_A_COLUMN, {}).setdefault(split.rule, []).append(split)
        for piece, by_rule in sorted(asked.items()):
            self._add_search(feature, cuts[piece * CUTS_OF_A_COLUMN :][:CUTS_OF_A_COLUMN], len(by_rule))
            for rule, same in by_rule.items():
                self.shown.append((rule, self.columns))
                tests = {split: rank[split.cut] % CUTS_OF_A_COLUMN - 127 for split in same}
                self.places |= {split: (Place(self.columns, test),) for split, test in tests.items()}
                self.columns += 1

    def _add_search(self, feature: int, cuts: list[float], rules: int) -> None:
        steps = len(cuts).bit_length()
        start, first = sum(map(len, self.cuts)), len(self.shown)
        padded = np.full((1 << steps) - 1, np.inf, np.float32)
        padded[: len(cuts)] = cuts
        self.cuts.append(padded)
        self.searches.append((feature, start, steps, first, first + rules))

    def add_sets(self, feature: int, splits: list[Set]) -> None:
        members = [_levels(split.words) for split in splits]
        levels = max(map(len, members))
        if levels > MOST_LEVELS:
            raise Unsupported(f"a category has more than {MOST_LEVELS} levels")
        inside = np.zeros((len(splits), levels + 1), np.uint8)
        for row, split, bits in zip(inside, splits, members, strict=True):
            row[: len(bits)] = bits
            row[:] = row if split.left else 1 - row
        if levels < FEW_LEVELS:
            self._add_levels(splits, inside)
            tables = _in_bytes(np.eye(levels + 1, dtype=np.uint8))
        else:
            tables = self._add_memberships(splits, inside)
        start = sum(table.size for table in self.tables)
        self.lookups.append((feature, levels, start, self.columns, len(tables)))
        self.tables.append(tables.view(np.int8).ravel())
        self.columns += len(tables)

    def _add_levels(self, splits: list[Set], inside: NDArray[np.uint8]) -> None:
        """A bit for each level: a set is asked for in each column in which it has one."""
        tests = _in_bytes(inside.T).view(np.int8)
        for number, split in enumerate(splits):
            columns = np.flatnonzero(tests[:, number]).tolist()
            self.places[split] = tuple(Place(self.columns + one, int(tests[one, number])) for one in columns)

    def _add_memberships(self, splits: list[Set], inside: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A bit for each set; the tables of the columns, by level."""
        for number, split in enumerate(splits):
            column, bit = divmod(number, BITS)
            self.places[split] = (Place(self.columns + column, int(np.uint8(1 << bit).view(np.int8))),)
        return _in_bytes(inside)

    def finish(self) -> Quantiser:
        if self.columns > MOST_COLUMNS or sum(table.size for table in self.tables) > MOST_TABLE_BYTES:
            raise Unsupported(f"its splits do not fit into {MOST_COLUMNS} columns and {MOST_TABLE_BYTES >> 20} MB")
        codes = Codes(
            np.concatenate([np.zeros(0, np.float32), *self.cuts]),
            np.array(self.searches, np.int64).reshape(-1, 5),
            np.array(self.shown, np.int64).reshape(-1, 2),
            np.concatenate([np.zeros(0, np.int8), *self.tables]),
            np.array(self.lookups, np.int64).reshape(-1, 5),
            self.columns,
        )
        return Quantiser(codes, self.places)


def _in_bytes(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Rows of bits, of shape (rows, levels), eight rows a byte, the first one lowest; shape (columns, levels)."""
    return np.packbits(bits, axis=0, bitorder="little")


def _levels(words: bytes) -> NDArray[np.uint8]:
    """Which levels are in the set, up to the last one that is."""
    levels = int.from_bytes(words, "little").bit_length()
    return np.unpackbits(np.frombuffer(words, np.uint8), count=levels, bitorder="little")
