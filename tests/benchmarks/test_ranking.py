"""Ranking in piles: memory that the number of voters does not move."""

import pytest
from ranking import measure

BEYOND = 1.5


@pytest.mark.parametrize("voters", [500_000])
def test_four_times_the_voters_need_no_more_memory(voters: int) -> None:
    few, many = measure("streamed", voters), measure("streamed", 4 * voters)
    assert many["peak"] < BEYOND * few["peak"]
