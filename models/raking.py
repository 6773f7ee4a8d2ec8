"""Raking: weights that give every level of every margin its share of the file.

Iterative proportional fitting (Deming and Stephan 1940, Annals of Mathematical Statistics 11), the weights trimmed in
every round (Potter 1990, Proceedings of the Survey Research Methods Section), so that nobody speaks for too many. The
limit is a multiple of the mean: where reach is very uneven, a multiple of the median is too little to meet margins.
"""

from collections.abc import Sequence

import numpy as np

from models.margins import Cells
from models.training_set import Doubles

ROUNDS = 200
TOLERANCE = 1e-4
LARGEST = 5.0


def rake(weight: Doubles, margins: Sequence[Cells]) -> Doubles:
    """Weights with mean 1, none above `LARGEST`, that meet the margins as far as that allows.

    Every level must have someone in it on both sides, as `collapse_levels` sees to.
    """
    weight = trim(weight)
    goals = [(cells, cells.file_shares()) for cells in margins]
    for _ in range(ROUNDS):
        before = weight
        for cells, goal in goals:
            weight = weight * (goal / cells.answered_shares(weight))[cells.answered]
        weight = trim(weight)
        if np.abs(weight - before).max() < TOLERANCE:
            break
    return weight


def trim(weight: Doubles) -> Doubles:
    """The weights with mean 1, cut at `LARGEST`."""
    weight = weight / weight.mean()
    while weight.max() > LARGEST * (1 + TOLERANCE):
        weight = np.minimum(weight, LARGEST)
        weight = weight / weight.mean()
    return weight


def widest_gap(weight: Doubles, margins: Sequence[Cells]) -> float:
    """How far the weighted share of a level is from its share of the file at most; 0 without margins."""
    gaps = [np.abs(cells.answered_shares(weight) - cells.file_shares()).max() for cells in margins]
    return float(max(gaps, default=0.0))
