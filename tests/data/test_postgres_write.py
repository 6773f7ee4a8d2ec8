import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest

from data import postgres_write
from data.errors import CampaignBusy, InputError, UsageError
from data.postgres import Database
from data.postgres_place import Place
from data.postgres_write import Written, write_table

OURS, THEIRS = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
TOLD = {"as_of": "2026-11-03", "models": {"turnout": "ab"}, "gates": {"turnout": "model"}}


def scores(rows: int, seed: int = 1, parts: int = 4) -> list[pa.Table]:
    rng = np.random.default_rng(seed)
    ids = pa.array([f"{i:07d}" if i % 3 else f"é{i}" for i in range(rows)])
    numbers = {name: rng.random(rows, dtype=np.float32) for name in ("turnout", "support")}
    table = pa.table({"voter_id": ids, **numbers})
    return [table.slice(start, -(-rows // parts)) for start in range(0, rows, -(-rows // parts))]


def write(
    server: Any, tables: Any, digest: str = "d1", *, table: str = "propensity_scores", uuid: str = OURS
) -> Written:
    return write_table(Database(server.url()), uuid, tables, ["turnout", "support"], TOLD, digest=digest, table=table)


def read(server: Any, table: str = "propensity_scores") -> dict[str, tuple[float, float]]:
    return {row[0]: row[1:] for row in server.admin(f"select voter_id, turnout, support from {table}")}


def expected(tables: list[pa.Table]) -> dict[str, tuple[float, float]]:
    table = pa.concat_tables(tables)
    numbers = [[float(str(x)) for x in table[name].to_numpy()] for name in ("turnout", "support")]
    return dict(zip(table["voter_id"].to_pylist(), zip(*numbers, strict=True), strict=True))


def tables_of(server: Any) -> list[str]:
    found = server.admin("select relname::text from pg_class where relnamespace = 'public'::regnamespace order by 1")
    return [row[0] for row in found]


def test_two_hundred_thousand_scores_arrive_as_they_are(server: Any) -> None:
    tables = scores(200_000)
    assert write(server, iter(tables)) == Written(
        "public.propensity_scores", 200_000, False, write(server, []).warnings
    )
    assert read(server) == expected(tables)
    assert tables_of(server) == ["propensity_scores", "propensity_scores_pkey"]
    ((comment,),) = server.admin("select obj_description('propensity_scores'::regclass)")
    assert json.loads(comment) == {"propensity": "scores", "campaign": OURS, "digest": "d1", "rows": 200_000, **TOLD}


def test_the_same_scores_again_are_there_already(server: Any) -> None:
    write(server, scores(10))
    again = write(server, scores(10, seed=2))
    assert again.already and again.rows == 10 and read(server) == expected(scores(10))
    assert not write(server, scores(12, seed=2), "d2").already
    assert read(server) == expected(scores(12, seed=2))
    server.admin("delete from propensity_scores where voter_id = (select min(voter_id) from propensity_scores)")
    assert not write(server, scores(12, seed=2), "d2").already and len(read(server)) == 12


def test_grants_and_owner_stay(server: Any) -> None:
    reader, owner = f"{server.name}_reader", f"{server.name} owner"
    server.admin(f"create role {reader}", f'create role "{owner}"', f'grant "{owner}" to {server.name}')
    server.admin(f'grant create, usage on schema public to "{owner}"')
    try:
        write(server, scores(5))
        server.admin(
            f"grant select on propensity_scores to {reader} with grant option",
            "grant insert on propensity_scores to public",
            f'alter table propensity_scores owner to "{owner}"',
        )
        before = server.admin("select relacl::text, relowner from pg_class where relname = 'propensity_scores'")
        write(server, scores(6), "d2")
        after = server.admin("select relacl::text, relowner from pg_class where relname = 'propensity_scores'")
        assert sorted(after[0][0].strip("{}").split(",")) == sorted(before[0][0].strip("{}").split(","))
        assert after[0][1] == before[0][1]
    finally:
        server.admin(f'drop owned by {reader}; drop role {reader}; drop owned by "{owner}"; drop role "{owner}"')


def test_what_an_earlier_attempt_left_is_removed(server: Any) -> None:
    write(server, scores(5))

    def broken() -> Iterator[pa.Table]:
        yield scores(100)[0]
        server.admin(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{server.name}'")
        yield from scores(400_000)

    with pytest.raises(InputError, match="lost") as error:
        write(server, broken(), "d2")
    assert error.value.__suppress_context__ and read(server) == expected(scores(5))
    assert "propensity_scores_staging" in tables_of(server)
    write(server, scores(7), "d2")
    assert read(server) == expected(scores(7)) and "propensity_scores_staging" not in tables_of(server)


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["create table propensity_scores (x int)"], "no table that propensity wrote"),
        (["create view propensity_scores as select 1"], "no table that propensity wrote"),
        (["create table propensity_scores_staging (x int)"], "in the way"),
    ],
)
def test_a_table_of_somebody_else_is_let_be(server: Any, statements: list[str], named: str) -> None:
    server.admin(*statements)
    with pytest.raises(InputError, match=named):
        write(server, scores(5))
    assert len(tables_of(server)) == 1


def test_what_would_be_lost_by_a_swap_stops_it(server: Any) -> None:
    write(server, scores(5))
    server.admin('create view "my view" as select voter_id from propensity_scores')
    with pytest.raises(InputError, match="my view"):
        write(server, scores(6), "d2")
    server.admin('drop view "my view"', "alter table propensity_scores enable row level security")
    with pytest.raises(InputError, match="row security"):
        write(server, scores(6), "d2")
    with pytest.raises(InputError, match="another campaign"):
        write(server, scores(6), "d2", uuid=THEIRS)
    server.admin("alter table propensity_scores disable row level security")
    assert read(server) == expected(scores(5))


@pytest.mark.parametrize("times", [2, 3])
def test_a_swap_is_tried_three_times_and_only_a_lost_one(
    server: Any, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(server, scores(5))
    swap, tried = postgres_write._swap, []

    def lose(connection: Any, place: Place, comment: Any) -> None:
        tried.append(1)
        if len(tried) <= times:
            with suppress(psycopg.Error):
                server.admin(f"select pg_terminate_backend({connection.info.backend_pid})")
            connection.execute("select 1")
        swap(connection, place, comment)

    monkeypatch.setattr(postgres_write, "_swap", lose)
    monkeypatch.setattr(postgres_write, "WAIT", 0.01)
    if times < 3:
        write(server, scores(6), "d2")
        assert read(server) == expected(scores(6))
    else:
        with pytest.raises(InputError, match="lost"):
            write(server, scores(6), "d2")
        assert read(server) == expected(scores(5))
    assert len(tried) == 3


def test_a_swap_whose_answer_was_lost_is_not_made_twice(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    swap, tried = postgres_write._swap, []

    def lose_the_answer(connection: Any, place: Place, comment: Any) -> None:
        tried.append(1)
        swap(connection, place, comment)
        raise psycopg.OperationalError("the connection is gone")

    monkeypatch.setattr(postgres_write, "_swap", lose_the_answer)
    monkeypatch.setattr(postgres_write, "WAIT", 0.01)
    write(server, scores(6))
    assert tried == [1] and read(server) == expected(scores(6))


def test_two_writers_do_not_mix(server: Any) -> None:
    def another() -> Iterator[pa.Table]:
        with pytest.raises(CampaignBusy, match="another process"):
            write(server, scores(9), "d9")
        yield from scores(5)

    write(server, another())
    assert read(server) == expected(scores(5))


def test_names_are_names_whatever_they_are(server: Any) -> None:
    server.admin(f'create schema "Out; drop" authorization {server.name}')
    long = "n" * 63
    for table in ('"Out; drop"."Drop ""table"""', f"public.{long}"):
        write(server, scores(5), table=table)
        write(server, scores(6), "d2", table=table)
        assert read(server, table) == expected(scores(6))
    with pytest.raises(UsageError, match="NAME"):
        write(server, scores(5), table='"open')
    server.admin('drop schema "Out; drop" cascade')


def test_a_key_that_comes_twice_leaves_the_old_table(server: Any) -> None:
    write(server, scores(5))
    with pytest.raises(InputError) as error:
        write(server, [*scores(6), *scores(6)], "d2")
    assert "0000001" not in str(error.value) and read(server) == expected(scores(5))
