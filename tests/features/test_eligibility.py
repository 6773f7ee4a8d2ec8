from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from data.contracts import STATUS_CODES
from data.elections import Election, has_bit
from data.history import build_history
from features.eligibility import MAY_VOTE, REASONS, exclusion_reasons

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


@pytest.mark.parametrize(
    ("election_day", "born", "reason"),
    [
        (date(2028, 2, 29), "2010-02-28", ""),
        (date(2028, 2, 29), "2010-03-01", "under_age"),  # 18 on the next day; 2010 had no 29 February
        (date(2026, 2, 28), "2008-02-28", ""),
        (date(2026, 2, 28), "2008-02-29", "under_age"),
        (date(2026, 3, 1), "2008-02-29", ""),
        (date(2026, 3, 1), "2008-03-01", ""),
        (date(2026, 3, 1), "2008-03-02", "under_age"),
        (date(2026, 12, 31), "2008-12-31", ""),
        (date(2026, 12, 31), "2009-01-01", "under_age"),
    ],
)
def test_who_is_eighteen_around_a_leap_day(election_day: date, born: str, reason: str, block: Any) -> None:
    assert exclusion_reasons(block([{"born": born}]), Election(election_day, "special")).tolist() == [reason]


def test_voting_age_is_that_by_which_history_is_read(block: Any) -> None:
    """Who counts as able to vote in an election of the past would have been scored for it, and the other way round."""
    voters = block([{"born": f"2006-{day}"} for day in ("02-26", "02-27", "02-28", "03-01", "03-02", "03-03")])
    people = pa.Table.from_pandas(voters[["voter_id", "born", "registered"]])
    for day in (date(2024, 2, 27), date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 2)):
        row = {"voter_id": ["x"], "election_date": [day], "election_type": ["special"], "status": ["voted"]}
        history = build_history(pa.table(row), people)
        able = has_bit(history.rolls, 0)
        assert (exclusion_reasons(voters, history.calendar[0]) == "").tolist() == able.tolist()


def test_one_reason_a_voter_in_their_order(block: Any) -> None:
    rows = [{"status": "moved"}, {}, {"born": "2020-01-01"}, {"status": "inactive"}, {"status": "cancelled"}]
    reasons = exclusion_reasons(block(rows), ELECTION)
    assert reasons.tolist() == ["moved", "", "under_age", "", "cancelled"] and tuple(reasons.categories) == REASONS


def test_only_those_who_may_vote_are_scored() -> None:
    assert set(MAY_VOTE) == {"active", "inactive", "pending"}
