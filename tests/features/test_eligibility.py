from datetime import date
from typing import Any

import pytest

from data.contracts import STATUS_CODES
from data.elections import Election
from features.eligibility import MAY_VOTE, exclusion_reasons

ELECTION = Election(date(2026, 11, 3), "general")


@pytest.mark.parametrize("status", STATUS_CODES)
def test_a_status_lets_a_voter_vote_or_is_the_reason(status: str, block: Any) -> None:
    (reason,) = exclusion_reasons(block([{"status": status}]), ELECTION)
    assert reason == ("" if status in MAY_VOTE else status)


@pytest.mark.parametrize(
    ("born", "reason"), [("2008-11-03", ""), ("2008-11-04", "under_age"), (None, ""), ("1930-01-01", "")]
)
def test_who_turns_eighteen_by_election_day_may_vote(born: str | None, reason: str, block: Any) -> None:
    assert exclusion_reasons(block([{"born": born}]), ELECTION).tolist() == [reason]


def test_who_has_died_is_deceased_whatever_the_age(block: Any) -> None:
    assert exclusion_reasons(block([{"born": "2015-01-01", "status": "deceased"}]), ELECTION).tolist() == ["deceased"]


def test_a_leap_day_election_has_an_eighteenth_birthday_too(block: Any) -> None:
    leap = Election(date(2028, 2, 29), "special")
    born = [{"born": "2010-02-28"}, {"born": "2010-03-01"}, {"born": "2010-03-02"}]
    assert exclusion_reasons(block(born), leap).tolist() == ["", "", "under_age"]
