"""Vote history, worked through on drawn histories: one letter per election of the calendar in conftest.

2016 general, 2018 primary, 2018 general, 2020 general, 2022 primary, 2022 general; as of the general of 2024.
V voted, n did not, . was not on the rolls.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.contracts import ELECTION_TYPES
from data.elections import Election
from features.view import GROUPS
from features.vote_history import FEATURES

COMING_2024 = Election(date(2024, 11, 5), "general")  # presidential
COMING_2026 = Election(date(2026, 11, 3), "general")  # midterm
NAN = float("nan")
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=40, deadline=None, phases=UNSHRUNK)


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
        ("VV.VVV", "streak_all", 4.0),
        ("......", "streak_all", 0.0),
        ("VnVVnn", "streak_general", -1.0),
        ("nnVVnV", "streak_general", 3.0),
        ("VVVVVV", "elections_on_rolls", 4.0),
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


def test_streaks_skip_what_the_voter_was_not_on_the_rolls_for_and_end_at_a_change(block: Any, as_of: Any) -> None:
    rows = [{"history": history} for history in ("nV.VV.", "V.n.n.", "nVVVnV", ".V....")]
    assert as_of([block(rows)], COMING_2024)["streak_all"].tolist() == [3, -2, 1, 1]


def test_an_election_earlier_in_the_year_counts_and_one_a_year_before_does_not(block: Any, scene: Any) -> None:
    calendar = tuple(Election(date(*day), "special") for day in ((2023, 12, 31), (2024, 1, 1), (2024, 11, 4)))
    calendar += (Election(date(2024, 11, 5), "special"), Election(date(2024, 12, 1), "special"))
    voters = block([{"history": history} for history in ("VnVVV", "Vnnnn", "V..VV", "nVVnn", "n.Vnn")])
    (share,) = (f for f in FEATURES if f.name == "share_this_year")
    found = share.compute(scene(voters, COMING_2024, calendar=calendar))
    np.testing.assert_array_equal(found, np.array([0.5, 0.0, NAN, 1.0, 1.0], np.float32))


def expected(history: str, calendar: list[Election], coming: Election) -> dict[str, float]:
    """The features of one voter, the long way: the letters of each group, newest first."""
    past = [(e, letter) for e, letter in zip(calendar, history, strict=True) if e.date < coming.date][::-1]
    kinds = {"all": {e.kind for e in calendar}, "like": {coming.kind}} | {g: set(k) for g, k in GROUPS.items()}
    letters = {group: "".join(letter for e, letter in past if e.kind in chosen) for group, chosen in kinds.items()}
    values = {}
    for group, all_letters in letters.items():
        values[f"share_{group}"] = share(all_letters)
        values[f"voted_last_{group}"] = share(all_letters[:1])
        values[f"voted_before_last_{group}"] = share(all_letters[1:2])
        on_rolls = all_letters.replace(".", "")
        run = len(on_rolls) - len(on_rolls.lstrip(on_rolls[:1] or " "))
        values[f"streak_{group}"] = float(min(run, 4) if on_rolls[:1] == "V" else -min(run, 4))
    voted = [e.date for e, letter in past if letter == "V"]
    values["years_since_vote"] = (coming.date - voted[0]).days / 365.2425 if voted else NAN
    values["share_this_year"] = share("".join(letter for e, letter in past if e.date.year == coming.date.year))
    values["elections_on_rolls"] = min(len(letters["all"]) - letters["all"].count("."), 4)
    last = letters["all"][:4]
    values["votes_of_last_4"] = last.count("V") if last.strip(".") else NAN
    return values


def share(letters: str) -> float:
    on_rolls = letters.replace(".", "")
    return on_rolls.count("V") / len(on_rolls) if on_rolls else NAN


days = st.integers(0, 3_000).map(lambda n: date(2018, 1, 1) + timedelta(n)) | st.just(COMING_2024.date)
elections = st.builds(Election, days, st.sampled_from(ELECTION_TYPES))


@patient
@given(
    drawn=st.lists(elections, unique=True, max_size=12),
    coming=st.builds(Election, st.dates(date(2021, 1, 1), date(2026, 12, 31)), st.sampled_from(ELECTION_TYPES)),
    letters=st.lists(st.text("Vn.", min_size=12, max_size=12), min_size=1, max_size=4),
)
def test_every_feature_agrees_with_the_letters(
    drawn: list[Election], coming: Election, letters: list[str], block: Any, scene: Any
) -> None:
    calendar = sorted(drawn)
    histories = [row[: len(calendar)] for row in letters]
    here = scene(block([{"history": history} for history in histories]), coming, calendar=tuple(calendar))
    found = {feature.name: feature.compute(here) for feature in FEATURES}
    for number, history in enumerate(histories):
        by_hand = expected(history, calendar, coming)
        for name, values in found.items():
            np.testing.assert_allclose(values[number], by_hand[name], rtol=1e-5, err_msg=name)
            assert values.dtype == np.float32
