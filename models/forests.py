"""The trees of all models of a run, ready for the kernel: one quantisation, and raw scores as LightGBM's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.planes import Renumbered, asked, lay_trees, renumber
from models.quantiser import Number, Set, plan_quantiser
from models.quickscorer import score_rows
from models.tables import Codes, Trees
from models.training_set import Doubles
from models.tree_text import read_trees


@dataclass(frozen=True)
class Forests:
    """Forests with the quantisation that they share."""

    codes: Codes
    trees: Trees

    def score(self, features: NDArray[np.float32]) -> Doubles:
        """The raw score of each forest; `features` has shape (features, rows), in C order; shape (forests, rows)."""
        raw = np.empty((len(self.trees.forests) - 1, features.shape[1]))
        score_rows(features, self.codes, self.trees, raw)
        return raw


def read_forest(text: str, rows: Sequence[int]) -> tuple[Renumbered, ...]:
    """The trees of LightGBM's model text; `rows` says which row of the matrix each feature of the model is.

    Raises Unsupported for what the kernel does not do.
    """
    return tuple(renumber(tree, rows) for tree in read_trees(text))


def join_forests(forests: Sequence[Sequence[Renumbered]]) -> Forests:
    """One quantisation for all; raises Unsupported where it would become too large."""
    quantiser = plan_quantiser(_splits(tree for forest in forests for tree in forest))
    return Forests(quantiser.codes, lay_trees(forests, quantiser.places))


def _splits(trees: Iterable[Renumbered]) -> Iterable[Number | Set]:
    return (asked(clearing.split, clearing.goes_left) for tree in trees for clearing in tree.clearings)
