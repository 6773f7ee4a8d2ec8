"""Isolation: a role that can do more than its campaign needs is not let in, nor is another campaign's database."""

import re
from typing import Any

import psycopg
from psycopg import sql

from data.errors import InputError
from data.postgres import Database

MARK = "propensity campaign "
MARKED = re.compile(MARK + r"([0-9a-f-]{36})")
MIGHTY = """
select r.rolname from pg_catalog.pg_roles r
where (r.rolsuper or r.rolbypassrls or r.rolname in
    ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
  and pg_catalog.pg_has_role(current_user, r.oid, 'member')
order by r.rolname
"""
OTHERS = """
select d.datname, pg_catalog.shobj_description(d.oid, 'pg_database') from pg_catalog.pg_database d
where d.datname <> pg_catalog.current_database() and d.datallowconn and not d.datistemplate
  and pg_catalog.has_database_privilege(current_user, d.oid, 'connect')
order by d.datname
"""
OWN = """
select d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'),
       pg_catalog.pg_has_role(current_user, d.datdba, 'member')
from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
"""


def guard(connection: "psycopg.Connection[Any]", database: Database, campaign_uuid: str) -> tuple[str, ...]:
    """Let the connection be used for this campaign, or raise InputError with the SQL that would mend it.

    Refused: a role that is or may become superuser, that row security does not bind, or that reaches the server's
    files; one that may connect to any other database but `postgres` and templates (`postgres` too, once a campaign
    is in it); and a database marked as another campaign's. Returns warnings: what must be done by hand.
    """
    faults = [*_might(connection), *_reach(connection)]
    if faults:
        raise InputError(f"database {database.name}: the role is not confined to this campaign", faults)
    return _mark(connection, database, campaign_uuid)


def _might(connection: "psycopg.Connection[Any]") -> list[str]:
    user = connection.info.user
    names = [row[0] for row in connection.execute(MIGHTY)]
    if user in names:
        return [f"{user} is superuser or bypasses row security: use a role made by docs/postgresql.md"]
    return [f"{user} is a member of {name}: {_text('REVOKE {} FROM {}', name, user)}" for name in names]


def _reach(connection: "psycopg.Connection[Any]") -> list[str]:
    others = [(name, comment) for name, comment in connection.execute(OTHERS)]
    reached = [name for name, comment in others if name != "postgres" or MARKED.search(comment or "")]
    return [f"it may connect to {name}: {_text('REVOKE CONNECT ON DATABASE {} FROM PUBLIC', name)}" for name in reached]


def _mark(connection: "psycopg.Connection[Any]", database: Database, campaign_uuid: str) -> tuple[str, ...]:
    """Write whose the database is into its comment, which every database of the server can read."""
    row = connection.execute(OWN).fetchone()
    assert row is not None  # one is always connected to a database
    name, comment, owns = row
    if found := MARKED.search(comment or ""):
        if found[1] != campaign_uuid:
            raise InputError(
                f"database {database.name} is another campaign's ({found[1]}); each campaign has a database of its own"
            )
        return ()
    text = "; ".join(filter(None, [comment, MARK + campaign_uuid]))
    marking = sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text))
    if not owns:
        told = marking.as_string(connection)
        return (f"the database is not marked as this campaign's; its owner can do it: {told}",)
    with connection.transaction():
        connection.execute("set transaction read write")
        connection.execute(marking)
    return ()


def _text(statement: str, *names: str) -> str:
    return sql.SQL(statement).format(*map(sql.Identifier, names)).as_string(None)
