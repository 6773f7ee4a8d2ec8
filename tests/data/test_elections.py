from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts import ELECTION_TYPES
from data.elections import (
    WORD,
    Bits,
    Election,
    count_bits,
    has_bit,
    mask,
    set_bits,
    up_to_newest,
    words,
    youngest_birthday,
)

COUNT = 130  # more than two words of elections


@pytest.mark.parametrize(
    ("day", "election_type", "kind"),
    [
        (date(2024, 11, 5), "general", "presidential"),
        (date(2026, 11, 3), "general", "midterm"),
        (date(2025, 11, 4), "general", "odd_general"),
        (date(2023, 11, 7), "general", "odd_general"),
        (date(2000, 11, 7), "general", "presidential"),
        (date(2024, 3, 5), "presidential_primary", "presidential_primary"),
        (date(2024, 5, 7), "primary", "primary"),
        (date(2025, 5, 6), "municipal", "municipal"),
    ],
)
def test_generals_are_told_apart_by_their_year(day: date, election_type: str, kind: str) -> None:
    assert Election(day, election_type).kind == kind


def test_elections_are_ordered_by_day_and_then_by_type() -> None:
    day, later = date(2024, 11, 5), date(2024, 11, 6)
    ordered = [Election(day, "general"), Election(day, "special"), Election(later, "general")]
    assert sorted([ordered[2], ordered[1], ordered[0]]) == ordered
    assert Election(day, "general") == Election(day, "general") != Election(day, "special")
    assert all(Election(day, one) != Election(day, "recall") for one in ELECTION_TYPES)


@pytest.mark.parametrize(
    ("day", "youngest"),
    [
        (date(2026, 11, 3), date(2008, 11, 3)),
        (date(2026, 2, 10), date(2008, 2, 10)),
        (date(2026, 2, 28), date(2008, 2, 28)),  # who was born on 29 February is 18 on 1 March
        (date(2028, 2, 29), date(2010, 2, 28)),  # who was born on 1 March is 18 on the next day
    ],
)
def test_who_is_of_voting_age(day: date, youngest: date) -> None:
    assert youngest_birthday(day) == youngest


@pytest.mark.parametrize(("count", "expected"), [(0, 1), (1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_words_are_as_few_as_hold_the_elections(count: int, expected: int) -> None:
    assert words(count) == expected


def test_the_last_bit_of_a_word_and_the_first_of_the_next() -> None:
    bits = set_bits(np.array([0, 1]), np.array([63, 64]), voters=2, count=65)
    assert bits.dtype == np.uint64 and bits.tolist() == [[1 << 63, 0], [0, 1]]
    calendar = [Election(date(1950 + i, 11, 5), "general") for i in range(65)]
    chosen = mask(calendar, lambda election: election.date.year >= 2013)
    assert chosen.dtype == np.uint64 and chosen.tolist() == [1 << 63, 1]


def test_no_elections_are_one_empty_word() -> None:
    none = np.array([], np.int64)
    assert set_bits(none, none, voters=2, count=0).tolist() == [[0], [0]]
    assert mask((), lambda election: True).tolist() == [0]


numbers = st.integers(0, COUNT - 1)


@given(votes=st.lists(st.tuples(st.integers(0, 2), numbers), max_size=40), chosen=st.sets(numbers))
def test_bits_are_sets_of_elections(votes: list[tuple[int, int]], chosen: set[int]) -> None:
    """Setting a bit again changes nothing."""
    rows, elections = (np.array([vote[i] for vote in votes], np.int64) for i in (0, 1))
    bits = set_bits(rows, elections, voters=3, count=COUNT)
    calendar = [Election(date(1900 + i, 1, 1), "general") for i in range(COUNT)]
    wanted = mask(calendar, lambda election: election.date.year - 1900 in chosen)
    sets = [{e for voter, e in votes if voter == number} for number in range(3)]
    assert count_bits(bits, wanted).tolist() == [len(voted & chosen) for voted in sets]
    for election in range(COUNT):
        assert has_bit(bits, election).tolist() == [election in voted for voted in sets]
    reached = has_all(up_to_newest(bits))
    assert reached == [set(range(max(voted, default=-1) + 1)) for voted in sets]


def has_all(bits: Bits) -> list[set[int]]:
    """The elections of every voter, also of those that no calendar has."""
    return [{e for e in range(bits.shape[1] * WORD) if int(row[e // WORD]) >> e % WORD & 1} for row in bits]
