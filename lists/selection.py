"""Selecting from a block of candidates: who belongs to a universe and may be contacted, and where each would stand.

A block splits no household, so that a door's best member is known within it and blocks can be taken one by one.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.errors import UsageError
from lists.universes import Universe, Values

SCORES = ("turnout", "support")
SELECTED = pa.schema(
    [
        *((name, pa.large_string()) for name in ("voter_id", "household_id", "precinct")),
        *((name, pa.float64()) for name in ("turnout_score", "support_score", "priority")),
        *(("tie", pa.uint64()), ("door_priority", pa.float64()), ("door_tie", pa.uint64())),
        ("door", pa.large_string()),
    ]
)

Rows = NDArray[np.int64]
Ties = NDArray[np.uint64]


@dataclass(frozen=True)
class Counts:
    """Where the candidates went: kept = sum of suppressed + same_door + cut + people.

    `kept` are those within the universe's ranges, `suppressed` counts per reason, `same_door` are behind a better
    member of their household, `cut` did not fit its size; `people` are listed, at `doors` doors. Blocks add up.
    """

    candidates: int = 0
    kept: int = 0
    suppressed: Mapping[str, int] = field(default_factory=dict)
    same_door: int = 0
    cut: int = 0
    people: int = 0
    doors: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        numbers = ("candidates", "kept", "same_door", "cut", "people", "doors")
        sums = {name: getattr(self, name) + getattr(other, name) for name in numbers}
        return Counts(suppressed=dict(Counter(self.suppressed) + Counter(other.suppressed)), **sums)


@dataclass(frozen=True)
class Selected:
    """Those of a block whom a universe lists, in its order, where they are in the block, and where the others went.

    `table` has one row per voter: voter_id, household_id, precinct, turnout_score and support_score (0 to 100, one
    decimal; NaN where there is no such score), priority, tie, and of the best member of the door door_priority,
    door_tie and door, its voter_id. `rows` are their places in the block of candidates.
    """

    table: pa.Table
    rows: Rows
    counts: Counts


def select(candidates: pd.DataFrame, universe: Universe, *, seed: int) -> Selected:
    """Those of a block of candidates whom a universe lists; candidates as `rank_universe` takes them, none twice."""
    rows, counts = admit(candidates, universe)
    free = candidates.iloc[rows]
    ties = hash_ids(free["voter_id"], seed)
    priority = _prioritise(free, universe, ties)
    order = _order_by_priority(priority, ties, free["voter_id"])
    # factorize numbers doors in order of their first, that is their best, member.
    met = pd.factorize(number_doors(free["household_id"])[order])[0]
    best = order[np.unique(met, return_index=True)[1]]
    order, doors = (best, best) if universe.door_rule == "one" else _gather_doors(order, met, best)
    return Selected(_describe(free.iloc[order], priority, ties, order, doors, free), rows[order], counts)


def admit(candidates: pd.DataFrame, universe: Universe) -> tuple[Rows, Counts]:
    """The places of the candidates who belong and may be contacted, and the counts if all that can are listed.

    Raises UsageError for a refused universe, ValueError for a missing score.
    """
    _check_candidates(candidates, universe)
    belonging = np.flatnonzero(_belongs(candidates, universe))
    barred, suppressed = _bar(candidates.iloc[belonging], universe)
    rows = belonging[~barred]
    doors = len(np.unique(number_doors(candidates["household_id"].iloc[rows])))
    people = doors if universe.door_rule == "one" else len(rows)
    return rows, Counts(len(candidates), len(belonging), suppressed, len(rows) - people, 0, people, doors)


def refuse_repeated(voter_ids: pd.Series) -> None:
    """ValueError for a voter who comes twice."""
    if not voter_ids.is_unique:
        raise ValueError(f"{voter_ids.duplicated().sum():,} candidates repeat the voter_id of another.")


def hash_ids(voter_ids: pd.Series, seed: int) -> Ties:
    """What decides between equal priorities, one number a voter: another for each seed."""
    key = hashlib.blake2b(str(seed).encode(), digest_size=8).hexdigest()
    return np.asarray(pd.util.hash_array(voter_ids.to_numpy(object), hash_key=key, categorize=False))


def draw_from(ties: Ties) -> Values:
    """The draw that priorities may use, 0 to 1 (excluded), one a voter."""
    return np.asarray((ties >> np.uint64(11)) * 2.0**-53)


def number_doors(household_ids: pd.Series) -> Rows:
    """A number a door, from 0; a voter without a household is at a door of their own."""
    codes, households = pd.factorize(household_ids)
    return np.where(codes < 0, len(households) + np.arange(len(codes)), codes)


def to_hundred(listed: pd.DataFrame, outcome: str) -> Values:
    """The scores of an outcome as lists show them, 0 to 100; NaN where there is no such score."""
    if outcome not in listed:
        return np.full(len(listed), np.nan)
    return np.round(np.asarray(listed[outcome], dtype=np.float64) * 100, 1)


def _check_candidates(candidates: pd.DataFrame, universe: Universe) -> None:
    if universe.refused:
        raise UsageError(f"The list {universe.name} is refused: {universe.refused}.")
    missing = [outcome for outcome in universe.needs if outcome not in candidates]
    if missing:
        raise ValueError(f"The list {universe.name} needs scores that are not there: {', '.join(missing)}.")
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


def _bar(kept: pd.DataFrame, universe: Universe) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Who may not be contacted, and how many for which reason: the first that holds."""
    reasons = kept["suppressed"].astype("str").fillna("")
    barred = np.array(reasons != "", dtype=bool)
    counts = Counter({str(reason): int(n) for reason, n in reasons[barred].value_counts().items()})
    wish = f"do_not_{universe.channel}"
    for reason in (wish, *(() if universe.ask_again else ("asked",))):
        more = kept[reason].to_numpy(bool) & ~barred
        counts[reason] += int(more.sum())
        barred |= more
    return barred, {reason: counts[reason] for reason in sorted(counts) if counts[reason]}


def _prioritise(free: pd.DataFrame, universe: Universe, ties: Ties) -> Values:
    priority = universe.priority(free.assign(draw=draw_from(ties)))
    _refuse_missing(priority, "priority", universe)
    # Six decimals: what two machines' last bits differ in must not decide who is contacted.
    return np.round(priority, 6)


def _order_by_priority(priority: Values, ties: Ties, voter_ids: pd.Series) -> Rows:
    keys = pa.table({"priority": priority, "tie": ties, "voter_id": _texts(voter_ids)})
    rule = [("priority", "descending"), ("tie", "ascending"), ("voter_id", "ascending")]
    return np.asarray(pc.sort_indices(keys, sort_keys=rule)).astype(np.int64)


def _gather_doors(order: Rows, met: Rows, best: Rows) -> tuple[Rows, Rows]:
    """The order with everybody of a door where its best member stands, and that member for each of them."""
    together = np.argsort(met, kind="stable")
    return order[together], best[met[together]]


def _describe(
    listed: pd.DataFrame, priority: Values, ties: Ties, order: Rows, doors: Rows, free: pd.DataFrame
) -> pa.Table:
    return pa.table(
        {
            "voter_id": _texts(listed["voter_id"]),
            "household_id": _texts(listed["household_id"]),
            "precinct": _texts(listed["precinct"]),
            **{f"{outcome}_score": to_hundred(listed, outcome) for outcome in SCORES},
            "priority": priority[order],
            "tie": ties[order],
            "door_priority": priority[doors],
            "door_tie": ties[doors],
            "door": _texts(free["voter_id"].iloc[doors]),
        },
        schema=SELECTED,
    )


def _texts(column: pd.Series) -> pa.Array:
    return pa.array(column.astype("str").array, pa.large_string(), from_pandas=True)
