"""A campaign's PostgreSQL: how it is reached, whom it must not let in, and what its errors may say.

Nothing here keeps, shows or logs a password. It comes from the URL, PGPASSWORD, .pgpass or a service, as libpq has it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from data.errors import InputError, PropensityError, UsageError

SCHEMES = ("postgresql://", "postgres://")
SECONDS_TO_CONNECT = 15
# A line that is dead is noticed within two minutes, however long a statement may take.
KEEPALIVE = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 5}
UNANSWERED_MS = 120_000
# Whatever a role's search path says: the server's own functions and operators come first.
NAMES_FIRST = """
select pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog', (
    select pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ')
    from pg_catalog.unnest(pg_catalog.current_schemas(false)) s
    where s operator(pg_catalog.<>) 'pg_catalog')), false)
"""
READ_LIMIT, WRITE_LIMIT = "6h", "2h"
# What a server says of these names the statement, its objects and privileges, never a value of a row.
TELLING = ("08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "55", "57", "2B")
LOST = ("08", "57P01", "57P02", "57P03")
UNREADABLE = (
    "the URL of the database cannot be read; write postgresql://USER@HOST/DATABASE, and signs such as @ : / # % ? "
    "in a password as %40 %3A %2F %23 %25 %3F, or leave it out and use PGPASSWORD or .pgpass"
)
WEAK = ("disable", "allow", "prefer")
# The Arrow stream hands on what a server says without its SQLSTATE. Of that, only this names no value of a row.
UNNUMBERED = {
    "read-only transaction": "25006",
    "read-write mode must be set": "25006",
    "invalid byte sequence for encoding": "22021",
    "canceling statement": "57014",
    "permission denied": "42501",
    "terminating connection": "57P01",
}
SERVER_SAYS = re.compile(r"(?:ERROR|FATAL):\s+([^\n]*)")


class StreamError(Exception):
    """A stream of rows that broke off, with the driver's words; `translated` makes it one of ours."""


@dataclass(frozen=True)
class Database:
    """Where a database is; `url` may hold a password, and is in no text about it."""

    url: str = field(repr=False)

    @property
    def name(self) -> str:
        """The database's name for people."""
        return self._effective("dbname") or self._effective("user") or "the default database"

    def conninfo(self, *, read_only: bool, adbc: bool = False) -> str:
        """What libpq connects with: UTF-8, limits, and TLS where the way leaves this machine.

        Raises UsageError when the URL cannot be read; its text is not repeated, a part of it may be the password.
        """
        stated = self._stated
        limits = {
            "statement_timeout": READ_LIMIT if read_only else WRITE_LIMIT,
            "lock_timeout": "30s",
            "default_transaction_read_only": "on" if read_only else "off",
            # Rows come in the order they are stored, so that the same table has the same digest.
            "synchronize_seqscans": "off",
            "max_parallel_workers_per_gather": "0",
            "extra_float_digits": "1",
        }
        options = " ".join([str(stated.get("options", "")), *(f"-c {name}={value}" for name, value in limits.items())])
        more: dict[str, Any] = {"options": options.strip(), "client_encoding": "UTF8", **KEEPALIVE}
        more |= {"tcp_user_timeout": UNANSWERED_MS, "application_name": "propensity"}
        if "connect_timeout" not in stated:
            more["connect_timeout"] = SECONDS_TO_CONNECT
        if not self._encryption_stated and not self._is_local:
            more["sslmode"] = "require"
        return make_conninfo(self.url, **more)

    def conceal(self, text: str) -> str:
        """The text without the password, should it be in there."""
        for secret in (self._stated.get("password"), _default("password")):
            if secret:
                text = text.replace(str(secret), "…")
        return text

    @property
    def _stated(self) -> dict[str, Any]:
        if not self.url.startswith(SCHEMES):
            raise UsageError("a database is named by a URL: postgresql://USER@HOST/DATABASE")
        try:
            stated = dict(conninfo_to_dict(self.url))
        except psycopg.Error:
            raise UsageError(UNREADABLE) from None
        # A sign of the password that is not written as %XX makes the rest of it another part of the URL.
        if not re.fullmatch(r"[0-9,]*", str(stated.get("port", ""))) or "@" in str(stated.get("dbname", "")):
            raise UsageError(UNREADABLE)
        return stated

    def _effective(self, name: str) -> str:
        return str(self._stated.get(name) or _default(name) or "")

    @property
    def _encryption_stated(self) -> bool:
        stated = self._stated
        return "sslmode" in stated or "service" in stated or _default("sslmode") not in (*WEAK[1:], "")

    @property
    def _is_local(self) -> bool:
        hosts = (self._effective("hostaddr") or self._effective("host")).split(",")
        return all(not host or host[0] in "/@" or host in ("localhost", "::1") or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    return re.fullmatch(r"127\.\d+\.\d+\.\d+", host) is not None


def _default(name: str) -> str:
    """What libpq itself takes from the environment or a service where a URL says nothing."""
    found = next(option for option in pq.Conninfo.get_defaults() if option.keyword == name.encode())
    return (found.val or b"").decode()


@contextmanager
def connect(database: Database, *, read_only: bool) -> Iterator["psycopg.Connection[Any]"]:
    """A session whose errors, and those of what is done in it, become ours: with a remedy, never with a password."""
    with translated(database), session(database, read_only=read_only) as connection:
        yield connection


@contextmanager
def session(database: Database, *, read_only: bool) -> Iterator["psycopg.Connection[Any]"]:
    """A session in which nobody's table or function can take the name of one of the server's own."""
    conninfo = database.conninfo(read_only=read_only)
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as connection:
        connection.execute(NAMES_FIRST)
        yield connection


@contextmanager
def translated(database: Database) -> Iterator[None]:
    """Turn the errors of both drivers into InputError, without what may be secret or personal in them."""
    from adbc_driver_postgresql import dbapi

    try:
        yield
    except (psycopg.Error, dbapi.Error, StreamError) as error:
        # From None: the driver's error may hold the connection string or a row.
        raise describe(database, error) from None


def is_lost(error: Exception) -> bool:
    """Whether the connection is what failed."""
    state = _state(error)
    if state is None:
        return isinstance(error, psycopg.OperationalError) or _no_answer(str(error))
    return state.startswith(LOST)


def describe(database: Database, error: Exception) -> PropensityError:
    """The error in our words: which database, what the server said where that is safe, and what to do."""
    state = _state(error) or ""
    if is_lost(error):
        said = _connection_text(error)
        told = "the connection failed or was lost; nothing was changed"
        return InputError(f"database {database.name}: {told}", [database.conceal(said)] if said else [])
    if state == "57014":
        return InputError(
            f"database {database.name}: the statement took too long or was cancelled; nothing was changed"
        )
    if state.startswith(TELLING) or state == "22021":
        return InputError(f"database {database.name}: {database.conceal(_server_text(error))}", _remedies(state))
    if isinstance(error, StreamError):
        return InputError(f"database {database.name}: the statement failed half-way; psql shows at which value")
    return InputError(f"database {database.name}: {type(error).__name__} ({state or 'no SQLSTATE'})", _remedies(state))


def _state(error: Exception) -> str | None:
    state = str(getattr(error, "sqlstate", None) or "").strip("\0")
    return state or next((known for words, known in UNNUMBERED.items() if words in str(error)), None)


def _no_answer(text: str) -> bool:
    return any(
        words in text for words in ("server closed the connection", "no connection to the server", "SSL SYSCALL")
    )


def _server_text(error: Exception) -> str:
    if isinstance(error, psycopg.Error) and error.diag.message_primary:
        return error.diag.message_primary
    found = SERVER_SAYS.search(str(error))
    return found[1] if found else type(error).__name__


def _connection_text(error: Exception) -> str:
    """The last line of what libpq says of a connection that failed: the host, the role, why; no data of rows."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return _server_text(error) if SERVER_SAYS.search(str(error)) else lines[0] if lines else ""


def _remedies(state: str) -> list[str]:
    known = {
        "42501": "ask the owner for the privilege: docs/postgresql.md has the grants",
        "25006": "imports read only; a query must not write",
        "23505": "a voter_id comes twice",
        "22021": "text that is not in the database's encoding; read it with convert_from(…) in --query",
        "55P03": "something else holds the table; try again when it has finished",
    }
    return [known[state]] if state in known else []
