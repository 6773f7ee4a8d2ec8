import csv
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import UsageError
from lists.exports import write_csv, write_van, write_xlsx

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", "\uff1d1"]
HARMLESS = [
    "O'Brien",
    "12-B",
    "a=b",
    'Bo "Red" Lee',
    "Zoë",
    "1 Main St, Apt 2",
    "two\nlines",
    "00123",
    "http://example.org",
    "{=1}",
]


def pull_of(*last_names: str | None) -> pd.DataFrame:
    count = len(last_names)
    return pd.DataFrame(
        {
            "rank": np.arange(1, count + 1),
            "voter_id": [f"00{number}" for number in range(count)],
            "last_name": pd.Series(last_names, dtype="str"),
            "zip": pd.Categorical(["01234"] * count),
            "turnout_score": [41.5] * count,
            "support_score": [np.nan] * count,
        }
    )


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_csv_is_read_back_as_it_was(tmp_path: Path):
    write_csv(pull_of(*HARMLESS, None), tmp_path / "walk.csv")
    rows = read_csv(tmp_path / "walk.csv")
    assert [row["last_name"] for row in rows] == [*HARMLESS, ""]
    expected = {"rank": "1", "voter_id": "000", "zip": "01234", "turnout_score": "41.5", "support_score": ""}
    assert {name: rows[0][name] for name in expected} == expected


def test_a_workbook_is_read_back_as_it_was(tmp_path: Path):
    write_xlsx(pull_of(*HARMLESS, None), tmp_path / "walk.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "walk.xlsx").active
    header, first, *_, last = sheet.iter_rows(values_only=True)
    assert header == ("rank", "voter_id", "last_name", "zip", "turnout_score", "support_score")
    assert first == (1, "000", "O'Brien", "01234", 41.5, None)
    assert [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)] == [*HARMLESS, None]
    assert last[2] is None
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:F{len(HARMLESS) + 2}"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_is_a_formula(tmp_path: Path, text: str):
    write_csv(pull_of(text), tmp_path / "walk.csv")
    write_xlsx(pull_of(text), tmp_path / "walk.xlsx")
    (row,) = read_csv(tmp_path / "walk.csv")
    cell = openpyxl.load_workbook(tmp_path / "walk.xlsx").active["C2"]
    assert row["last_name"].startswith("'")
    assert cell.value.startswith("'")
    assert cell.data_type == "s"


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=" =+-@\t\r\n;,|\"'1aA\uff0b", max_size=8))
def test_no_part_of_a_cell_is_a_formula_whatever_separates(tmp_path_factory: pytest.TempPathFactory, text: str):
    path = tmp_path_factory.mktemp("pull") / "walk.csv"
    write_csv(pull_of(text), path)
    (row,) = read_csv(path)
    assert not re.search(r"(^|[;,|\t\r\n\"])\s*[=+\-@\uff0b]", row["last_name"])
    assert row["last_name"].replace("'", "") == text.replace("'", "")


def test_van_gets_ids_and_scores_only(tmp_path: Path):
    write_van(pull_of("Lee", "Kim"), tmp_path / "van.csv")
    assert read_csv(tmp_path / "van.csv") == [
        {"voter_id": "000", "turnout_score": "41.5"},
        {"voter_id": "001", "turnout_score": "41.5"},
    ]


@pytest.mark.parametrize("write", [write_csv, write_van, write_xlsx])
def test_a_file_is_private_whole_and_alone(tmp_path: Path, write):
    write(pull_of("Lee"), tmp_path / "out")
    write(pull_of("Kim", "Lee"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("write", [write_csv, write_van, write_xlsx])
def test_nobody_is_a_file_with_a_header(tmp_path: Path, write):
    write(pull_of("Lee").head(0), tmp_path / "out")
    assert (tmp_path / "out").stat().st_size > 0


@pytest.mark.parametrize("write", [write_csv, write_van, write_xlsx])
def test_a_missing_folder_is_named(tmp_path: Path, write):
    with pytest.raises(UsageError, match="no folder .*nowhere"):
        write(pull_of("Lee"), tmp_path / "nowhere" / "out")


def test_addresses_never_pass_through_the_folder_everybody_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not there"))
    write_xlsx(pull_of("Lee"), tmp_path / "walk.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["walk.xlsx"]


def test_too_many_rows_for_excel_are_refused(tmp_path: Path):
    many = pd.DataFrame({"rank": np.arange(1_048_576)})
    with pytest.raises(UsageError, match="1,048,576 rows do not fit"):
        write_xlsx(many, tmp_path / "walk.xlsx")
