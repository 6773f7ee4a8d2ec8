"""Vote history, worked through on drawn histories: one letter per election of the calendar in conftest.

2016 general, 2018 primary, 2018 general, 2020 general, 2022 primary, 2022 general; as of the general of 2024.
V voted, n did not, . was not on the rolls.
"""

from datetime import date
from typing import Any

import numpy as np
import pytest

from data.elections import Election

COMING_2024 = Election(date(2024, 11, 5), "general")  # presidential
COMING_2026 = Election(date(2026, 11, 3), "general")  # midterm
NAN = float("nan")


@pytest.mark.parametrize(
    ("history", "feature", "expected"),
    [
        ("VVVVVV", "share_all", 1.0),
        ("VnVnVn", "share_all", 0.5),
        ("......", "share_all", NAN),
        ("...VnV", "share_all", 2 / 3),
        ("VnnVnn", "share_like", 1.0),  # presidential: 2016, 2020
        ("nVVVVV", "share_like", 0.5),
        ("nnVnnn", "share_midterm", 0.5),
        ("nVnnnn", "share_primary", 0.5),
        ("nnnVnn", "voted_last_presidential", 1.0),
        ("VVVnVV", "voted_last_like", 0.0),
        ("VnnnVV", "voted_before_last_like", 1.0),
        ("....VV", "voted_last_like", NAN),
        ("nnnnnV", "voted_last_general", 1.0),
        ("nnnnVn", "voted_last_primary", 1.0),
        ("nnnVVV", "streak_all", 3.0),
        ("VVVnnn", "streak_all", -3.0),
        ("VV.VVV", "streak_all", 5.0),
        ("......", "streak_all", 0.0),
        ("VnVVnn", "streak_general", -1.0),
        ("nnVVnV", "streak_general", 3.0),
        ("VVVVVV", "elections_on_rolls", 6.0),
        ("..nVnV", "elections_on_rolls", 4.0),
        ("VVnVVn", "votes_of_last_4", 2.0),
        ("VV....", "votes_of_last_4", NAN),
        ("VVVnnn", "years_since_vote", 6.0),
        ("nnnnnn", "years_since_vote", NAN),
    ],
)
def test_a_history_as_of_the_presidential_of_2024(
    history: str, feature: str, expected: float, block: Any, as_of: Any
) -> None:
    value = as_of([block([{"history": history}])], COMING_2024)[feature].item()
    np.testing.assert_allclose(value, expected, atol=0.01)


def test_like_elections_follow_the_coming_one(block: Any, as_of: Any) -> None:
    voter = block([{"history": "VnnVnn"}])
    assert as_of([voter], COMING_2024)["share_like"].item() == 1.0
    assert as_of([voter], COMING_2026)["share_like"].item() == 0.0


def test_this_years_earlier_elections(block: Any, as_of: Any) -> None:
    midterm = Election(date(2022, 11, 8), "general")
    shares = as_of([block([{"history": "nnnnVV"}, {"history": "nnnnnV"}, {"history": "....."}])], midterm)
    np.testing.assert_array_equal(shares["share_this_year"], [1.0, 0.0, np.nan])
