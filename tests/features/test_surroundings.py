"""What is gathered of everybody in one pass."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.elections import Calendar, Election
from features.area_totals import AREAS
from features.counts import COUNTS
from features.surroundings import Surroundings, learn_surroundings

COMING = (
    Election(date(2018, 11, 6), "general"),
    Election(date(2020, 11, 3), "general"),
    Election(date(2026, 11, 3), "general"),
)
VOCABULARY = {"party": ("DEM", "REP", "UNA")}
RESULTS = pd.DataFrame(
    {
        "area_type": "county",
        "area": "C1",
        "election_date": pd.to_datetime(["2016-11-08", "2018-11-06", "2020-11-03"]),
        "election_type": "general",
        "votes_for": [10.0, 90.0, 50.0],
        "votes_against": [90.0, 10.0, 50.0],
    }
)
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=10, deadline=None, phases=UNSHRUNK)


def learn(blocks: Any, calendar: Calendar, coming: Any = COMING) -> dict[Election, Surroundings]:
    return learn_surroundings(
        blocks, calendar=calendar, coming=coming, extras={}, results=RESULTS, vocabulary=VOCABULARY
    )


def assert_same(one: Surroundings, other: Surroundings) -> None:
    assert one.areas.overall.to_dict() == other.areas.overall.to_dict()
    for area in AREAS:
        pd.testing.assert_frame_equal(one.areas.sums[area], other.areas.sums[area], check_index_type=False)


@patient
@given(draw=st.data())
def test_neither_cuts_nor_order_of_blocks_change_what_is_gathered(
    draw: st.DataObject, voters: Any, block: Any, calendar: Calendar
) -> None:
    rows = draw.draw(st.lists(voters, min_size=2, max_size=9))
    cut = draw.draw(st.integers(1, len(rows) - 1))
    whole = learn([block(rows)], calendar)
    pieces = learn([block(rows[cut:]), block(rows[:cut])], calendar)
    for election in COMING:
        assert_same(whole[election], pieces[election])


def test_one_pass_gathers_each_election_as_it_would_be_alone(block: Any, calendar: Calendar) -> None:
    rows = [
        {"precinct": "P1", "county": "C1", "history": "VnVVnV", "party": "DEM", "registered": day}
        for day in ("2000-01-01", "2019-01-01", "2021-01-01")
    ]

    def once() -> Iterator[pd.DataFrame]:
        yield block(rows)
        yield block(rows[:1])

    together = learn(once(), calendar)
    assert tuple(together) == COMING
    for election in COMING:
        (alone,) = learn([block(rows), block(rows[:1])], calendar, [election]).values()
        assert alone.coming == election == together[election].coming
        assert_same(alone, together[election])


def test_totals_are_as_of_the_day_over_those_on_the_rolls(block: Any, calendar: Calendar) -> None:
    rows = [
        {"precinct": "P1", "history": "VnV...", "party": "DEM"},
        {"precinct": "P1", "history": "......", "party": "REP", "registered": "2019-01-01"},
        {"precinct": None, "history": "nnV...", "party": "REP"},
    ]
    gathered = learn([block(rows)], calendar)
    early, late = (gathered[election].areas for election in COMING[:2])
    assert COUNTS == ("people", "votes", "elections", "votes_like", "elections_like", "party_1", "party_2")
    assert early.overall.tolist() == [2, 1, 4, 0, 0, 1, 1]
    assert late.overall.tolist() == [3, 3, 6, 1, 2, 1, 2]
    assert early.sums["precinct"].loc["P1"].tolist() == [1, 1, 2, 0, 0, 1, 0]
    assert late.sums["precinct"].loc["P1"].tolist() == [2, 2, 3, 1, 1, 1, 1]
    assert late.sums["precinct"].index.tolist() == ["P1"]


def test_leans_are_of_results_before_each_day(block: Any, calendar: Calendar) -> None:
    gathered = learn([block([{"county": "C1"}])], calendar)
    leans = [gathered[election].leans["county"].loc["C1"] for election in COMING]
    np.testing.assert_allclose(leans, [0.1, (2 * 0.9 + 0.1) / 3, (4 * 0.5 + 2 * 0.9 + 0.1) / 7])


def test_a_file_without_parties_has_none(block: Any, calendar: Calendar) -> None:
    found = learn_surroundings(
        [block([{"precinct": "P1"}])],
        calendar=calendar,
        coming=COMING[:1],
        extras={},
        results=RESULTS,
        vocabulary={"party": ()},
    )[COMING[0]]
    assert found.areas.overall[["people", "party_1", "party_2"]].tolist() == [1, 0, 0]
