"""What each voter adds to the sums of the others."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from data.elections import Election
from features.counts import COUNTS, own_counts, sum_of_others
from features.view import View

COMING = Election(date(2020, 11, 3), "general")


def test_who_was_not_on_the_rolls_adds_nothing(block: Any, calendar: Any) -> None:
    rows = [
        {"history": "VnV...", "party": "REP"},
        {"history": "......", "party": "DEM", "registered": "2021-01-01"},
        {"history": ".n....", "party": None},
    ]
    own = own_counts(View(block(rows), calendar, COMING), ("DEM", "REP"))
    assert tuple(own) == COUNTS
    assert np.stack(list(own.values()), axis=1).tolist() == [[1, 2, 3, 1, 1, 0, 1], [0] * 7, [1, 0, 1, 0, 0, 0, 0]]


@pytest.mark.parametrize("parties", [(), ("REP",), ("GRN", "LIB")])
def test_parties_that_are_not_there(parties: tuple[str, ...], block: Any, calendar: Any) -> None:
    own = own_counts(View(block([{"party": "REP"}]), calendar, COMING), parties)
    assert [own["party_1"].tolist(), own["party_2"].tolist()] == [[float(parties == ("REP",))], [0]]


def test_a_sum_leaves_the_voter_out() -> None:
    assert sum_of_others(np.array([1, 0, 1, 1]), np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [12, 0, 9, 5]
    assert sum_of_others(np.zeros(0, np.int64), np.zeros(0)).tolist() == []
