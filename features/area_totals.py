"""Totals per area, and what certified results say of it: what the area features of one voter need of the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from data.elections import Election
from features.counts import COUNTS, Doubles, own_counts
from features.view import View, coded

AREAS = ("precinct", "zip", "county")
# The columns of a block that its totals are made from, beside the history bits.
TOTALLED = ("registered", "party", *AREAS)
SUMS = pa.schema([("column", pa.string()), ("name", pa.string()), *((name, pa.float64()) for name in COUNTS)])


def _nowhere() -> dict[str, pd.DataFrame]:
    names = pd.Index([], dtype="str")
    return {area: pd.DataFrame(0.0, index=names, columns=list(COUNTS)) for area in AREAS}


@dataclass
class AreaTotals:
    """Sums of `COUNTS` per area of each area column, areas by name, over all blocks that were added."""

    parties: tuple[str, ...]
    sums: dict[str, pd.DataFrame] = field(default_factory=_nowhere)
    overall: pd.Series = field(default_factory=lambda: pd.Series(0.0, index=list(COUNTS)))

    def add(self, view: View) -> None:
        """Count the voters of a block in; all that is read of them is `TOTALLED` and their history."""
        own = own_counts(view, self.parties)
        self.overall = self.overall + pd.Series({name: values.sum() for name, values in own.items()})
        for area in AREAS:
            self.sums[area] = _together(self.sums[area], _sums(coded(view.voters[area]), own))

    def merge(self, other: "AreaTotals") -> None:
        """Count in whom the other totals count; ValueError where they are of other parties."""
        if other.parties != self.parties:
            raise ValueError(f"totals of {', '.join(other.parties)} cannot be added to {', '.join(self.parties)}")
        self.overall = self.overall + other.overall
        self.sums = {area: _together(self.sums[area], other.sums[area]) for area in AREAS}

    def to_table(self) -> pa.Table:
        """The sums, one row an area: the column it is a word of, its name, and `COUNTS`."""
        sums = pd.concat(self.sums, names=["column", "name"]).reset_index()
        return pa.Table.from_pandas(sums, SUMS, preserve_index=False)

    @classmethod
    def from_table(cls, table: pa.Table, parties: tuple[str, ...], overall: Mapping[str, float]) -> "AreaTotals":
        """The totals with the sums of such a table."""
        frame = table.to_pandas()
        sums = {area: frame[frame["column"] == area].set_index("name")[list(COUNTS)] for area in AREAS}
        return cls(parties, {area: sums[area].rename_axis(None) for area in AREAS}, pd.Series(overall))


def _sums(places: pd.Categorical, own: Mapping[str, Doubles]) -> pd.DataFrame:
    """The sums of the places that a block has voters in."""
    rows, codes = len(places.categories) + 1, places.codes.astype(np.intp) + 1  # the missing come first
    sums = np.stack([np.bincount(codes, weights=own[name], minlength=rows) for name in COUNTS], axis=1)
    seen = np.flatnonzero(np.bincount(codes, minlength=rows)[1:])
    return pd.DataFrame(sums[1 + seen], index=places.categories[seen], columns=list(COUNTS))


def _together(known: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """The sums of both, by name."""
    rows = known.index.get_indexer(more.index)
    if (rows < 0).any():
        known = known.reindex(known.index.union(more.index, sort=True), fill_value=0.0)
        rows = known.index.get_indexer(more.index)
    sums = known.to_numpy(copy=True)
    sums[rows] += more.to_numpy()
    return pd.DataFrame(sums, index=known.index, columns=known.columns)


def results_before(results: pd.DataFrame, coming: Election) -> pd.DataFrame:
    """Certified results of elections before the coming one, oldest first."""
    past = results[results["election_date"].to_numpy("datetime64[D]") < np.datetime64(coming.date)]
    return past.sort_values("election_date", kind="stable")


def lean_of(results: pd.DataFrame, area: str) -> pd.Series:
    """The side's share of the votes per area, over past elections, the newest counting twice the one before it."""
    rows = results[results["area_type"] == area]
    total = rows["votes_for"] + rows["votes_against"]
    rows = rows.assign(share=rows["votes_for"] / total.where(total > 0)).dropna(subset=["share"])
    age = rows.groupby("area").cumcount(ascending=False).to_numpy()
    weight = 0.5**age
    sums = pd.DataFrame({"area": rows["area"], "w": weight, "ws": weight * rows["share"]}).groupby("area").sum()
    return sums["ws"] / sums["w"]
