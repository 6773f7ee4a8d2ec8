"""Household and area features: what the others did, the voter left out."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.elections import Election
from features.area import PRIOR

COMING = Election(date(2026, 11, 3), "general")
AREA = [f"{area}_{what}" for area in ("precinct", "zip") for what in ("turnout", "turnout_like", "party_1", "party_2")]


def neighbours(**mine: Any) -> list[dict[str, Any]]:
    others = [{"history": "VnVVnV", "party": "DEM"}] * 30 + [{"history": "nnnVnn", "party": "REP"}] * 25
    place = {"precinct": "P1", "zip": "Z1", "county": "C1", "household_id": "H1"}
    return [place | {"history": "VVVVVV", "party": "DEM"} | mine, *(place | {"household_id": None} | o for o in others)]


@pytest.mark.parametrize("mine", [{"history": "nnnnnn"}, {"history": "......"}, {"party": "REP"}, {"party": None}])
def test_what_the_voter_did_says_nothing_of_the_voters_neighbours(mine: Any, block: Any, as_of: Any) -> None:
    before = as_of([block(neighbours())], COMING)[AREA].iloc[0]
    after = as_of([block(neighbours(**mine))], COMING)[AREA].iloc[0]
    pd.testing.assert_series_equal(before, after, check_exact=False, rtol=1e-5, atol=1e-7)


def test_an_area_is_as_far_above_the_file_as_its_others_are(block: Any, as_of: Any) -> None:
    keen = [{"precinct": "P1", "history": "VVVVVV"}] * 101
    idle = [{"precinct": "P2", "history": "nnnnnn"}] * 100
    turnout = as_of([block([*keen, *idle])], COMING)["precinct_turnout"].to_numpy()
    others, overall = 600, 600 / 1200  # elections of the 100 others in P1; share in the file without the voter
    expected = (others + PRIOR * overall) / (others + PRIOR) - overall
    assert turnout[0] == pytest.approx(expected, abs=1e-6)
    assert turnout[-1] < 0


def test_a_voter_without_an_area_has_no_area_features(block: Any, as_of: Any) -> None:
    found = as_of([block([{"precinct": None, "history": "VVVVVV"}, {"precinct": "P1"}])], COMING)
    assert np.isnan(found["precinct_turnout"].iloc[0])


def test_a_household_is_its_other_members(block: Any, as_of: Any) -> None:
    home = [
        {"household_id": "H1", "history": "VVVVVV", "party": "DEM"},
        {"household_id": "H1", "history": "nnnVnn", "party": "DEM"},
        {"household_id": "H1", "history": "VnVnVn", "party": "REP"},
        {"household_id": None, "history": "VVVVVV", "party": "DEM"},
    ]
    found = as_of([block(home)], COMING)
    assert found["household_size"].tolist() == [3, 3, 3, 1]
    np.testing.assert_allclose(found["household_turnout"], [4 / 12, 9 / 12, 7 / 12, np.nan], rtol=1e-6)
    np.testing.assert_allclose(found["household_same_party"], [0.5, 0.5, 0.0, np.nan])
    np.testing.assert_allclose(found["household_turnout_like"], [1 / 4, 3 / 4, 1 / 2, np.nan])


def test_the_newest_certified_result_counts_twice_the_one_before(block: Any, as_of: Any) -> None:
    results = pd.DataFrame(
        {
            "area_type": "precinct",
            "area": ["P1", "P1", "P2", "P4"],
            "election_date": pd.to_datetime(["2020-11-03", *["2024-11-05"] * 3]),
            "election_type": "general",
            "votes_for": [30.0, 60.0, 0.0, 10.0],
            "votes_against": [70.0, 40.0, 0.0, 90.0],
            "ballots_cast": 100.0,
            "registered": 100.0,
        }
    )
    lean = as_of([block([{"precinct": "P1"}, {"precinct": "P2"}, {"precinct": "P3"}])], COMING, results=results)
    np.testing.assert_allclose(lean["precinct_lean"], [0.5 - (0.5 + 0.1) / 2, np.nan, np.nan], rtol=1e-6)
