"""Writing to PostgreSQL: scores go into a staging table, and one transaction puts it in the place of the old one."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from data.errors import CampaignBusy, InputError
from data.postgres import Database, connect, describe, is_lost, session
from data.postgres_guard import guard
from data.postgres_place import Place, find_place
from data.postgres_rows import HEADER, TRAILER, pack_rows

ATTEMPTS = 3
WAIT = 0.5
KEY = "voter_id"
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")
STATE = """
select c.oid, c.relkind::text, c.relrowsecurity, pg_catalog.pg_get_userbyid(c.relowner),
       pg_catalog.obj_description(c.oid, 'pg_class'), c.relowner
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s
"""
GRANTS = """
select a.privilege_type, a.is_grantable,
       case when a.grantee = 0 then null else pg_catalog.pg_get_userbyid(a.grantee) end
from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a where c.oid = %s and a.grantee <> c.relowner
"""
VIEWS = """
select distinct v.oid::pg_catalog.regclass::text from pg_catalog.pg_depend d
join pg_catalog.pg_rewrite r on r.oid = d.objid and d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
join pg_catalog.pg_class v on v.oid = r.ev_class
where d.refobjid = %s and d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and v.oid <> d.refobjid
"""
Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Written:
    """Scores that are in a database: where, how many rows, whether they were there already, and warnings."""

    table: str
    rows: int
    already: bool
    warnings: tuple[str, ...]


def write_table(
    database: Database,
    campaign_uuid: str,
    tables: Iterable[pa.Table],
    numbers: Sequence[str],
    told: Mapping[str, Any],
    *,
    digest: str,
    table: str,
) -> Written:
    """Put the rows, `voter_id` and float4 `numbers`, in the place of the table, in one step and in bounded memory.

    Whoever reads meanwhile sees the old table, whole, or the new one. It keeps the old one's owner and grants; its
    comment has `told` and the `digest` of what was written: with the same digest nothing is done. Raises InputError
    when the role, the database or the table must not be used or the connection is lost; the old table is whole then.
    """
    with connect(database, read_only=False) as connection:
        warnings = guard(connection, database, campaign_uuid)
        place = find_place(connection, database, table)
        comment = {"propensity": "scores", "campaign": campaign_uuid, "digest": digest, **told}
        _reserve(connection, place)
        if (rows := _there(connection, place, comment)) is not None:
            return Written(str(place), rows, True, warnings)
        _stage(connection, place.staging, numbers, comment)
        rows = _copy(connection, place.staging, tables, numbers)
    _swap_patiently(database, campaign_uuid, place, {**comment, "rows": rows})
    return Written(str(place), rows, False, warnings)


def _reserve(connection: Connection, place: Place) -> None:
    """Hold the table's name while the session lasts: two writers would fill each other's staging table."""
    asked = "select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended(%s, 0))"
    row = connection.execute(asked, [f"propensity {place}"]).fetchone()
    if not row or not row[0]:
        raise CampaignBusy(f"another process is writing {place}; try again when it has finished")


def _there(connection: Connection, place: Place, comment: Mapping[str, Any]) -> int | None:
    """How many rows the table has, if it is what is to be written; None when it is not, or there is none.

    Raises InputError for a table that must not be replaced.
    """
    found = connection.execute(STATE, [place.schema, place.table]).fetchone()
    if found is None:
        return None
    oid, kind, secured, _, text, _ = found
    before = _read_comment(text)
    faults = []
    if before.get("propensity") != "scores" or kind != "r":
        faults.append("it is no table that propensity wrote; name another with --table")
    elif before.get("campaign") != comment["campaign"]:
        faults.append("it is another campaign's")
    if secured:
        faults.append("it has row security, which a new table would not have; drop the policies or name another table")
    faults += [
        f"the view {row[0]} reads it and would stop the swap; drop it" for row in connection.execute(VIEWS, [oid])
    ]
    if faults:
        raise InputError(f"{place} must not be replaced", faults)
    if before.get("digest") != comment["digest"]:
        return None
    rows = connection.execute(sql.SQL("select count(*) from {}").format(place.identifier)).fetchone()
    return int(rows[0]) if rows and rows[0] == before.get("rows") else None


def _read_comment(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _stage(connection: Connection, staging: Place, numbers: Sequence[str], comment: Mapping[str, Any]) -> None:
    """An empty staging table, its mark in the same transaction; what an earlier attempt left is removed."""
    left = connection.execute(STATE, [staging.schema, staging.table]).fetchone()
    if left is not None and _read_comment(left[4]).get("propensity") != "staging":
        raise InputError(f"{staging} is in the way and was not written by propensity; rename it or name another table")
    columns = [sql.SQL("{} text not null").format(sql.Identifier(KEY))]
    columns += [sql.SQL("{} real").format(sql.Identifier(name)) for name in numbers]
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {}").format(staging.identifier))
        connection.execute(sql.SQL("create table {} ({})").format(staging.identifier, sql.SQL(", ").join(columns)))
        _comment(connection, staging, {**comment, "propensity": "staging"})


def _comment(connection: Connection, place: Place, comment: Mapping[str, Any]) -> None:
    text = sql.Literal(json.dumps(comment))
    connection.execute(sql.SQL("comment on table {} is {}").format(place.identifier, text))


def _copy(connection: Connection, staging: Place, tables: Iterable[pa.Table], numbers: Sequence[str]) -> int:
    rows = 0
    statement = sql.SQL("copy {} from stdin (format binary)").format(staging.identifier)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.write(HEADER)
            for table in tables:
                for block in pack_rows(table, KEY, numbers):
                    copy.write(block)
                rows += len(table)
            copy.write(TRAILER)
        if cursor.rowcount != rows:
            raise InputError(
                f"{staging}: {rows:,} rows were sent, the server has {cursor.rowcount:,}; write them again"
            )
    key = sql.SQL("alter table {} add constraint {} primary key ({})")
    connection.execute(key.format(staging.identifier, staging.key_name, sql.Identifier(KEY)))
    return rows


def _swap_patiently(database: Database, campaign_uuid: str, place: Place, comment: Mapping[str, Any]) -> None:
    """Swap, again when the connection is lost or another transaction is in the way: a swap is all or nothing."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with session(database, read_only=False) as connection:
                guard(connection, database, campaign_uuid)
                # A connection lost at the commit leaves open whether the swap was made: look.
                if _there(connection, place, comment) is None:
                    _swap(connection, place, comment)
            return
        except psycopg.Error as error:
            again = is_lost(error) or isinstance(
                error, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected
            )
            if not again or attempt == ATTEMPTS:
                raise describe(database, error) from None
            time.sleep(WAIT * 2**attempt)


def _swap(connection: Connection, place: Place, comment: Mapping[str, Any]) -> None:
    staging = place.staging
    with connection.transaction():
        old = connection.execute(STATE, [place.schema, place.table]).fetchone()
        _comment(connection, staging, comment)
        if old is not None:
            connection.execute(sql.SQL("lock table {} in access exclusive mode").format(place.identifier))
            _inherit(connection, staging, old)
            connection.execute(sql.SQL("drop table {}").format(place.identifier))
        rename = sql.SQL("alter table {} rename constraint {} to {}")
        connection.execute(rename.format(staging.identifier, staging.key_name, place.key_name))
        connection.execute(
            sql.SQL("alter table {} rename to {}").format(staging.identifier, sql.Identifier(place.table))
        )


def _inherit(connection: Connection, staging: Place, old: Sequence[Any]) -> None:
    """The old table's grants and owner; whoever may drop it may give both."""
    for privilege, grantable, grantee in connection.execute(GRANTS, [old[0]]).fetchall():
        if privilege not in PRIVILEGES:
            continue
        grant = sql.SQL("grant {} on {} to {}{}").format(
            sql.SQL(privilege),
            staging.identifier,
            sql.Identifier(grantee) if grantee else sql.SQL("public"),
            sql.SQL(" with grant option" if grantable else ""),
        )
        connection.execute(grant)
    if old[3] != connection.info.user:
        connection.execute(sql.SQL("alter table {} owner to {}").format(staging.identifier, sql.Identifier(old[3])))
