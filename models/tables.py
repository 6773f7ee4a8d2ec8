"""The tables that the kernel of the fast scorer reads: how numbers become codes, and the nodes of trees."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.training_set import Doubles


class Codes(NamedTuple):
    """How numbers become codes of a byte, column by column.

    `searches` has a row a piece of at most 255 cuts: feature, where its cuts begin, half their number, and its columns
    in `shown`, each with what to do with what is missing. `lookups` has a row a category: feature, levels, where its
    tables begin, first column, columns.
    """

    cuts: NDArray[np.float32]
    searches: NDArray[np.int64]
    shown: NDArray[np.int64]
    tables: NDArray[np.int8]
    lookups: NDArray[np.int64]
    columns: int


class Trees(NamedTuple):
    """The nodes of all trees of all forests, by plane; the planes of a tree from the last to the first.

    A row of `runs` is where a plane's nodes begin, and end, of three kinds: code below the test, code not below it, and
    code with the bit of the test. `planes`, `leaves` and `forests` say where those of each tree, or forest, begin.
    """

    columns: NDArray[np.uint16]
    tests: NDArray[np.int8]
    clears: NDArray[np.int8]
    runs: NDArray[np.int64]
    planes: NDArray[np.int64]
    leaves: NDArray[np.int64]
    values: Doubles
    forests: NDArray[np.int64]
