import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from data.errors import UsageError
from lists.suppressions import REASONS, _open_state, suppress, suppressed

TODAY = date(2026, 9, 14)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def test_nobody_is_suppressed_before_anybody_was(state: Path):
    assert suppressed(state).columns.tolist() == ["voter_id", "reason"]
    assert suppressed(state).empty
    assert not state.exists()


@pytest.mark.parametrize("reason", REASONS)
def test_a_suppressed_voter_is_found_with_the_reason(state: Path, reason: str):
    suppress(state, "007", reason, TODAY)
    assert suppressed(state).to_dict("list") == {"voter_id": ["007"], "reason": [reason]}


def test_the_last_reason_and_the_first_day_count(state: Path):
    suppress(state, "V2", "moved", TODAY)
    suppress(state, "V1", "moved", TODAY)
    suppress(state, "V2", "opted_out", date(2026, 10, 1))
    assert suppressed(state).to_dict("list") == {"voter_id": ["V1", "V2"], "reason": ["moved", "opted_out"]}
    with sqlite3.connect(state) as connection:
        rows = connection.execute("select since from suppressions where voter_id = 'V2'").fetchall()
    connection.close()
    assert rows == [("2026-09-14",)]


def test_an_unknown_reason_names_those_there_are(state: Path):
    with pytest.raises(UsageError, match="do_not_contact, moved, deceased") as error:
        suppress(state, "V-secret", "opponent", TODAY)
    assert "V-secret" not in str(error.value)
    assert not state.exists()


@pytest.mark.parametrize("voter_id", ["", "  "])
def test_a_voter_id_is_needed(state: Path, voter_id: str):
    with pytest.raises(UsageError, match="voter_id is needed"):
        suppress(state, voter_id, "moved", TODAY)


def test_a_hostile_id_is_only_an_id(state: Path):
    suppress(state, "V1'); drop table suppressions; --", "other", TODAY)
    suppress(state, "V2", "other", TODAY)
    assert len(suppressed(state)) == 2


def test_only_the_owner_can_read_it(state: Path):
    suppress(state, "V1", "moved", TODAY)
    assert {path.stat().st_mode & 0o077 for path in state.parent.iterdir()} == {0}


def test_it_is_on_the_disk_when_it_returns(state: Path):
    with _open_state(state) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("pragma synchronous").fetchone() == (2,)


def test_several_may_suppress_at_once(state: Path):
    with ThreadPoolExecutor(8) as people:
        list(people.map(lambda number: suppress(state, f"V{number}", "moved", TODAY), range(80)))
    assert len(suppressed(state)) == 80
