import csv
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.campaign import Campaign
from data.contracts import CONTRACTS, VOTERS
from data.durable import sha256_file
from data.errors import InputError
from data.imports import ImportReport, import_history, import_voters
from data.intake import take_in
from data.mapping import Mapping
from data.postgres import Database
from data.postgres_read import fetch
from data.snapshots import open_snapshot

TODAY = date(2026, 11, 24)
IMPORTS = {"voters": import_voters, "history": import_history}


def bring(
    server: Any, campaign: Campaign, kind: str = "voters", mapping: Mapping | None = None, **how: Any
) -> ImportReport:
    with fetch(Database(server.url()), campaign, CONTRACTS[kind], mapping or Mapping(), **how) as fetched:
        return IMPORTS[kind](campaign, fetched.file, mapping=mapping, today=TODAY, name=fetched.name)


def make(server: Any, *statements: str) -> None:
    server.admin(*statements, f"grant select on all tables in schema public to {server.name}")


def voters(campaign: Campaign) -> dict[str, dict[str, Any]]:
    snapshot = open_snapshot(campaign)
    frame = snapshot.read_voters(snapshot.parts[0]).set_index("voter_id")
    return {str(voter): row for voter, row in frame.to_dict("index").items()}


def test_typed_columns_mean_what_the_same_text_means_in_a_file(server: Any, campaign: Campaign, tmp_path: Path) -> None:
    make(
        server,
        """create table voters (voter_id text, birth_date date, birth_year smallint, age numeric, sex char(3),
           registration_date timestamp, zip text, county uuid, latitude float8, longitude real, do_not_call boolean,
           do_not_mail integer, first_name varchar, status text)""",
        """insert into voters values
        ('007', '1980-02-29', null, 41.50, 'f', '2020-01-02', '01234',
         'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 41.5, 1.1,
         true, 1, ' Ána ', 'Active'),
        (' 8 ', 'infinity', 1990, 'NaN', null, '2020-01-02 10:00', '', null, 'Infinity', 'NaN', false, 0, '', null),
        ('9', '2027-01-01', 1700, 131, '', '2030-01-01', 'x', null, -91, 181, null, null, null, 'a'),
        ('1.2E+7', '1700-01-01', 1990, 1, '', null, 'x', null, 1e10, 1, null, null, null, 'a'),
        (null, null, null, null, null, null, null, null, null, null, null, null, null, null),
        ('10', null, null, null, null, null, null, null, null, null, null, 7, null, null),
        ('11', null, null, null, null, null, null, null, null, null, null, null, null, 'zombie')""",
    )
    rows = """007,1980-02-29,,41.50,f,2020-01-02,01234,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,41.5,1.1,true,1, Ána ,Active
 8 ,infinity,1990,NaN,,2020-01-02 10:00:00,,,Infinity,NaN,false,0,,
9,2027-01-01,1700,131,,2030-01-01,x,,-91,181,,,,a
1.2E+7,1700-01-01,1990,1,,,x,,1e10,1,,,,a
,,,,,,,,,,,,,
10,,,,,,,,,,,7,,
11,,,,,,,,,,,,,zombie"""
    file = tmp_path / "voters.csv"
    header = server.admin(
        "select string_agg(attname, ',' order by attnum) from pg_attribute "
        "where attrelid = 'voters'::regclass and attnum > 0"
    )
    file.write_text(f"{header[0][0]}\n{rows}\n")
    expected = take_in(file, VOTERS, Mapping(), None, today=TODAY)
    with fetch(Database(server.url()), campaign, VOTERS, Mapping()) as fetched:
        found = take_in(fetched.file, VOTERS, Mapping(), None, today=TODAY, name=fetched.name)
    assert found.accepted.to_pylist() == expected.accepted.to_pylist()
    assert sorted(found.warnings) == sorted(expected.warnings) and found.rows == expected.rows == 7
    assert [(r.line + 1, r.column, r.rule) for r in sorted(found.rejects)] == [
        (r.line, r.column, r.rule) for r in sorted(expected.rejects)
    ]


def test_an_import_keeps_what_it_read_and_knows_it_again(server: Any, campaign: Campaign) -> None:
    make(
        server,
        "create table voters as select lpad(i::text, 6, '0') voter_id, 'x' as secret from generate_series(1, 300) i",
        "insert into voters values ('000001', 'y'), (null, 'z'), ('1.5E+9', 'é,\"\"')",
    )
    report = bring(server, campaign)
    assert (report.rows, report.accepted, report.quarantined, report.collapsed) == (303, 300, 2, 1)
    assert report.quarantine_file is not None
    with report.quarantine_file.open(newline="") as file:
        assert [(row["file"], row["line"], row["text"]) for row in csv.DictReader(file)] == [
            (f"{server.name}.public.voters", "302", '""'),
            (f"{server.name}.public.voters", "303", "1.5E+9"),
        ]
    (kept,) = (campaign.root / "raw").iterdir()
    assert kept.name == sha256_file(kept) and b"secret" not in kept.read_bytes()
    assert bring(server, campaign).already and import_voters(campaign, kept, today=TODAY).already
    server.admin("insert into voters values ('999999')")
    assert not bring(server, campaign).already


def test_history_is_about_known_voters(server: Any, campaign: Campaign) -> None:
    make(
        server,
        "create table voters as select i::text voter_id from generate_series(1, 3) i",
        """create table history as select i::text voter_id, date '2024-11-05' election_date, 'general' election_type
           from generate_series(1, 5) i""",
    )
    bring(server, campaign)
    report = bring(server, campaign, "history")
    assert (report.rows, report.accepted, report.quarantined) == (5, 3, 2)
    assert report.quarantine_file is not None and "4,2024-11-05,general" in report.quarantine_file.read_text()
    assert {row["voted_0"] for row in voters(campaign).values()} == {1}


def test_a_mapping_renames_translates_and_declares(server: Any, campaign: Campaign) -> None:
    make(
        server,
        """create schema s; create table s."Roll" as
        select 'A1' "VoterID", 2::int4 "Pty", 7::int8 "Kids", 'BA' "Edu" """,
    )
    server.admin(f'grant usage on schema s to {server.name}; grant select on s."Roll" to {server.name}')
    columns = {"VoterID": "voter_id", "Pty": "party", "Kids": "kids", "Edu": "edu"}
    mapping = Mapping({"kids": "number", "edu": "category"}, columns, {"party": {"2": "dem"}})
    bring(server, campaign, mapping=mapping, table='s."Roll"')
    row = voters(campaign)["A1"]
    assert (row["party"], row["extra_kids"], row["extra_edu"]) == ("DEM", 7.0, "BA")


def test_only_what_is_used_leaves_the_database(server: Any, campaign: Campaign) -> None:
    make(server, "create table voters as select '1'::text voter_id, 'x'::text as race, '{1}'::int[] as parts")
    with fetch(Database(server.url()), campaign, VOTERS, Mapping()) as fetched:
        assert fetched.not_read == ("race", "parts")
        with pa.memory_map(str(fetched.file)) as source, pa.ipc.open_file(source) as reader:
            assert reader.schema.names == ["voter_id"]
    assert list((campaign.root / "raw").iterdir()) == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("select 1::float8 as voter_id", "which are no ids"),
        ("select '1' as voter_id, now() as birth_date", "time zone"),
        ("select '1' as voter_id, '{1}'::int[] as precinct", "precinct::text"),
        ("select '1' as voterid", "nearest are: voterid"),
        ("select '1' as voter_id where false", "there is no row"),
        ("selec 1", "syntax error"),
        ("select nothing from nowhere", "nowhere"),
        ("delete from pg_catalog.pg_class returning '1' as voter_id", ""),
        ("select '1' as voter_id, pg_catalog.set_config('transaction_read_only', 'off', false)", "read-write mode"),
    ],
)
def test_what_cannot_be_read_is_said(server: Any, campaign: Campaign, query: str, named: str) -> None:
    with pytest.raises(InputError) as error:
        bring(server, campaign, query=query)
    assert named in str(error.value)
    assert list((campaign.root / "raw").iterdir()) == []


def test_a_query_must_not_write(server: Any, campaign: Campaign) -> None:
    server.admin(f"create table t (voter_id text); grant all on t to {server.name}")
    server.admin(
        "create function f() returns text language sql as $$ insert into public.t values ('1') returning voter_id $$"
    )
    with pytest.raises(InputError, match="read-only"):
        bring(server, campaign, query="select public.f() as voter_id")
    assert server.admin("select count(*) from t") == [(0,)]


def test_an_error_of_the_server_never_repeats_a_value(server: Any, campaign: Campaign) -> None:
    with pytest.raises(InputError) as error:
        bring(server, campaign, query="select ('Ada' || 'Brook')::int::text as voter_id")
    assert "22P02" in str(error.value) and "Ada" not in str(error.value)


def test_other_encodings_arrive_as_text_or_are_refused(server: Any, campaign: Campaign) -> None:
    for encoding, name in (("LATIN1", "latin"), ("SQL_ASCII", "ascii")):
        server.admin(
            f"create database {name} encoding {encoding} template template0 lc_collate 'C' lc_ctype 'C'",
            f"revoke all on database {name} from public",
            f"revoke connect on database {server.name} from {server.name}",
            f"grant connect on database {name} to {server.name}",
            database="postgres",
        )
        server.admin(
            f"create table voters (voter_id text); grant select on voters to {server.name}",
            "set client_encoding to 'SQL_ASCII'" if name == "ascii" else "select 1",
            "insert into voters values (E'\\xe9')" if name == "ascii" else "insert into voters values ('é')",
            database=name,
        )
        try:
            database = Database(server.url(database=name))
            if name == "latin":
                with fetch(database, campaign, VOTERS, Mapping()) as fetched:
                    taken = take_in(fetched.file, VOTERS, Mapping(), None, today=TODAY)
                    assert taken.accepted["voter_id"].to_pylist() == ["é"]
            else:
                with pytest.raises(InputError, match="encoding"), fetch(database, campaign, VOTERS, Mapping()):
                    pass
        finally:
            server.admin(f"drop database {name} with (force)", database="postgres")


def test_a_connection_lost_in_the_middle_imports_nothing(server: Any, campaign: Campaign) -> None:
    make(
        server,
        "create table voters as select i::text voter_id, repeat('x', 400) address from generate_series(1, 200000) i",
    )

    def cut(batches: Any) -> Any:
        for batch in batches:
            server.admin(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{server.name}'")
            yield batch

    with pytest.raises(InputError, match="lost") as error:
        bring(server, campaign, watch=cut)
    assert error.value.__cause__ is None and error.value.__suppress_context__
    assert list((campaign.root / "raw").iterdir()) == []
