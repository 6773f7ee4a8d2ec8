from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from data.errors import InputError, UsageError
from data.experiments import Roles, read_experiment

VOTERS = pa.chunked_array([[f"0{i}" for i in range(1, 10)]])
ROLES = Roles("mailed", "voted")


def write(folder: Path, text: str) -> Path:
    file = folder / "trial.csv"
    file.write_text(text, encoding="utf-8")
    return file


def faults_of(file: Path, roles: Roles = ROLES) -> str:
    with pytest.raises(InputError) as caught:
        read_experiment(file, roles, VOTERS)
    return str(caught.value)


def test_roles_become_columns_of_numbers_and_text(tmp_path: Path) -> None:
    file = write(
        tmp_path, "voter_id,mailed,voted,seen,door,town,note\n01,1,yes,1,A,X,a\n02,0,,0,A,X,b\n03,n,0,N,B,Y,\n"
    )
    rows = read_experiment(file, Roles("mailed", "voted", "seen", "door", "town"), VOTERS)
    assert list(rows) == ["voter_id", "assigned", "outcome", "contacted", "cluster", "block"]
    assert rows["voter_id"].tolist() == ["01", "02", "03"]
    assert rows["assigned"].tolist() == [1.0, 0.0, 0.0] and rows["contacted"].tolist() == [1.0, 0.0, 0.0]
    np.testing.assert_array_equal(rows["outcome"], [1.0, np.nan, 0.0])
    assert rows["cluster"].tolist() == ["A", "A", "B"] and rows["block"].tolist() == ["X", "X", "Y"]


def test_a_column_of_words_is_named_with_line_and_remedy(tmp_path: Path) -> None:
    told = faults_of(write(tmp_path, "voter_id,mailed,voted\n01,treatment,1\n02,0,0\n03,,1\n"))
    assert "line 2, column 'mailed': not one of 1/0" in told and "write 1 for yes and 0 for no" in told
    assert "line 4, column 'mailed': an empty cell" in told and "trial.csv" in told


def test_many_faults_are_counted_and_not_all_shown(tmp_path: Path) -> None:
    told = faults_of(write(tmp_path, "voter_id,mailed,voted\n" + "01,maybe,1\n" * 40))
    assert told.count("line ") == 12 and "… and 28 more rows" in told


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("01,1,1\n02,1,0\n", "column 'mailed': only 1 in every row"),
        ("01,0,1\n02,1,1\n", "column 'voted': only 1 in every row"),
        ("01,0,\n02,1,\n", "column 'voted': nothing in every row"),
        ("01,0,1\n77,1,0\n78,1,0\n", "2 lines: 3, 4, column 'voter_id': not in the voter file"),
        ("01,0,1\n02,1,0\n01,1,1\n", "line 4, column 'voter_id': the same voter again"),
        ("01,0\n02,1,0\n03,0,1\n", "line 2: 2 fields where the header has 3"),
    ],
)
def test_what_is_no_experiment_is_named(tmp_path: Path, rows: str, named: str) -> None:
    assert named in faults_of(write(tmp_path, "voter_id,mailed,voted\n" + rows))


def test_a_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    file = write(tmp_path, "voter_id,was_mailed,voted\n01,1,1\n")
    assert "column 'mailed' is missing; nearest are: was_mailed" in faults_of(file)


def test_a_column_has_one_role(tmp_path: Path) -> None:
    file = write(tmp_path, "voter_id,mailed,voted\n01,1,1\n")
    with pytest.raises(UsageError, match="'mailed' cannot be two things"):
        read_experiment(file, Roles("mailed", "mailed"), VOTERS)
