"""Ranking the voters of a universe: the same people in the same order, whatever order they come in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.errors import UsageError
from lists.universes import Universe, Values
from lists.wording import say_why

TIE_RULE = (
    "Higher priority first, compared at six decimals; equal priorities by the SipHash of the voter_id keyed by the "
    "seed, lower first; then by voter_id. A household listed together stands where its best member stands."
)


@dataclass(frozen=True)
class Counts:
    """Where the candidates went: kept = sum of suppressed + same_door + cut + people.

    `kept` are those within the universe's ranges, `suppressed` counts per reason, `same_door` are behind a better
    member of their household, `cut` did not fit its size; `people` are listed, at `doors` doors.
    """

    candidates: int
    kept: int
    suppressed: Mapping[str, int]
    same_door: int
    cut: int
    people: int
    doors: int


@dataclass(frozen=True)
class RankedList:
    """A universe's voters in order.

    `frame` has one row per listed voter: rank (1..n), voter_id, household_id, precinct, turnout_score and
    support_score (0 to 100, one decimal; NaN where there is no such score), priority, reasons.
    """

    universe: Universe
    frame: pd.DataFrame
    counts: Counts


def rank_universe(candidates: pd.DataFrame, universe: Universe, *, seed: int) -> RankedList:
    """Rank the candidates that belong to a universe and may be contacted.

    Candidates are one row per voter: voter_id, household_id (null = a door of their own), precinct, asked,
    suppressed (a reason, or ""), do_not_call, do_not_mail, do_not_walk, and turnout and support (0 to 1) where there
    are such scores. The result does not depend on their order, their index or how text is stored; a suppressed voter
    is never listed. Raises UsageError for a refused universe, ValueError for a repeated voter_id or a missing score.
    """
    _check_candidates(candidates, universe)
    kept = candidates[_belongs(candidates, universe)]
    barred = _why_not(kept, universe)
    free = kept[barred == ""].reset_index(drop=True)
    ties = _hash_ids(free["voter_id"], seed)
    priority = _prioritise(free, universe, ties)
    doors = _number_doors(free["household_id"])
    order = _order_by_door(_order_by_priority(priority, ties, free["voter_id"]), doors, universe)
    chosen = order[: universe.size]
    counts = Counts(
        candidates=len(candidates),
        kept=len(kept),
        suppressed=pd.Series(barred[barred != ""]).value_counts().sort_index().to_dict(),
        same_door=len(free) - len(order),
        cut=len(order) - len(chosen),
        people=len(chosen),
        doors=len(np.unique(doors[chosen])),
    )
    return RankedList(universe, _tabulate(free.iloc[chosen], priority[chosen], universe), counts)


def give_reasons(ranked: RankedList, told: pd.DataFrame) -> RankedList:
    """The same list with reasons beside the words for the scores; `told` as in `say_why`, indexed by voter_id.

    KeyError where a listed voter has none.
    """
    mine = told.loc[ranked.frame["voter_id"]].reset_index(drop=True)
    return replace(ranked, frame=ranked.frame.assign(reasons=say_why(ranked.frame, ranked.universe.because, mine)))


def _check_candidates(candidates: pd.DataFrame, universe: Universe) -> None:
    if universe.refused:
        raise UsageError(f"The list {universe.name} is refused: {universe.refused}.")
    missing = [outcome for outcome in universe.needs if outcome not in candidates]
    if missing:
        raise ValueError(f"The list {universe.name} needs scores that are not there: {', '.join(missing)}.")
    if not candidates["voter_id"].is_unique:
        raise ValueError(f"{candidates['voter_id'].duplicated().sum():,} candidates repeat the voter_id of another.")
    for outcome in universe.needs:
        _refuse_missing(candidates[outcome].to_numpy(), f"{outcome} score", universe)


def _refuse_missing(values: NDArray[np.floating], what: str, universe: Universe) -> None:
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"{missing:,} of {len(values):,} candidates of the list {universe.name} have no {what}.")


def _belongs(candidates: pd.DataFrame, universe: Universe) -> NDArray[np.bool_]:
    inside = np.ones(len(candidates), dtype=bool)
    for wanted in universe.keep:
        score = candidates[wanted.column].to_numpy()
        inside &= (score >= wanted.low) & (score <= wanted.high)
    return inside


def _why_not(kept: pd.DataFrame, universe: Universe) -> NDArray[np.object_]:
    """The first reason that bars each voter, or ""; shape (voters,)."""
    wish = f"do_not_{universe.channel}"
    reason = np.array(kept["suppressed"].astype("str").fillna(""), dtype=object)
    reason[(reason == "") & kept[wish].to_numpy(bool)] = wish
    if not universe.ask_again:
        reason[(reason == "") & kept["asked"].to_numpy(bool)] = "asked"
    return reason


def _hash_ids(voter_ids: pd.Series, seed: int) -> NDArray[np.uint64]:
    key = hashlib.blake2b(str(seed).encode(), digest_size=8).hexdigest()
    return np.asarray(pd.util.hash_array(voter_ids.to_numpy(object), hash_key=key, categorize=False))


def _prioritise(free: pd.DataFrame, universe: Universe, ties: NDArray[np.uint64]) -> Values:
    draw = (ties >> np.uint64(11)) * 2.0**-53
    priority = universe.priority(free.assign(draw=draw))
    _refuse_missing(priority, "priority", universe)
    # Six decimals: what two machines' last bits differ in must not decide who is contacted.
    return np.round(priority, 6)


def _number_doors(household_ids: pd.Series) -> NDArray[np.int64]:
    codes, households = pd.factorize(household_ids)
    return np.where(codes < 0, len(households) + np.arange(len(codes)), codes)


def _order_by_priority(priority: Values, ties: NDArray[np.uint64], voter_ids: pd.Series) -> NDArray[np.int64]:
    keys = pa.table({"priority": priority, "tie": ties, "voter_id": pa.array(voter_ids, pa.large_string())})
    rule = [("priority", "descending"), ("tie", "ascending"), ("voter_id", "ascending")]
    return np.asarray(pc.sort_indices(keys, sort_keys=rule)).astype(np.int64)


def _order_by_door(order: NDArray[np.int64], doors: NDArray[np.int64], universe: Universe) -> NDArray[np.int64]:
    # factorize numbers doors in order of their first, that is their best, member.
    met = pd.factorize(doors[order])[0]
    if universe.door_rule == "one":
        return order[np.unique(met, return_index=True)[1]]
    return order[np.argsort(met, kind="stable")]


def _tabulate(listed: pd.DataFrame, priority: Values, universe: Universe) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "rank": np.arange(1, len(listed) + 1),
            "voter_id": listed["voter_id"].astype("str").array,
            "household_id": listed["household_id"].astype("str").array,
            "precinct": listed["precinct"].astype("str").array,
            "turnout_score": _to_hundred(listed, "turnout"),
            "support_score": _to_hundred(listed, "support"),
            "priority": priority,
        }
    )
    return frame.assign(reasons=say_why(frame, universe.because))


def _to_hundred(listed: pd.DataFrame, outcome: str) -> Values:
    if outcome not in listed:
        return np.full(len(listed), np.nan)
    return np.round(np.asarray(listed[outcome], dtype=np.float64) * 100, 1)
