from typing import Any

import psycopg
import pytest

from data.errors import InputError
from data.postgres import Database, connect
from data.postgres_guard import MARK, guard

OURS, THEIRS = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def look(url: str, uuid: str = OURS) -> tuple[str, ...]:
    database = Database(url)
    with connect(database, read_only=True) as connection:
        return guard(connection, database, uuid)


def mark(server: Any) -> str:
    ((text,),) = server.admin(
        "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"
    )
    return text or ""


def test_a_confined_role_is_let_in_and_told_how_to_mark(server: Any) -> None:
    (warning,) = look(server.url())
    assert f"COMMENT ON DATABASE \"{server.name}\" IS '{MARK}{OURS}'" in warning
    assert mark(server) == ""
    server.admin(warning[warning.index("COMMENT") :])
    assert look(server.url()) == ()
    with pytest.raises(InputError, match=f"another campaign's \\({OURS}\\)"):
        look(server.url(), THEIRS)


def test_an_owner_marks_the_database_and_keeps_its_comment(server: Any) -> None:
    server.admin(
        f"alter database {server.name} owner to {server.name}", f"comment on database {server.name} is 'North'"
    )
    assert look(server.url()) == ()
    assert mark(server) == f"North; {MARK}{OURS}"
    with pytest.raises(InputError, match="another campaign"):
        look(server.url(), THEIRS)


def test_superuser_and_whoever_may_become_one_are_refused(server: Any) -> None:
    with pytest.raises(InputError, match="superuser"):
        look(server.url("postgres"))
    server.admin(f"grant pg_read_server_files to {server.name}")
    with pytest.raises(InputError) as error:
        look(server.url())
    assert f'REVOKE "pg_read_server_files" FROM "{server.name}"' in str(error.value)
    server.admin(f"revoke pg_read_server_files from {server.name}", f"alter role {server.name} bypassrls")
    with pytest.raises(InputError, match="row security"):
        look(server.url())


def test_a_role_that_reaches_another_database_is_refused_with_the_remedy(server: Any) -> None:
    server.admin('create database "Other; drop"', database="postgres")
    try:
        with pytest.raises(InputError) as error:
            look(server.url())
        assert 'REVOKE CONNECT ON DATABASE "Other; drop" FROM PUBLIC' in str(error.value)
        server.admin('revoke connect on database "Other; drop" from public')
        look(server.url())
    finally:
        server.admin('drop database "Other; drop"', database="postgres")


def test_the_maintenance_database_is_let_be_until_a_campaign_is_in_it(server: Any) -> None:
    server.admin(f"grant connect on database postgres to {server.name}")
    look(server.url())
    server.admin(f"comment on database postgres is '{MARK}{THEIRS}'")
    try:
        with pytest.raises(InputError, match="may connect to postgres"):
            look(server.url())
    finally:
        server.admin("comment on database postgres is null", f"revoke connect on database postgres from {server.name}")


def test_the_guard_cannot_be_misled_by_names_in_the_search_path(server: Any) -> None:
    server.admin(
        "create table public.pg_database (datname text)",
        f"grant select on public.pg_database to {server.name}",
        f"alter role {server.name} set search_path = public, pg_catalog",
    )
    look(server.url())
    with connect(Database(server.url()), read_only=True) as connection:
        assert connection.execute("select current_schemas(true)").fetchone() == (["pg_catalog", "public"],)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("create temp table t ()")
