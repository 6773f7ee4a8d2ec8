"""Ranking the voters of a universe: the same people in the same order, whatever order or blocks they come in."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lists.selection import Counts, Selected, refuse_repeated, select
from lists.universes import Universe
from lists.wording import say_why

TIE_RULE = (
    "Higher priority first, compared at six decimals; equal priorities by the SipHash of the voter_id keyed by the "
    "seed, lower first; then by voter_id. A household listed together stands where its best member stands."
)
ORDER = (
    *(("door_priority", "descending"), ("door_tie", "ascending"), ("door", "ascending")),
    *(("priority", "descending"), ("tie", "ascending"), ("voter_id", "ascending")),
)


@dataclass(frozen=True)
class RankedList:
    """A universe's voters in order.

    `frame` has one row per listed voter: rank (1..n), voter_id, household_id, precinct, turnout_score and
    support_score (0 to 100, one decimal; NaN where there is no such score), priority, reasons, and precinct_rank, the
    place among the listed of the same precinct (1..n; those without a precinct count as one).
    """

    universe: Universe
    frame: pd.DataFrame
    counts: Counts

    @property
    def rows(self) -> int:
        """How many are listed."""
        return len(self.frame)


@dataclass
class Places:
    """Gives listed voters their ranks, in the whole list and in their precincts, going on where it stopped."""

    taken: int = 0
    taken_of: dict[str | None, int] = field(default_factory=dict)

    def number(self, precincts: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The ranks of the next voters in order, and their ranks in these precincts."""
        encoded = precincts.combine_chunks().dictionary_encode(null_encoding="encode")
        codes, names = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
        order = np.argsort(codes, kind="stable")
        counts = np.bincount(codes, minlength=len(names))
        before = np.array([self.taken_of.get(name, 0) for name in names], np.int64)
        within = np.empty(len(codes), np.int64)
        within[order] = np.arange(len(codes)) + np.repeat(before - (np.cumsum(counts) - counts), counts)
        ranks = np.arange(self.taken, self.taken + len(codes))
        self.taken += len(codes)
        self.taken_of.update(zip(names, (before + counts).tolist(), strict=True))
        return ranks + 1, within + 1


def rank_universe(candidates: pd.DataFrame, universe: Universe, *, seed: int) -> RankedList:
    """Rank the candidates that belong to a universe and may be contacted.

    Candidates are one row per voter: voter_id, household_id (null = a door of their own), precinct, asked,
    suppressed (a reason, or ""), do_not_call, do_not_mail, do_not_walk, and turnout and support (0 to 1) where there
    are such scores. The result does not depend on their order, their index or how text is stored; a suppressed voter
    is never listed. Raises UsageError for a refused universe, ValueError for a repeated voter_id or a missing score.
    """
    chosen = choose(candidates, universe, seed=seed)
    return RankedList(universe, tabulate(chosen.table, universe, Places()).to_pandas(), chosen.counts)


def choose(candidates: pd.DataFrame, universe: Universe, *, seed: int) -> Selected:
    """Those whom `rank_universe` lists: selected from all candidates at once, no more than the size."""
    refuse_repeated(candidates["voter_id"])
    selected = select(candidates, universe, seed=seed)
    if universe.size is None or len(selected.rows) <= universe.size:
        return selected
    table = selected.table.slice(0, universe.size)
    counts = replace(
        selected.counts,
        cut=len(selected.rows) - len(table),
        people=len(table),
        doors=pc.count_distinct(table["door"]).as_py(),
    )
    return Selected(table, selected.rows[: universe.size], counts)


def order(selected: pa.Table) -> pa.Table:
    """The rows of the tables of several `Selected` in the order of the list."""
    return selected.take(pc.sort_indices(selected, sort_keys=ORDER))


def tabulate(
    ordered: pa.Table, universe: Universe, places: Places, told: Mapping[str, pa.Array] | None = None
) -> pa.Table:
    """The next voters of a list as it is published, with the columns of `RankedList.frame`.

    `told` are their reasons as `say_why` takes them.
    """
    ranks, precinct_ranks = places.number(ordered["precinct"])
    columns = ["voter_id", "household_id", "precinct", "turnout_score", "support_score", "priority"]
    scores = {name: ordered[name].to_numpy() for name in columns if name.endswith("_score")}
    listed = ordered.select(columns).add_column(0, "rank", pa.array(ranks))
    reasons = say_why(scores, universe.because, told)
    return listed.append_column("reasons", reasons).append_column("precinct_rank", pa.array(precinct_ranks))
