"""Universes with a size where voters are many: only those of the highest draws can be listed, so only they are ranked.

With support scores nothing changes. A priority of `value_of_an_answer` is draw ** (1 / w) with w of at most 1, so never
above the draw, and rounding keeps that order. Left out are whole doors whose draws are all below a threshold. So if the
list is full and its last voter stands above the threshold, nobody left out would be in it; otherwise a larger share is
drawn.

Without support scores each precinct gives its share of those drawn instead of its share of all. Everybody has the same
chance as before. A precinct of which k voters are due gives k to within one voter and a tenth of the root of k.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from lists.ranking import choose
from lists.selection import Counts, Selected, admit, draw_from, hash_ids, number_doors
from lists.universes import Universe

AMPLE = 100  # times the size: of those drawn a tenth stand above the threshold even if everybody's support is certain
TEXTS = ("voter_id", "household_id", "precinct", "suppressed")


@dataclass(frozen=True)
class Drawn:
    """The candidates of a block whose door has a draw among the highest `share`, and the counts of the whole block."""

    candidates: pd.DataFrame
    counts: Counts
    share: float


def first_share(universe: Universe, voters: int) -> float:
    """The share to draw of so many voters; 1 where everybody is ranked."""
    return min(1.0, AMPLE * (universe.size or voters) / max(voters, 1))


def draw(candidates: pd.DataFrame, universe: Universe, *, seed: int, share: float) -> Drawn:
    """Draw from a block of candidates; it splits no household."""
    rows, counts = admit(candidates, universe)
    free = candidates.iloc[rows]
    if share < 1:
        doors = number_doors(free["household_id"])
        high = draw_from(hash_ids(free["voter_id"], seed)) >= 1 - share
        free = free[np.isin(doors, doors[high])]
    # As plain text, for blocks code it differently.
    return Drawn(free.astype(dict.fromkeys(TEXTS, "str")).reset_index(drop=True), counts, share)


def settle(drawn: Sequence[Drawn], universe: Universe, *, seed: int) -> Selected | None:
    """Whom the universe lists of what was drawn from all blocks; None where a larger share must be drawn.

    Raises ValueError for a priority above the draw.
    """
    candidates = pd.concat([one.candidates for one in drawn], ignore_index=True)
    chosen = choose(candidates, universe, seed=seed)
    if not _is_settled(chosen, len(candidates), universe, drawn[0].share, "support" in candidates):
        return None
    counts = sum((one.counts for one in drawn), Counts())
    cut = counts.people - len(chosen.table)
    doors = pc.count_distinct(chosen.table["door"]).as_py()
    return replace(chosen, counts=replace(counts, cut=cut, people=len(chosen.table), doors=doors))


def _is_settled(chosen: Selected, drawn: int, universe: Universe, share: float, bounded: bool) -> bool:
    if share >= 1:
        return True
    if universe.size is None or len(chosen.table) < universe.size:
        return False
    if not bounded:
        return 4 * drawn >= AMPLE * universe.size
    priorities, draws = chosen.table["priority"].to_numpy(), draw_from(chosen.table["tie"].to_numpy())
    if (priorities > np.round(draws, 6)).any():
        raise ValueError(f"The list {universe.name} has a priority above the draw, and is too large to rank at once.")
    return bool(chosen.table["door_priority"].to_numpy()[-1] > np.round(1 - share, 6))
