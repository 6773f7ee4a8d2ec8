"""A view shows what was known before a day, and counts it."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.contracts import ELECTION_TYPES
from data.elections import Calendar, Election, has_bit
from features.view import GROUPS, View, share

COMING = Election(date(2020, 11, 3), "general")
NAN = float("nan")
days = st.integers(0, 12_000).map(lambda n: date(2000, 1, 1) + timedelta(n)) | st.just(COMING.date)
calendars = st.lists(st.builds(Election, days, st.sampled_from(ELECTION_TYPES)), unique=True, max_size=70)

KINDS = {
    "all": ("presidential", "midterm", "odd_general", "primary", "presidential_primary")
    + ("municipal", "special", "runoff"),
    "like": ("presidential",),
    "presidential": ("presidential",),
    "midterm": ("midterm",),
    "general": ("presidential", "midterm", "odd_general"),
    "primary": ("primary", "presidential_primary"),
    "local": ("municipal", "special", "runoff", "odd_general"),
}
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=40, deadline=None, phases=UNSHRUNK)


def test_the_groups_are_those_worked_through_here() -> None:
    assert set(GROUPS) | {"all", "like"} == set(KINDS)


@patient
@given(calendar=calendars, letters=st.lists(st.text("Vn.", min_size=70, max_size=70), min_size=1, max_size=4))
def test_counts_are_those_of_the_letters_before_the_day(
    calendar: list[Election], letters: list[str], block: Any
) -> None:
    """Also over more elections than fit into one word of bits."""
    ordered: Calendar = tuple(sorted(calendar))
    histories = [row[: len(ordered)] for row in letters]
    view = View(block([{"history": history} for history in histories]), ordered, COMING)
    for group, kinds in KINDS.items():
        numbers = [i for i, e in enumerate(ordered) if e.date < COMING.date and e.kind in kinds]
        assert view.newest(group) == numbers[::-1]
        assert view.votes(group).tolist() == [sum(h[i] == "V" for i in numbers) for h in histories]
        assert view.elections(group).tolist() == [sum(h[i] != "." for i in numbers) for h in histories]


@patient
@given(calendar=calendars, later=calendars, letters=st.text("Vn.", min_size=70, max_size=70), draw=st.data())
def test_nothing_of_the_day_or_later_is_seen(
    calendar: list[Election], later: list[Election], letters: str, draw: st.DataObject, block: Any
) -> None:
    past: Calendar = tuple(sorted(e for e in calendar if e.date < COMING.date))
    after = sorted(e for e in later if e.date >= COMING.date)
    history = letters[: len(past)]
    more = history + draw.draw(st.text("Vn.", min_size=len(after), max_size=len(after)))
    registered = draw.draw(st.sampled_from(["2020-11-02", "2020-11-03", None]))
    one = View(block([{"history": history, "registered": registered}]), past, COMING)
    other = View(block([{"history": more, "registered": registered}]), (*past, *after), COMING)
    assert one.past == other.past and one.on_file == other.on_file
    for number in range(len(past), len(other.calendar)):
        assert not has_bit(other.voted, number).any() and not has_bit(other.rolls, number).any()
    for group in KINDS:
        assert one.votes(group) == other.votes(group) and one.elections(group) == other.elections(group)


def test_elections_past_the_sixty_fourth_are_in_the_next_word(block: Any) -> None:
    calendar = tuple(Election(date(1950 + i, 1, 1), "special") for i in range(70))
    view = View(block([{"history": "n" * 64 + "VVn.VV"}, {"history": "V" * 64 + "......"}]), calendar, COMING)
    assert view.voted.shape == view.rolls.shape == (2, 2)
    assert view.votes("local").tolist() == [4, 64] and view.elections("local").tolist() == [69, 64]
    np.testing.assert_array_equal(view.voted_in(69), np.array([1, NAN], np.float32))


@pytest.mark.parametrize("group", KINDS)
def test_only_an_election_before_the_day_is_chosen(group: str, block: Any) -> None:
    chosen = View(block([{}]), (), COMING).chosen(group)
    years = {"midterm": 2018, "local": 2019}
    types = {"primary": "primary", "local": "municipal"}
    for year, expected in ((years.get(group, 2016), True), (years.get(group, 2016) + 8, False)):
        assert chosen(Election(date(year, 11, 2), types.get(group, "general"))) is expected
    assert not chosen(COMING)


@pytest.mark.parametrize(
    ("registered", "history", "expected"),
    [
        ("2020-11-02", "......", True),
        ("2020-11-03", "......", False),
        ("2020-11-04", "nnn...", False),
        (None, "......", True),
        ("2021-01-01", "V.....", True),  # a renewed registration: an earlier vote shows that it was there before
        ("2021-01-01", "...VVV", False),
    ],
)
def test_who_was_on_the_rolls_before_the_day(
    registered: str | None, history: str, expected: bool, block: Any, calendar: Calendar
) -> None:
    view = View(block([{"registered": registered, "history": history}]), calendar, COMING)
    assert view.on_file.tolist() == [expected]


def test_years_count_to_the_day_and_not_from_it_or_later(block: Any, calendar: Calendar) -> None:
    born = ["2020-11-02", "2020-11-03", "2020-11-04", None, "1920-11-03"]
    years = View(block([{"born": day} for day in born]), calendar, COMING).years_since("born")
    np.testing.assert_allclose(years, [1 / 365.2425, NAN, NAN, NAN, 100.0], rtol=1e-4)
    assert years.dtype == np.float32


def test_voted_in_says_nothing_of_who_was_not_on_the_rolls(block: Any, calendar: Calendar) -> None:
    view = View(block([{"history": h} for h in ("V.....", "n.....", "......")]), calendar, COMING)
    np.testing.assert_array_equal(view.voted_in(0), np.array([1, 0, NAN], np.float32))


@patient
@given(calendar=calendars, letters=st.lists(st.text("Vn.", min_size=70, max_size=70), min_size=1, max_size=4))
def test_streaks_and_the_newest_vote_are_those_of_the_letters(
    calendar: list[Election], letters: list[str], block: Any
) -> None:
    ordered: Calendar = tuple(sorted(calendar))
    histories = [row[: len(ordered)] for row in letters]
    view = View(block([{"history": history} for history in histories]), ordered, COMING)
    for group in KINDS:
        for history, streak in zip(histories, view.streak(group).tolist(), strict=True):
            known = "".join(history[i] for i in view.newest(group) if history[i] != ".")
            assert streak == len(known) - len(known.lstrip("V")) - (len(known) - len(known.lstrip("n")))
    newest = [max((i for i in view.past if history[i] == "V"), default=-1) for history in histories]
    assert view.newest_vote().tolist() == newest


def test_what_is_counted_is_counted_once_and_read_only(block: Any, calendar: Calendar) -> None:
    view = View(block([{"history": "VnV..."}]), calendar, COMING)
    assert view.votes("all") is view.votes("all") and view.elections("all") is not view.votes("all")
    with pytest.raises(ValueError, match="read-only"):
        view.votes("all")[0] = 9


def test_counts_of_a_voter_may_be_subtracted(block: Any, calendar: Calendar) -> None:
    view = View(block([{"history": "nnnnnn"}]), calendar, COMING)
    assert (view.votes("all") - view.elections("all")).tolist() == [-3]


def test_a_share_of_nothing_is_missing() -> None:
    shares = share(np.array([0, 1, 0]), np.array([0, 2, 3]))
    np.testing.assert_array_equal(shares, np.array([NAN, 0.5, 0], np.float32))
    assert shares.dtype == np.float32
