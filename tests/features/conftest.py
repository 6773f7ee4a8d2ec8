"""Small blocks of voters, drawn by hand or by hypothesis, as `Snapshot.read_voters` gives them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.elections import Calendar, Election
from features.matrix import build_features, category_columns
from features.surroundings import learn_surroundings
from features.vocabulary import learn_vocabulary

CALENDAR: Calendar = (
    Election(date(2016, 11, 8), "general"),
    Election(date(2018, 6, 5), "primary"),
    Election(date(2018, 11, 6), "general"),
    Election(date(2020, 11, 3), "general"),
    Election(date(2022, 6, 7), "primary"),
    Election(date(2022, 11, 8), "general"),
)
TEXTS = ("sex", "party", "county", "precinct", "zip", "household_id", "status")
NO_RESULTS = pd.DataFrame(
    {name: pd.Series(dtype=kind) for name, kind in (("area_type", str), ("area", str), ("election_type", str))}
    | {"election_date": pd.Series(dtype="datetime64[ms]")}
    | {name: pd.Series(dtype=float) for name in ("votes_for", "votes_against", "ballots_cast", "registered")}
)

Row = dict[str, Any]
Block = Callable[..., pd.DataFrame]


def bits(history: str) -> tuple[int, int]:
    """Voted and rolls bits of a history drawn as one letter per election: V voted, n did not, . not on the rolls."""
    voted = sum(1 << i for i, letter in enumerate(history) if letter == "V")
    return voted, voted | sum(1 << i for i, letter in enumerate(history) if letter == "n")


def make_block(rows: Sequence[Row]) -> pd.DataFrame:
    filled = [
        {"born": "1970-01-01", "registered": "2000-01-01", "status": "active", "history": "......"} | r for r in rows
    ]
    frame = pd.DataFrame({"voter_id": [row.get("voter_id", f"v{i}") for i, row in enumerate(filled)]})
    for name in TEXTS:
        frame[name] = pd.Categorical(pd.Series([row.get(name) for row in filled], dtype="str"))
    for name in ("born", "registered"):
        frame[name] = pd.Series(pd.to_datetime([row[name] for row in filled])).astype("datetime64[ms]")
    frame["extra_income"] = np.array([row.get("income", np.nan) for row in filled], float)
    words = [bits(row["history"]) for row in filled]
    frame["voted_0"] = np.array([voted for voted, _ in words], np.uint64)
    frame["rolls_0"] = np.array([rolls for _, rolls in words], np.uint64)
    return frame


def features_as_of(
    blocks: Sequence[pd.DataFrame], election: Election, *, calendar: Calendar = CALENDAR, results: Any = NO_RESULTS
) -> pd.DataFrame:
    """Features of all blocks as of an election."""
    extras = {"income": "number"}
    surroundings = learn_surroundings(
        blocks,
        calendar=calendar,
        coming=[election],
        extras=extras,
        results=results,
        vocabulary=learn_vocabulary(blocks, category_columns(extras)),
    )[election]
    return pd.concat([build_features(b, as_of=election.date, surroundings=surroundings) for b in blocks])


@pytest.fixture
def block() -> Block:
    return make_block


@pytest.fixture
def as_of() -> Callable[..., pd.DataFrame]:
    return features_as_of
