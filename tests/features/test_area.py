"""The area: the neighbours, never the voter; and certified results."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.elections import Election
from features.area import FEATURES
from features.area_totals import AREAS, lean_of, results_before

COMING = Election(date(2020, 11, 3), "general")
PAST, LIKE, PRIOR = (0, 1, 2), (0,), 20
NAMES = [feature.name for feature in FEATURES if not feature.name.endswith("lean")]
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=25, deadline=None, phases=UNSHRUNK)


def on_file(row: dict[str, Any]) -> bool:
    return (row["registered"] or "") < "2020-11-03" or any(row["history"][i] == "V" for i in PAST)


def counts(people: list[dict[str, Any]], what: str) -> tuple[int, int]:
    if what.startswith("party"):
        return sum(row["party"] == {"party_1": "DEM", "party_2": "REP"}[what] for row in people), len(people)
    letters = [row["history"][i] for row in people for i in (LIKE if what == "turnout_like" else PAST)]
    return letters.count("V"), len(letters) - letters.count(".")


def expected(rows: list[dict[str, Any]], number: int, name: str) -> float:
    """An area feature of one voter, the long way."""
    area, what = name.split("_", 1)
    others = [row for i, row in enumerate(rows) if i != number and on_file(row)]
    here = [row for row in others if row[area] == rows[number][area]]
    part, whole = counts(others, what)
    if rows[number][area] is None:
        return np.nan
    if whole == 0:
        return 0.0
    near, near_whole = counts(here, what)
    return (near + PRIOR * part / whole) / (near_whole + PRIOR) - part / whole


def compute(scene: Any, names: list[str]) -> np.ndarray:
    return np.stack([f.compute(scene) for f in FEATURES if f.name in names], axis=1)


def results(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["area_type", "area", "election_date", "votes_for", "votes_against"])
    return frame.assign(election_date=pd.to_datetime(frame["election_date"]), election_type="general")


def test_what_is_known_of_which_area() -> None:
    """No turnout of the county: a county's records change from one election to the next."""
    assert [name for name in NAMES if "turnout" in name] == [
        f"{area}_{what}" for area in ("precinct", "zip") for what in ("turnout", "turnout_like")
    ]
    assert {f.name for f in FEATURES} >= {f"{a}_{what}" for a in AREAS for what in ("party_1", "party_2", "lean")}


@patient
@given(draw=st.data())
def test_an_area_is_how_far_the_others_are_above_the_file(
    draw: st.DataObject, voters: Any, block: Any, scene: Any
) -> None:
    rows = draw.draw(st.lists(voters, min_size=1, max_size=9))
    found = compute(scene(block(rows), COMING), NAMES)
    by_hand = [[expected(rows, i, name) for name in NAMES] for i in range(len(rows))]
    np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-7)
    assert found.dtype == np.float32


@patient
@given(draw=st.data())
def test_the_voters_own_votes_and_party_are_left_out(draw: st.DataObject, voters: Any, block: Any, scene: Any) -> None:
    """Who is on the rolls stays on them: whether a voter counts at all is known of everybody."""
    rows = draw.draw(st.lists(voters, min_size=1, max_size=9))
    other = draw.draw(voters)
    rows[0]["registered"] = "2000-01-01"
    changed = [rows[0] | {"history": other["history"], "party": other["party"]}, *rows[1:]]
    before, after = (compute(scene(block(people), COMING), NAMES)[0] for people in (rows, changed))
    np.testing.assert_array_equal(before, after)


def test_a_lean_is_that_of_the_area_and_its_type() -> None:
    certified = results(("precinct", "1", "2016-11-08", 30, 70), ("zip", "1", "2018-11-06", 90, 10))
    certified = pd.concat([certified, results(("all", "1", "2018-11-06", 50, 50))])
    assert lean_of(certified, "precinct").to_dict() == {"1": pytest.approx(0.3)}
    assert lean_of(certified, "zip").to_dict() == {"1": pytest.approx(0.9)}
    assert lean_of(certified, "county").empty


def test_each_older_result_counts_half_whatever_the_order_of_the_rows() -> None:
    certified = results(
        ("zip", "1", "2018-11-06", 80, 20),
        ("zip", "2", "2012-11-06", 10, 90),
        ("zip", "1", "2014-11-04", 20, 80),
        ("zip", "1", "2016-11-08", 40, 60),
        ("zip", "1", "2010-11-02", 0, 0),  # nobody voted: says nothing, and is not the fourth newest
    )
    expected = (4 * 0.8 + 2 * 0.4 + 0.2) / 7
    for order in ([0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]):
        lean = lean_of(results_before(certified.iloc[order], COMING), "zip")
        assert lean.to_dict() == {"1": pytest.approx(expected), "2": pytest.approx(0.1)}


def test_a_newest_result_without_votes_does_not_count_as_the_newest() -> None:
    certified = results(("zip", "1", "2016-11-08", 40, 60), ("zip", "1", "2018-11-06", 0, 0))
    older = results(("zip", "1", "2014-11-04", 10, 90))
    lean = lean_of(results_before(pd.concat([certified, older]), COMING), "zip")
    assert lean.to_dict() == {"1": pytest.approx((2 * 0.4 + 0.1) / 3)}


@pytest.mark.parametrize(("day", "seen"), [("2020-11-02", True), ("2020-11-03", False), ("2020-11-04", False)])
def test_a_result_is_seen_after_its_day(day: str, seen: bool, block: Any, as_of: Any) -> None:
    certified = results(("county", "C1", day, 60, 40), ("county", "C2", day, 20, 80))
    found = as_of([block([{"county": "C1"}])], COMING, results=certified)
    np.testing.assert_allclose(found["county_lean"], [0.6 - (0.6 + 0.2) / 2 if seen else np.nan], rtol=1e-6)
    assert found["precinct_lean"].isna().all()
