"""Who must not be contacted, whatever a score says: kept in SQLite, read anew at every pull."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path

import pandas as pd

from data.errors import UsageError


class Reason(StrEnum):
    """Why a voter is on no list."""

    DO_NOT_CONTACT = "do_not_contact"
    MOVED = "moved"
    DECEASED = "deceased"
    CONFIDENTIAL = "confidential"
    ALREADY_VOTED = "already_voted"
    OPTED_OUT = "opted_out"
    OTHER = "other"


REASONS = tuple(reason.value for reason in Reason)


def suppress(path: Path, voter_id: str, reason: str, today: date) -> None:
    """Put a voter on no list from now on; durable when it returns.

    Doing it again changes the reason and keeps the first day. Raises UsageError for an unknown reason or no voter_id.
    """
    if reason not in REASONS:
        raise UsageError(f"{reason!r} is no reason to suppress a voter. Choose one of: {', '.join(REASONS)}.")
    if not voter_id.strip():
        raise UsageError("A voter_id is needed to suppress a voter; it is empty.")
    with _open_state(path) as state:
        state.execute(
            "insert into suppressions (voter_id, reason, since) values (?, ?, ?)"
            " on conflict (voter_id) do update set reason = excluded.reason",
            (voter_id.strip(), reason, today.isoformat()),
        )


def suppressed(path: Path) -> pd.DataFrame:
    """Everybody suppressed: columns voter_id and reason (str), one row a voter, ordered by voter_id; maybe empty."""
    rows: list[tuple[str, str]] = []
    if path.exists():
        with _open_state(path) as state:
            rows = state.execute("select voter_id, reason from suppressions order by voter_id").fetchall()
    return pd.DataFrame(rows, columns=["voter_id", "reason"], dtype="str")


@contextmanager
def _open_state(path: Path) -> Iterator[sqlite3.Connection]:
    # Made here, because SQLite would make it readable by others; its side files take its mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, timeout=30)) as state:
        state.execute("pragma journal_mode = wal")
        state.execute("pragma synchronous = full")
        with state:
            state.execute(
                "create table if not exists suppressions"
                " (voter_id text primary key, reason text not null, since text not null) without rowid"
            )
            yield state
