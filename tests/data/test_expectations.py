from pathlib import Path

import pytest

from data.area_levels import AreaLevels
from data.errors import InputError, UsageError
from data.expectations import read_expectations, read_expected_turnout

HEADER = "area_type,area,expected_turnout\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "expected.csv"
    file.write_text(text, encoding="utf-8")
    return file


def faults_of(file: Path) -> tuple[str, ...]:
    with pytest.raises(InputError, match=r"expected\.csv") as caught:
        read_expectations(file)
    return caught.value.faults


def test_areas_keep_their_names_and_shares(tmp_path: Path) -> None:
    file = write(tmp_path, "note," + HEADER + "x,ZIP,01234,.5\ny,zip, 99999 ,0.25\n")
    assert read_expectations(file) == AreaLevels("zip", {"01234": 0.5, "99999": 0.25})


def test_what_is_expected_is_a_number_or_the_name_of_a_file(tmp_path: Path) -> None:
    file = write(tmp_path, HEADER + "county,Lark,0.5\n")
    assert read_expected_turnout("0.52") == 0.52
    assert read_expected_turnout(str(file)) == AreaLevels("county", {"Lark": 0.5})
    with pytest.raises(UsageError, match=r"'0,52' is neither a share such as 0\.52 nor a CSV file"):
        read_expected_turnout("0,52")


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("zip,1,52\nzip,2,0\nzip,3,1\n", [f"line {n}, column 'expected_turnout': not between 0" for n in (2, 3, 4)]),
        ("zip,1,half\n", ["line 2, column 'expected_turnout': not a number"]),
        ("all,1,0.5\nzip,,0.5\n", ["line 2, column 'area_type': not a known", "line 3, column 'area': an empty cell"]),
        ("zip,1,0.5\ncounty,2,0.5\n", ["line 3, column 'area_type': not zip as above"]),
        ("zip,1,0.5\nzip,1,0.5\n", ["line 3, column 'area': '1' again"]),
        ("zip,1\n", ["line 2: 2 fields where the header has 3"]),
    ],
)
def test_every_fault_is_named_with_its_line(tmp_path: Path, rows: str, named: list[str]) -> None:
    faults = faults_of(write(tmp_path, HEADER + rows))
    assert len(faults) == len(named)
    assert all(fault.startswith(begin) for fault, begin in zip(faults, named, strict=True))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, "area,turnout\n1,0.5\n")) == (
        "column 'area_type' is missing",
        "column 'expected_turnout' is missing",
    )


def test_many_faults_are_counted_and_not_all_shown(tmp_path: Path) -> None:
    faults = faults_of(write(tmp_path, HEADER + "".join(f"zip,{n},2\n" for n in range(40))))
    assert len(faults) == 13 and faults[-1] == "… and 28 more"
