"""Where one voter stands: the rank in each live list, or why the voter is not in it."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lists.universes import UNIVERSES, Universe
from lists.versions import read_list, read_release


@dataclass(frozen=True)
class Standing:
    """A voter in a live list: `rank` among its `people`, or None and `why_not`."""

    name: str
    version: int
    people: int
    rank: int | None
    why_not: str


def find_standings(folder: Path, voter_id: str, candidates: pd.DataFrame) -> tuple[Standing, ...]:
    """The voter's standing in every live list; `candidates` as `rank_universe` takes them, this voter at least.

    A rank is that of the published version, a reason that of today.
    """
    release = read_release(folder)
    live = release.lists if release else {}
    found = []
    for universe in (one for one in UNIVERSES if one.name in live):
        version = live[universe.name]
        ranks = read_list(folder, version, columns=["rank"], only={"voter_id": [voter_id]})["rank"]
        rank = int(ranks.iloc[0]) if len(ranks) else None
        why_not = why_absent(candidates[candidates["voter_id"] == voter_id], universe) if rank is None else ""
        found.append(Standing(universe.name, version.version, version.rows, rank, why_not))
    return tuple(found)


def why_absent(candidate: pd.DataFrame, universe: Universe) -> str:
    """Why a voter, a frame of one row as `rank_universe` takes it or of none, is not in the list of a universe."""
    if candidate.empty:
        return "not scored"
    voter = candidate.iloc[0]
    if missing := [outcome for outcome in universe.needs if outcome not in candidate]:
        return f"no {' and no '.join(missing)} score that lists are built on"
    if voter["suppressed"]:
        return f"suppressed: {voter['suppressed'].replace('_', ' ')}"
    for wanted in universe.keep:
        score, bounds = 100 * float(voter[wanted.column]), (100 * wanted.low, 100 * wanted.high)
        if not bounds[0] <= score <= bounds[1]:
            return f"{wanted.column} {score:.1f}; the list takes {bounds[0]:.0f} to {bounds[1]:.0f}"
    if voter[f"do_not_{universe.channel}"]:
        return f"wishes no {universe.channel}"
    if voter["asked"] and not universe.ask_again:
        return "has answered already"
    return "others of the household or of the list come first" if universe.door_rule == "one" else "others come first"
