"""Nothing dated on or after the as-of date changes a feature: the property that makes a backtest honest."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.elections import Election

COMING = Election(date(2020, 11, 3), "general")
PAST = 3  # elections of the calendar before that day

histories = st.text("Vn.", min_size=6, max_size=6)
voters = st.fixed_dictionaries(
    {
        "history": histories,
        "household_id": st.sampled_from(["H1", "H2", "H3", None]),
        "precinct": st.sampled_from(["P1", "P2", None]),
        "county": st.sampled_from(["C1", "C2"]),
        "zip": st.sampled_from(["Z1", None]),
        "party": st.sampled_from(["DEM", "REP", None]),
        "registered": st.sampled_from(["2000-01-01", "2017-01-01", None]),
    }
)
later_votes = st.lists(st.text("Vn.", min_size=3, max_size=3), min_size=1, max_size=8)
patient = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other.loc[one.index], check_exact=False, rtol=1e-6)


@patient
@given(rows=st.lists(voters, min_size=1, max_size=8), later=later_votes)
def test_what_is_voted_on_or_after_the_day_changes_nothing(
    rows: list[dict[str, Any]], later: list[str], block: Callable[..., Any], as_of: Callable[..., Any]
) -> None:
    changed = [row | {"history": row["history"][:PAST] + later[i % len(later)]} for i, row in enumerate(rows)]
    assert_same(as_of([block(rows)], COMING), as_of([block(changed)], COMING))


@patient
@given(rows=st.lists(voters, min_size=1, max_size=8), newcomers=st.lists(voters, min_size=1, max_size=4))
def test_who_registers_on_or_after_the_day_changes_nobody_else(
    rows: list[dict[str, Any]], newcomers: list[dict[str, Any]], block: Callable[..., Any], as_of: Callable[..., Any]
) -> None:
    new = [
        n | {"voter_id": f"new{i}", "registered": "2020-11-03", "history": "..." + n["history"][3:]}
        for i, n in enumerate(newcomers)
    ]
    words = {"party", "sex", "county"}  # the vocabulary may be re-numbered by newcomers: it is learned, not as of a day
    before, after = as_of([block(rows)], COMING), as_of([block([*rows, *new])], COMING)
    others = [c for c in before if c not in words and "party_" not in c]
    assert_same(before[others], after[others])


@pytest.mark.parametrize("day", ["2020-11-03", "2024-11-05"])
def test_results_certified_on_or_after_the_day_change_nothing(day: str, block: Any, as_of: Any) -> None:
    rows = block([{"county": "C1", "precinct": "P1"}, {"county": "C1", "precinct": "P2"}])

    def results(*certified: tuple[str, float]) -> pd.DataFrame:
        elsewhere = ("2018-11-06", 40.0, "C2")
        return pd.DataFrame(
            [
                {"area_type": "county", "area": area, "election_date": pd.Timestamp(when), "election_type": "general"}
                | {"votes_for": votes, "votes_against": 100 - votes, "ballots_cast": 100.0, "registered": 200.0}
                for when, votes, area in [*((when, votes, "C1") for when, votes in certified), elsewhere]
            ]
        )

    before = as_of([rows], COMING, results=results(("2018-11-06", 60.0)))
    after = as_of([rows], COMING, results=results(("2018-11-06", 60.0), (day, 1.0)))
    assert before["county_lean"].tolist() == pytest.approx([0.1, 0.1])
    assert_same(before, after)


@patient
@given(rows=st.lists(voters, min_size=2, max_size=10))
def test_features_do_not_depend_on_how_voters_are_cut_into_blocks(
    rows: list[dict[str, Any]], block: Callable[..., Any], as_of: Callable[..., Any]
) -> None:
    named = [row | {"voter_id": f"v{i}"} for i, row in enumerate(rows)]
    here = [row for row in named if row["household_id"] in ("H1", None)]
    there = [row for row in named if row["household_id"] not in ("H1", None)]
    if here and there:
        assert_same(as_of([block(named)], COMING), as_of([block(here), block(there)], COMING))


def test_the_day_has_to_be_that_of_the_surroundings(block: Any, as_of: Any) -> None:
    from features.matrix import build_features
    from features.surroundings import learn_surroundings

    one = block([{}])
    found = learn_surroundings(
        [one], calendar=(), coming=[COMING], extras={}, results=pd.DataFrame(), vocabulary={"party": ()}
    )[COMING]
    with pytest.raises(ValueError, match="2020-11-03"):
        build_features(one, as_of=date(2020, 11, 4), surroundings=found)


def test_an_election_of_the_same_day_is_not_seen(block: Any, as_of: Any) -> None:
    before = as_of([block([{"history": "Vnn..."}])], COMING)
    after = as_of([block([{"history": "VnnVVV"}])], COMING)
    assert_same(before, after)
    np.testing.assert_allclose(before["share_all"], 1 / 3, rtol=1e-6)
