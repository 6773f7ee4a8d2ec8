from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from data.errors import InputError, PropensityError, UsageError
from data.postgres import Database, StreamError, connect, describe, is_lost

SECRET = "canary-7f3e"


def settings(url: str) -> dict[str, Any]:
    return conninfo_to_dict(Database(url).conninfo(read_only=True))


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://u@db.example.org/c", "require"),
        ("postgresql://u@10.0.0.7/c", "require"),
        ("postgresql://u@127.evil.org/c", "require"),
        ("postgresql://u@localhost,db.example.org/c", "require"),
        ("postgresql://u@localhost/c?hostaddr=10.0.0.7", "require"),
        ("postgresql://u@db.example.org/c?sslmode=verify-full", "verify-full"),
        ("postgresql://u@db.example.org/c?sslmode=disable", "disable"),
        ("postgresql://u@localhost/c", None),
        ("postgresql://u@127.0.0.1/c", None),
        ("postgresql://u@[::1]/c", None),
        ("postgresql:///c?host=/run/postgresql", None),
    ],
)
def test_what_leaves_the_machine_is_encrypted(url: str, mode: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGSSLMODE", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    assert settings(url).get("sslmode") == mode


def test_the_environment_is_libpqs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert settings("postgresql://u@/c")["sslmode"] == "require"
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert "sslmode" not in settings("postgresql://u@/c")


def test_imports_cannot_write_and_nothing_waits_for_ever() -> None:
    options = settings("postgresql://u@/c?options=-c%20geqo%3Doff")["options"]
    for stated in ("geqo=off", "default_transaction_read_only=on", "statement_timeout=6h", "lock_timeout=30s"):
        assert stated in options


@pytest.mark.parametrize(
    "url", [f"postgresql://u:{SECRET}/x@h/c", f"postgresql://u:{SECRET}%zz@h/c", f"mysql://u:{SECRET}@h/c"]
)
def test_a_url_that_cannot_be_read_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError) as error:
        Database(url).conninfo(read_only=True)
    assert SECRET not in str(error.value) and error.value.__suppress_context__ is not None
    assert SECRET not in repr(Database(url))


def test_a_server_that_is_not_there_is_an_input_error() -> None:
    database = Database(f"postgresql://u:{SECRET}@127.0.0.1:1/c")
    with pytest.raises(InputError, match="refused") as error, connect(database, read_only=True):
        pass
    assert SECRET not in str(error.value) and "nothing was changed" in str(error.value)
    assert error.value.__suppress_context__


def test_a_password_is_taken_from_the_environment(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert Database("postgresql://u@h/c").conceal(f"say {SECRET}") == "say …"
    with connect(Database(server.url()), read_only=True) as connection:
        assert connection.info.user == server.name


def test_a_missing_privilege_names_where_the_grants_are(server: Any) -> None:
    server.admin("create table secret (x text)")
    with (
        pytest.raises(InputError, match="docs/postgresql.md"),
        connect(Database(server.url()), read_only=True) as session,
    ):
        session.execute("select * from secret")


@pytest.mark.parametrize(
    ("text", "lost", "said"),
    [
        ("[libpq] PQgetCopyData() failed: server closed the connection unexpectedly", True, "lost"),
        ("ERROR:  terminating connection due to administrator command", True, "lost"),
        ('ERROR:  invalid input syntax for type integer: "Ada Brook"', False, "half-way"),
        ("ERROR:  canceling statement due to statement timeout", False, "too long"),
    ],
)
def test_a_stream_that_breaks_off_is_told_without_values(text: str, lost: bool, said: str) -> None:
    error = StreamError(text)
    told: PropensityError = describe(Database("postgresql://u@h/c"), error)
    assert is_lost(error) == lost and said in str(told) and "Ada" not in str(told)


def test_only_lost_connections_are_lost() -> None:
    assert is_lost(psycopg.OperationalError("x")) and not is_lost(psycopg.errors.UniqueViolation())
