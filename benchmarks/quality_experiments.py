"""The control arms of two field experiments posed as problems: part of the households teaches, the rest is judged."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from converters import SELECTED_ON, number_voters
from numpy.typing import NDArray
from product import fit_within
from quality_problems import OURS, Problem

from data.elections import Election


def pose_primary(data: Path, seed: int) -> Problem:
    """GGL control arm: half of the households teach who votes in the primary, the other half is judged."""
    group = pd.read_parquet(data / "ggl2008.parquet")
    group = group[group["treatment"] == "control"].reset_index(drop=True)
    group.index = pd.Index(number_voters(len(group)), name="voter_id")
    who = {"birth_year": group["yob"], "sex": np.where(group["female"] == 1, "F", "M")}
    voters = pd.DataFrame({**who, "household_id": group["hh_id"]}).reset_index()
    past = stated_history(group, SELECTED_ON)
    columns = group[["yob", "female", "hh_size", *SELECTED_ON]]
    election = Election(date(2006, 8, 8), "primary")
    return _pose_within(voters, past[past["status"] == "voted"], columns, group, "voted", election, {}, 0.5, seed)


def pose_cities(data: Path, seed: int) -> Problem:
    """GGN control arm: 70 % of the households of six cities teach who votes in November 2001, the others are judged."""
    group = pd.read_parquet(data / "ggn2003_canvass.parquet")
    group = group[group["treat"] == 0].reset_index(drop=True)
    group.index = pd.Index(number_voters(len(group)), name="voter_id")
    days = {"voted99": ("1999-11-02", "municipal"), "voted00": ("2000-11-07", "general")}
    days |= {"primary": ("2001-09-11", "primary")}
    who = {"birth_year": 2001 - group["age"].round().astype("Int64"), "sex": group["sex"], "party": group["party"]}
    where = {"county": group["city"], "household_id": group["hh_id"]}
    voters = pd.DataFrame({**who, **where, "famsize": group["famsize"]}).reset_index()
    columns = group[["city", "party", "sex", "age", "famsize", *days]]
    election, extras = Election(date(2001, 11, 6), "municipal"), {"famsize": "number"}
    return _pose_within(voters, stated_history(group, days), columns, group, "voted01", election, extras, 0.7, seed)


def stated_history(group: pd.DataFrame, days: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Columns of 1, 0 and unknown as rows of a vote history."""
    pieces = []
    for column, (day, kind) in days.items():
        known = group[column].dropna()
        status = np.where(known == 1, "voted", "did_not_vote")
        pieces.append(pd.DataFrame({"election_date": day, "election_type": kind, "status": status}, index=known.index))
    return pd.concat(pieces).rename_axis("voter_id").reset_index()


def _pose_within(
    voters: pd.DataFrame,
    past: pd.DataFrame,
    columns: pd.DataFrame,
    group: pd.DataFrame,
    voted: str,
    election: Election,
    extras: Mapping[str, str],
    share: float,
    seed: int,
) -> Problem:
    """A share of the households teaches who voted in an election, the others are judged."""
    teaches = draw_households(group["hh_id"], share, seed)
    day = {voted: (election.date.isoformat(), election.type)}
    history = pd.concat([past, stated_history(group[teaches], day)], ignore_index=True)
    ask = partial(fit_within, voters, history, election=election, extras=extras)
    label = group[voted].astype(int)
    return Problem(label[~teaches], {OURS: ask}, columns[teaches], label[teaches].to_numpy(float), columns[~teaches])


def draw_households(household: pd.Series, share: float, seed: int) -> NDArray[np.bool_]:
    """The rows of a random share of the households."""
    number, names = pd.factorize(household)
    return np.random.default_rng(seed).permutation(len(names))[number] < share * len(names)
