from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from data.contracts import HISTORY, VOTERS
from data.errors import PropensityError
from data.intake import take_in
from data.mapping import Mapping

TODAY = date(2026, 11, 24)
Put = Callable[[str, str], Path]


def test_accepted_rows_have_every_column_of_the_contract(put: Put) -> None:
    intake = take_in(
        put("v.csv", "voter_id,school\n1,BA\n"), VOTERS, Mapping(extra={"school": "category"}), None, today=TODAY
    )
    assert intake.accepted.column_names == [
        *(c for c in VOTERS.names if c == "voter_id"),
        "extra_school",
        *VOTERS.names[1:],
    ]
    assert intake.dropped_columns == ()


def test_extras_are_for_the_voter_file_only(put: Put) -> None:
    text = "voter_id,election_date,election_type\n1,2024-11-05,general\n"
    intake = take_in(put("h.csv", text), HISTORY, Mapping(extra={"school": "category"}), pa.array(["1"]), today=TODAY)
    assert intake.accepted.to_pylist()[0]["status"] == "voted"


def test_the_text_of_a_late_reject_is_the_original_record(put: Put) -> None:
    text = 'voter_id,election_date,election_type,note\n1,2024-11-05,general,x\n7,2024-11-05,general,"two\nlines"\n'
    intake = take_in(put("h.csv", text), HISTORY, Mapping(), pa.array(["1"]), today=TODAY)
    assert [(r.line, r.text) for r in intake.rejects] == [(3, '7,2024-11-05,general,"two\nlines"')]


def test_an_unaccounted_row_is_a_bug_and_says_so(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.intake._with_texts", lambda *_: [])
    with pytest.raises(PropensityError, match="1 rows, but 0 accepted, 0 quarantined"):
        take_in(
            put("h.csv", "voter_id,election_date,election_type\n1,2024-11-05,general\n"),
            HISTORY,
            Mapping(),
            pa.array(["2"]),
            today=TODAY,
        )
