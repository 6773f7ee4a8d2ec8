"""Small blocks of voters, drawn by hand or by hypothesis, as `Snapshot.read_voters` gives them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from data.elections import Calendar, Election, words
from features.feature import Feature
from features.matrix import build_features, category_columns
from features.scene import Scene
from features.surroundings import Surroundings, learn_surroundings
from features.view import View
from features.vocabulary import Vocabulary, learn_vocabulary

CALENDAR: Calendar = (
    Election(date(2016, 11, 8), "general"),
    Election(date(2018, 6, 5), "primary"),
    Election(date(2018, 11, 6), "general"),
    Election(date(2020, 11, 3), "general"),
    Election(date(2022, 6, 7), "primary"),
    Election(date(2022, 11, 8), "general"),
)
TEXTS = ("sex", "party", "county", "precinct", "zip", "household_id", "status")
EXTRAS = {"income": "number", "school": "category"}
NO_RESULTS = pd.DataFrame(
    {name: pd.Series(dtype=kind) for name, kind in (("area_type", str), ("area", str), ("election_type", str))}
    | {"election_date": pd.Series(dtype="datetime64[ms]")}
    | {name: pd.Series(dtype=float) for name in ("votes_for", "votes_against", "ballots_cast", "registered")}
)
VOTERS = st.fixed_dictionaries(
    {
        "history": st.text("Vn.", min_size=6, max_size=6),
        "household_id": st.sampled_from(["H1", "H2", "H3", None]),
        "precinct": st.sampled_from(["P1", "P2", None]),
        "county": st.sampled_from(["C1", "C2"]),
        "zip": st.sampled_from(["Z1", None]),
        "party": st.sampled_from(["DEM", "REP", "UNA", None]),
        "sex": st.sampled_from(["F", "M", None]),
        "school": st.sampled_from(["BA", "MA", None]),
        "income": st.sampled_from([1.5, float("nan")]),
        "born": st.sampled_from(["1950-02-28", "2002-11-03", "2015-01-01", None]),
        "registered": st.sampled_from(["2000-01-01", "2020-11-02", "2020-11-03", "2021-06-01", None]),
    }
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
    columns: dict[str, Any] = {
        "voter_id": pd.array([row.get("voter_id", f"v{i}") for i, row in enumerate(filled)], "str")
    }
    for name in (*TEXTS, "extra_school"):
        columns[name] = pd.Categorical(pd.array([row.get(name.removeprefix("extra_")) for row in filled], "str"))
    for name in ("born", "registered"):
        columns[name] = np.array([row[name] or "NaT" for row in filled], "datetime64[ms]")
    columns["extra_income"] = np.array([row.get("income", np.nan) for row in filled], float)
    histories = [bits(row["history"]) for row in filled]
    for word in range(words(max((len(row["history"]) for row in filled), default=0))):
        for name, side in (("voted", 0), ("rolls", 1)):
            columns[f"{name}_{word}"] = np.array([(h[side] >> 64 * word) & (2**64 - 1) for h in histories], np.uint64)
    return pd.DataFrame(columns)


def surroundings_as_of(
    blocks: Sequence[pd.DataFrame],
    election: Election,
    *,
    calendar: Calendar = CALENDAR,
    results: Any = NO_RESULTS,
    vocabulary: Vocabulary | None = None,
) -> Surroundings:
    """Surroundings of all blocks as of an election; the vocabulary is learned from them where none is given."""
    return learn_surroundings(
        blocks,
        calendar=calendar,
        coming=[election],
        extras=EXTRAS,
        results=results,
        vocabulary=vocabulary or learn_vocabulary(blocks, category_columns(EXTRAS)),
    )[election]


def features_as_of(
    blocks: Sequence[pd.DataFrame],
    election: Election,
    *,
    calendar: Calendar = CALENDAR,
    results: Any = NO_RESULTS,
    vocabulary: Vocabulary | None = None,
    added: tuple[Feature, ...] = (),
) -> pd.DataFrame:
    """Features of all blocks as of an election; the vocabulary is learned from them where none is given."""
    surroundings = surroundings_as_of(blocks, election, calendar=calendar, results=results, vocabulary=vocabulary)
    return pd.concat([build_features(b, as_of=election.date, surroundings=surroundings, added=added) for b in blocks])


def scene_of(block: pd.DataFrame, election: Election, *, calendar: Calendar = CALENDAR) -> Scene:
    """A scene of a block that is the whole file."""
    surroundings = learn_surroundings(
        [block],
        calendar=calendar,
        coming=[election],
        extras={},
        results=NO_RESULTS,
        vocabulary={"party": ("DEM", "REP")},
    )
    return Scene(View(block, calendar, election), surroundings[election])


@pytest.fixture(scope="session")
def block() -> Block:
    return make_block


@pytest.fixture(scope="session")
def as_of() -> Callable[..., pd.DataFrame]:
    return features_as_of


@pytest.fixture(scope="session")
def surroundings_of() -> Callable[..., Surroundings]:
    return surroundings_as_of


@pytest.fixture(scope="session")
def scene() -> Callable[..., Scene]:
    return scene_of


@pytest.fixture(scope="session")
def calendar() -> Calendar:
    return CALENDAR


@pytest.fixture(scope="session")
def extras() -> dict[str, str]:
    return EXTRAS


@pytest.fixture(scope="session")
def voters() -> st.SearchStrategy[Row]:
    """A voter drawn at random: whoever lives at H1, H2 or H3 shares it with others."""
    return VOTERS
