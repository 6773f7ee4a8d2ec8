from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from data.checking import check_chunk
from data.contracts import HISTORY, SURVEY, VOTERS
from data.errors import InputError
from data.quarantine import Reject
from data.reader import Chunk

TODAY = date(2026, 11, 24)


def chunk(*rows: tuple[str, ...], header: tuple[str, ...], rejects: tuple[Reject, ...] = ()) -> Chunk:
    columns = [pa.chunked_array([pa.array(column, pa.string())]) for column in zip(*rows, strict=True)]
    lines = np.arange(2, 2 + len(rows))
    return Chunk(pa.table(columns, names=list(header)), lines, [",".join(row) + "\n" for row in rows], rejects)


def test_good_rows_are_typed_and_trimmed() -> None:
    rows = chunk(
        (" 01 ", "", " dem", "Active"),
        ("02", "1980-05-06", "", ""),
        header=("voter_id", "birth_date", "party", "status"),
    )
    table, rejects = check_chunk(rows, VOTERS, {}, today=TODAY)
    assert table.to_pylist() == [
        {"line": 2, "voter_id": "01", "birth_date": None, "party": "DEM", "status": "active"},
        {"line": 3, "voter_id": "02", "birth_date": date(1980, 5, 6), "party": None, "status": None},
    ]
    assert rejects.rows == () and not rejects.dropped


def test_a_bad_row_never_stops_a_good_one() -> None:
    reader_reject = Reject(9, "", "2 fields where the header has 4", "x,y")
    rows = chunk(
        ("1", "2024-11-05", "general", "voted"),
        ("", "2024-11-05", "general", "voted"),
        ("3", "2024-02-30", "gala", "voted"),
        ("4", "2024-11-05", "general", "maybe"),
        ("5", "2024-11-05", "", ""),
        header=("voter_id", "election_date", "election_type", "status"),
        rejects=(reader_reject,),
    )
    table, rejects = check_chunk(rows, HISTORY, {}, today=TODAY)
    assert table["voter_id"].to_pylist() == ["1"]
    assert table["line"].to_pylist() == [2]
    assert {(r.line, r.column, r.text) for r in rejects.rows} == {
        (9, "", "x,y"),
        (3, "voter_id", ",2024-11-05,general,voted"),
        (4, "election_date", "3,2024-02-30,gala,voted"),
        (5, "status", "4,2024-11-05,general,maybe"),
        (6, "election_type", "5,2024-11-05,,"),
    }


def test_a_voter_is_more_than_one_bad_date_but_an_unknown_status_is_never_active() -> None:
    rows = chunk(
        ("1", "2000-02-30", "2999", "A", "x"),
        ("2", "1980-01-01", "1980", "Z", "1"),
        header=("voter_id", "birth_date", "birth_year", "status", "income"),
    )
    table, rejects = check_chunk(rows, VOTERS, {"income": "number"}, today=TODAY)
    (voter,) = table.to_pylist()
    assert (voter["birth_date"], voter["birth_year"], voter["extra_income"]) == (None, None, None)
    assert {column: count for (column, _), count in rejects.dropped.items()} == {
        "birth_date": 1,
        "birth_year": 1,
        "income": 1,
    }
    assert [(reject.line, reject.column) for reject in rejects.rows] == [(3, "status")]


def test_a_flag_that_cannot_be_read_is_not_taken_for_consent() -> None:
    _, rejects = check_chunk(chunk(("1", "maybe"), header=("voter_id", "do_not_call")), VOTERS, {}, today=TODAY)
    assert rejects.rows[0].column == "do_not_call"


def test_a_response_may_be_blank() -> None:
    rows = chunk(("1", "2026-09-01", ""), header=("voter_id", "date", "response"))
    table, rejects = check_chunk(rows, SURVEY, {}, today=TODAY)
    assert table["response"].to_pylist() == [None] and rejects.rows == ()


def test_missing_columns_are_named_with_the_nearest_there_are() -> None:
    with pytest.raises(InputError) as error:
        check_chunk(chunk(("1", "x"), header=("VoterID", "educatoin")), VOTERS, {"education": "category"}, today=TODAY)
    assert error.value.faults == (
        "column 'voter_id' is missing; nearest are: VoterID",
        "column 'education' is missing; nearest are: educatoin",
    )
