"""Reading from PostgreSQL: a table or a query becomes one Arrow file, batch by batch, for an import to take in."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from data.campaign import Campaign
from data.checking import check_header
from data.contracts import VOTERS, Contract
from data.errors import InputError
from data.fetched import write_fetched
from data.mapping import Mapping
from data.postgres import Database, StreamError, connect, translated
from data.postgres_guard import guard

Batches = Iterable[pa.RecordBatch]
TABLE = """
select n.nspname, c.relname, array(
    select a.attname::text from pg_catalog.pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = pg_catalog.to_regclass(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""


@dataclass(frozen=True)
class Fetched:
    """Rows of a database in a file, what to call them, the table's columns that were not read, and warnings."""

    file: Path
    name: str
    rows: int
    not_read: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """What to read: the SQL, what to call it, and the columns of the table that it leaves out."""

    statement: str
    name: str
    left_out: tuple[str, ...] = ()


@contextmanager
def fetch(
    database: Database,
    campaign: Campaign,
    contract: Contract,
    mapping: Mapping,
    *,
    table: str | None = None,
    query: str | None = None,
    watch: Callable[[Batches], Batches] = lambda batches: batches,
) -> Iterator[Fetched]:
    """Read a table's columns that the contract or the mapping names, or what a query gives, into a file.

    The file is gone afterwards: an import keeps a copy. Without `table` and `query` it is the table called like the
    contract in the role's search path. One transaction that cannot write. Raises InputError when the role or the
    database must not be used, nothing of it can be, or the connection is lost; UsageError for a URL that is none.
    """
    with connect(database, read_only=True) as connection:
        warnings = guard(connection, database, campaign.uuid)
        selection = _of_query(query, database) if query else _of_table(connection, database, contract, mapping, table)
    with NamedTemporaryFile(dir=campaign.root / "raw", prefix=".", suffix=".tmp") as file:
        with translated(database):
            rows = _copy(database, selection, file.file, watch)
        file.flush()
        yield Fetched(Path(file.name), selection.name, rows, selection.left_out, warnings)


def _copy(database: Database, selection: Selection, file: Any, watch: Callable[[Batches], Batches]) -> int:
    from adbc_driver_postgresql import dbapi

    # Not autocommit: the read-only transaction begins before the statement, which cannot leave it.
    with dbapi.connect(database.conninfo(read_only=True)) as connection, connection.cursor() as cursor:
        cursor.execute(selection.statement)
        reader = cursor.fetch_record_batch()
        return write_fetched(file, reader.schema, watch(_stream(reader)))


def _stream(reader: Batches) -> Iterator[pa.RecordBatch]:
    try:
        yield from reader
    except (pa.ArrowException, OSError) as error:
        raise StreamError(str(error)) from None


def _of_query(query: str, database: Database) -> Selection:
    return Selection(query.strip().rstrip(";"), f"a query of {database.name}")


def _of_table(
    connection: "psycopg.Connection[Any]",
    database: Database,
    contract: Contract,
    mapping: Mapping,
    table: str | None,
) -> Selection:
    """Only what an import uses leaves the database: what it does not need is nobody's business here."""
    wanted = table or contract.name
    found = connection.execute(TABLE, [wanted]).fetchone()
    if found is None:
        raise InputError(
            f"database {database.name}: there is no table or view {wanted} that this role can see; "
            "name it with --table SCHEMA.NAME"
        )
    schema, name, columns = found
    extras = mapping.extra if contract is VOTERS else {}
    ours = mapping.rename(tuple(columns))
    check_header(ours, contract, extras)
    used = [
        theirs for theirs, column in zip(columns, ours, strict=True) if column in contract.names or column in extras
    ]
    statement = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(map(sql.Identifier, used)), sql.Identifier(schema, name)
    )
    left_out = tuple(column for column in columns if column not in used)
    return Selection(statement.as_string(connection), f"{database.name}.{schema}.{name}", left_out)
