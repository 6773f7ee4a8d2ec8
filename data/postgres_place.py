"""A table's place: its schema, its name, and the names beside it."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from data.errors import UsageError
from data.postgres import Database

LONGEST_NAME = 63
PLACE = """
select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = pg_catalog.to_regclass(%s)
"""
SCHEMA = "select s from pg_catalog.unnest(pg_catalog.current_schemas(false)) s where s <> 'pg_catalog' limit 1"


@dataclass(frozen=True)
class Place:
    """A table's schema and name, and the names beside it."""

    schema: str
    table: str

    @property
    def staging(self) -> "Place":
        """The table that is filled before it takes the place."""
        return Place(self.schema, _short(self.table, "_staging"))

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.table)

    @property
    def key_name(self) -> sql.Identifier:
        """The name of the table's primary key."""
        return sql.Identifier(_short(self.table, "_pkey"))

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"


def find_place(connection: "psycopg.Connection[Any]", database: Database, table: str) -> Place:
    """Where the table is, or where it will be: in the schema named, else the first one of the search path.

    Raises UsageError when the table's name is none.
    """
    if found := connection.execute(PLACE, [table]).fetchone():
        return Place(*found)
    try:
        names = connection.execute("select pg_catalog.parse_ident(%s)", [table]).fetchone()[0]  # type: ignore[index]
    except psycopg.errors.InvalidParameterValue:
        raise UsageError(f"--table must be NAME or SCHEMA.NAME, not {table}") from None
    if len(names) == 1 and (schema := connection.execute(SCHEMA).fetchone()):
        names = [schema[0], *names]
    if len(names) != 2:
        raise UsageError(f"database {database.name}: name the schema too: --table SCHEMA.NAME")
    return Place(*names)


def _short(name: str, end: str) -> str:
    """A name that PostgreSQL does not cut."""
    return name.encode()[: LONGEST_NAME - len(end)].decode(errors="ignore") + end
