"""Totals per area, and what certified results say of it: what the area features of one voter need of the others."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.elections import Election
from features.view import View

AREAS = ("precinct", "zip", "county")
COUNTS = ("people", "votes", "elections", "votes_like", "elections_like", "party_1", "party_2")


def own_counts(view: View, parties: tuple[str, ...]) -> pd.DataFrame:
    """What each voter adds to the counts of an area; 0 for who was not on the rolls before the as-of date."""
    party = view.voters["party"].astype(object).to_numpy()
    columns = {
        "people": np.ones(len(view.voters)),
        "votes": view.votes("all"),
        "elections": view.elections("all"),
        "votes_like": view.votes("like"),
        "elections_like": view.elections("like"),
        "party_1": party == parties[0] if parties else np.zeros(len(view.voters)),
        "party_2": party == parties[1] if len(parties) > 1 else np.zeros(len(view.voters)),
    }
    return pd.DataFrame({name: np.where(view.on_file, values, 0.0) for name, values in columns.items()})


@dataclass
class AreaTotals:
    """Sums of `COUNTS` per area of each area column, over all blocks that were added."""

    parties: tuple[str, ...]
    sums: dict[str, pd.DataFrame] = field(default_factory=dict)
    overall: pd.Series = field(default_factory=lambda: pd.Series(0.0, index=list(COUNTS)))

    def add(self, view: View) -> None:
        own = own_counts(view, self.parties)
        self.overall = self.overall + own.sum()
        for area in AREAS:
            part = own.groupby(view.voters[area].astype(str).where(view.voters[area].notna()).to_numpy()).sum()
            self.sums[area] = part if area not in self.sums else self.sums[area].add(part, fill_value=0.0)

    def of_others(self, view: View) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Per area column: counts of each voter's area and of the file, the voter left out; NaN where it is missing."""
        own = own_counts(view, self.parties)
        file = self.overall - own
        return {area: (self._here(view, area) - own, file) for area in AREAS}

    def _here(self, view: View, area: str) -> pd.DataFrame:
        return self.sums[area].reindex(view.voters[area].astype(object).to_numpy()).reset_index(drop=True)


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
