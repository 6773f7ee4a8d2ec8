"""Trees laid out for the kernel: leaves numbered anew, and nodes gathered by the byte planes that they clear.

At every node the smaller side has the lower numbers, so that a node clears only the leaves of its smaller side, for
voters who go to the bigger one; the lowest leaf that is left is still the voter's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.quantiser import Number, Places, Set, split_of
from models.tables import Trees
from models.tree_text import Tree

BITS = 8
BELOW, NOT_BELOW, MEMBER = 0, 1, 2


@dataclass(frozen=True)
class Clearing:
    """A node as the kernel sees it: who goes left (right, where not `goes_left`) loses leaves `first` up to `end`."""

    split: Number | Set
    goes_left: bool
    first: int
    end: int


@dataclass(frozen=True)
class Renumbered:
    """A tree's nodes, and the values of its leaves in their new order."""

    clearings: tuple[Clearing, ...]
    values: tuple[float, ...]


def renumber(tree: Tree, columns: Sequence[int]) -> Renumbered:
    """The tree with its leaves numbered anew; `columns` says which feature of the frame each of the model is."""
    sizes = _sizes(tree)
    clearings, order = [], []
    ahead = [0 if len(tree.left) else -1]
    while ahead:
        node = ahead.pop()
        if node < 0:
            order.append(-node - 1)
            continue
        left, right = int(tree.left[node]), int(tree.right[node])
        left_is_smaller = _size(sizes, left) < _size(sizes, right)
        small, big = (left, right) if left_is_smaller else (right, left)
        split = split_of(tree, node, columns)
        clearings.append(Clearing(split, not left_is_smaller, len(order), len(order) + _size(sizes, small)))
        ahead += [big, small]
    return Renumbered(tuple(clearings), tuple(tree.values[order].tolist()))


def _size(sizes: NDArray[np.int64], child: int) -> int:
    return int(sizes[child]) if child >= 0 else 1


def _sizes(tree: Tree) -> NDArray[np.int64]:
    """The leaves below each node; a node's children come after it."""
    sizes = np.zeros(len(tree.left), np.int64)
    for node in range(len(sizes) - 1, -1, -1):
        sizes[node] = _size(sizes, int(tree.left[node])) + _size(sizes, int(tree.right[node]))
    return sizes


def asked(split: Number | Set, goes_left: bool) -> Number | Set:
    """The set that a clearing looks up: who goes right is in another one than who goes left."""
    return split if isinstance(split, Number) or goes_left else split._replace(left=False)


def lay_trees(forests: Sequence[Sequence[Renumbered]], places: Places) -> Trees:
    """The tables of all trees of all forests, in order."""
    table = _Table()
    for forest in forests:
        for tree in forest:
            table.add_tree(tree, places)
        table.forests.append(len(table.planes) - 1)
    return table.finish()


class _Table:
    """The tables while they grow."""

    def __init__(self) -> None:
        self.nodes: list[tuple[int, int, int]] = []
        self.runs: list[tuple[int, ...]] = []
        self.planes, self.forests = [0], [0]
        self.leaves: list[int] = []
        self.values: list[float] = []

    def add_tree(self, tree: Renumbered, places: Places) -> None:
        planes = -(-len(tree.values) // BITS)
        kinds: list[list[list[tuple[int, int, int]]]] = [[[], [], []] for _ in range(planes)]
        for clearing in tree.clearings:
            found = places[asked(clearing.split, clearing.goes_left)]
            kind = MEMBER if isinstance(clearing.split, Set) else BELOW if clearing.goes_left else NOT_BELOW
            for plane in range(clearing.first // BITS, -(-clearing.end // BITS)):
                clears = _byte(clearing, plane)
                kinds[plane][kind] += [(place.column, place.test, clears) for place in found]
        for nodes in reversed(kinds):
            ends = [len(self.nodes)]
            for same in nodes:
                self.nodes += sorted(same)
                ends.append(len(self.nodes))
            self.runs.append(tuple(ends))
        self.planes.append(len(self.runs))
        self.leaves.append(len(self.values))
        self.values += tree.values

    def finish(self) -> Trees:
        columns, tests, clears = np.array(self.nodes, np.int64).reshape(-1, 3).T
        return Trees(
            columns.astype(np.uint16),
            tests.astype(np.int8),
            clears.astype(np.uint8).view(np.int8),
            np.array(self.runs, np.int64).reshape(-1, 4),
            np.array(self.planes, np.int64),
            np.array(self.leaves, np.int64),
            np.array(self.values, np.float64),
            np.array(self.forests, np.int64),
        )


def _byte(clearing: Clearing, plane: int) -> int:
    """The bits of a plane's leaves that are cleared."""
    first, end = max(clearing.first - plane * BITS, 0), min(clearing.end - plane * BITS, BITS)
    return (1 << end) - (1 << first)
