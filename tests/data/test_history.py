from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts import ELECTION_TYPES, HISTORY_STATUSES
from data.elections import Election, has_bit
from data.history import History, build_history, with_history

Row = tuple[str, date, str, str]
Voter = tuple[str, date | None, date | None]
G20, P22, G22, G24 = date(2020, 11, 3), date(2022, 5, 17), date(2022, 11, 8), date(2024, 11, 5)


def build(rows: list[Row], voters: list[Voter]) -> History:
    columns = list(zip(*rows, strict=True)) or [()] * 4
    types = (pa.string(), pa.date32(), pa.string(), pa.string())
    names = ["voter_id", "election_date", "election_type", "status"]
    accepted = pa.table([pa.chunked_array([pa.array(c, t)]) for c, t in zip(columns, types, strict=True)], names=names)
    ids, born, registered = zip(*voters, strict=True)
    people = {
        "voter_id": pa.array(ids),
        "born": pa.array(born, pa.date32()),
        "registered": pa.array(registered, pa.date32()),
    }
    return build_history(accepted, pa.table(people))


def voted(history: History, number: int) -> list[bool]:
    return [bool(bit) for bit in has_bit(history.voted, number)]


def rolls(history: History, number: int) -> list[bool]:
    return [bool(bit) for bit in has_bit(history.rolls, number)]


def test_the_calendar_is_every_election_once_in_order() -> None:
    rows = [("b", G24, "general", "voted"), ("a", G20, "general", "voted"), ("a", G24, "general", "voted")]
    history = build([*rows, ("a", G20, "special", "voted")], [("a", None, None), ("b", None, None)])
    assert history.calendar == (Election(G20, "general"), Election(G20, "special"), Election(G24, "general"))
    assert [voted(history, i) for i in range(3)] == [[True, False], [True, False], [True, True]]


def test_absence_means_something_for_those_registered_by_then_and_of_age() -> None:
    voters: list[Voter] = [
        ("voter", None, None),
        ("undated", None, None),
        ("before", date(1980, 1, 1), G22),
        ("after", date(1980, 1, 1), date(2022, 11, 9)),
        ("eighteen", date(2004, 11, 8), None),
        ("seventeen", date(2004, 11, 9), None),
    ]
    history = build([("voter", G22, "general", "voted")], voters)
    assert rolls(history, 0) == [True, True, True, False, True, False]


def test_a_vote_shows_that_a_renewed_registration_was_there_before() -> None:
    voters: list[Voter] = [("renewed", None, date(2025, 1, 1)), ("new", None, date(2025, 1, 1))]
    history = build(
        [("renewed", G22, "general", "voted"), ("x", G20, "general", "voted"), ("x", G24, "general", "voted")], voters
    )
    assert [rolls(history, i) for i in range(3)] == [[False, False], [True, False], [True, False]]


def test_where_non_voters_are_stated_only_stated_rows_count() -> None:
    rows = [("a", G22, "general", "voted"), ("b", G22, "general", "did_not_vote"), ("a", G24, "general", "voted")]
    history = build(rows, [("a", None, None), ("b", None, None), ("c", None, None)])
    assert history.stated == (True, False)
    assert rolls(history, 0) == [True, True, False]
    assert voted(history, 0) == [True, False, False]
    assert rolls(history, 1) == [True, True, True]


@pytest.mark.parametrize("status", ["not_eligible", "not_counted"])
def test_who_was_not_eligible_or_not_counted_says_nothing_unless_also_voted(status: str) -> None:
    rows = [("a", G22, "general", status), ("b", G22, "general", status), ("b", G22, "general", "voted")]
    history = build(rows, [("a", None, None), ("b", None, None)])
    assert rolls(history, 0) == [False, True]


def test_those_born_on_a_leap_day_and_elections_on_one() -> None:
    leap = date(2024, 2, 29)
    history = build([("x", leap, "special", "voted")], [("a", date(2006, 2, 28), None), ("b", date(2006, 3, 1), None)])
    assert rolls(history, 0) == [True, False]


def test_no_history_is_one_empty_word() -> None:
    history = build([], [("a", None, None)])
    assert history.calendar == () and history.voted.shape == history.rolls.shape == (1, 1)
    assert with_history(pa.table({"voter_id": ["a"]}), history, 0).to_pydict() == {
        "voter_id": ["a"],
        "voted_0": [0],
        "rolls_0": [0],
    }


def test_more_than_64_elections_take_further_words() -> None:
    days = [date(1950 + i, 11, 5) for i in range(70)]
    history = build([("a", day, "general", "voted") for day in days], [("b", None, None), ("a", None, None)])
    assert with_history(pa.table({"voter_id": ["a"]}), history, 1).to_pydict() == {
        "voter_id": ["a"],
        "voted_0": [2**64 - 1],
        "voted_1": [2**6 - 1],
        "rolls_0": [2**64 - 1],
        "rolls_1": [2**6 - 1],
    }


DAYS = st.sampled_from([G20, P22, G22, G24])
ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), DAYS, st.sampled_from(ELECTION_TYPES[:2]), st.sampled_from(HISTORY_STATUSES)),
    max_size=20,
)
DATES = st.none() | st.dates(date(1999, 1, 1), date(2025, 1, 1))


@given(ROWS, st.tuples(DATES, DATES, DATES), st.tuples(DATES, DATES, DATES), DAYS)
def test_bits_agree_with_the_rules_and_never_look_ahead(
    rows: list[Row], born: tuple[date | None, ...], registered: tuple[date | None, ...], cut: date
) -> None:
    voters: list[Voter] = list(zip("abc", born, registered, strict=True))
    whole = build(rows, voters)
    until = build([row for row in rows if row[1] <= cut], voters)
    assert not np.any(whole.voted & ~whole.rolls)
    for number, election in enumerate(until.calendar):
        same = whole.calendar.index(election)
        assert voted(until, number) == voted(whole, same)
        assert rolls(until, number) == rolls(whole, same)
    for number, election in enumerate(whole.calendar):
        assert voted(whole, number) == [(v, election.date, election.type, "voted") in rows for v in "abc"]
