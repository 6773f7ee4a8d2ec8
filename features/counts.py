"""What each voter adds to the sums of a door, an area or the file: those whom the features of the others tell of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.view import View, coded

Doubles = NDArray[np.float64]
COUNTS = ("people", "votes", "elections", "votes_like", "elections_like", "party_1", "party_2")


def own_counts(view: View, parties: tuple[str, ...]) -> dict[str, Doubles]:
    """Each of `COUNTS` per voter; 0 for who was not on the rolls before the as-of date. `parties` are two at most."""
    party = coded(view.voters["party"])
    columns: dict[str, Any] = {
        "people": 1.0,
        "votes": view.votes("all"),
        "elections": view.elections("all"),
        "votes_like": view.votes("like"),
        "elections_like": view.elections("like"),
        "party_1": party == parties[0] if parties else 0.0,
        "party_2": party == parties[1] if len(parties) > 1 else 0.0,
    }
    return {name: np.multiply(values, view.on_file, dtype=np.float64) for name, values in columns.items()}


def sum_of_others(codes: NDArray[np.integer], values: Doubles) -> Doubles:
    """The total of `values` over all with a voter's code, the voter left out; shape (voters,)."""
    return np.asarray(np.bincount(codes, weights=values)[codes] - values)
