import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import InputError
from data.reader import LOOK_AHEAD, read_records


def read(path: Path, chunk_lines: int = 100_000) -> tuple[list[list[str]], list[int], dict[int, str]]:
    """Rows, their lines, and line → rule of the rejects."""
    rows: list[list[str]] = []
    lines: list[int] = []
    rules: dict[int, str] = {}
    for chunk in read_records(path, chunk_lines=chunk_lines):
        assert len(chunk.table) == len(chunk.lines) == len(chunk.records)
        rows += [list(row.values()) for row in chunk.table.to_pylist()]
        lines += chunk.lines.tolist()
        rules |= {reject.line: reject.rule for reject in chunk.rejects}
    return rows, lines, rules


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "voters.csv"


def test_cells_are_text_as_they_stand(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfvoter_id, name \n00000001,NA\n1.23E+12, None \n,\n")
    rows, lines, rules = read(file)
    assert rows == [["00000001", "NA"], ["1.23E+12", " None "], ["", ""]]
    assert lines == [2, 3, 4]
    assert rules == {}
    assert next(read_records(file)).table.column_names == ["voter_id", "name"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("chunk_lines", [1, 2, 3, 100])
def test_every_bad_record_is_rejected_alone(file: Path, end: str, chunk_lines: int) -> None:
    lines = ["a,b,c", "1,2,3", "", '"x', 'y",2,3', '"un,2,3', "4,5", "a,b,c", "5,\xff,1", "7,8,9"]
    lines += ['"q"r,1,2', "\x00,1,2", '1,"a""b",3', '8,"', '9,8,7",6', "6,6,6"]
    file.write_bytes(end.join(lines).encode("latin-1"))
    rows, numbers, rules = read(file, chunk_lines)
    assert rows == [
        ["1", "2", "3"],
        [f"x{end}y", "2", "3"],
        ["7", "8", "9"],
        ["1", 'a"b', "3"],
        ["8", f"{end}9,8,7", "6"],
        ["6", "6", "6"],
    ]
    assert numbers == [2, 4, 10, 13, 14, 16]
    assert {line: rule.split()[0] for line, rule in rules.items()} == {
        6: "an",
        7: "2",
        8: "the",
        9: "bytes",
        11: "a",
        12: "bytes",
    }


def test_an_unclosed_quote_costs_one_line_however_far_the_next_quote_is(file: Path) -> None:
    good = [f"{i},x" for i in range(3 * LOOK_AHEAD)]
    file.write_text("\n".join(["id,name", '0,"SMITH', *good, '1,"JONES', *good]))
    rows, _, rules = read(file, chunk_lines=7)
    assert len(rows) == 6 * LOOK_AHEAD
    assert rules == {2: "an unclosed quote", 3 + 3 * LOOK_AHEAD: "an unclosed quote"}


def test_two_unclosed_quotes_near_each_other_do_not_swallow_what_is_between(file: Path) -> None:
    file.write_text('id,name\n0,"SMITH\n1,LEE\n2,"JONES\n3,KIM\n')
    rows, _, rules = read(file)
    assert rows == [["1", "LEE"], ["3", "KIM"]]
    assert sorted(rules) == [2, 4]


def test_a_byte_order_mark_inside_is_data(file: Path) -> None:
    file.write_text("id,name\n1,x\n\ufeff2,y\n")
    assert read(file, chunk_lines=1)[0] == read(file)[0] == [["1", "x"], ["\ufeff2", "y"]]


def test_the_text_of_a_reject_is_the_original(file: Path) -> None:
    file.write_bytes(b"id,name\n1,Pe\xf1a\n")
    (chunk,) = read_records(file)
    assert chunk.rejects[0].text == r"1,Pe\xf1a"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n\n", "blank line"),
        (b"id,name\n", "no record"),
        (b"id,name\n\n\r\n", "no record"),
        (b"id;name\n1;x\n", "semicolons"),
        (b"id\tname\n1\tx\n", "tabs"),
        (b"id|name\n1|x\n", "vertical bars"),
        (b"id,name,id\n1,2,3\n", "'id' appears at 1 and 3"),
        (b"id,,name\n1,2,3\n", "column 2 has no name"),
        (b'id,"name\n1,2\n', "quote"),
        ("id,name\n1,x\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        list(read_records(file))
    assert "voters.csv" in str(error.value)
    assert str(file.parent) not in str(error.value)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="no such file"):
            list(read_records(path))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=30), st.booleans(), st.integers(1, 40))
def test_what_a_csv_writer_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], quote: bool, chunk_lines: int
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerows([("first", "second", "third"), *rows])
    file = tmp_path_factory.mktemp("csv") / "voters.csv"
    file.write_bytes(text.getvalue().encode())
    found, _, rules = read(file, chunk_lines)
    swallowing = any(cell.count("\n") >= LOOK_AHEAD - 6 for row in rows for cell in row)
    assert swallowing or (found == [list(row) for row in rows] and rules == {})


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b"")), max_size=40))
def test_every_line_is_in_one_record_or_one_reject(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    file = tmp_path_factory.mktemp("csv") / "voters.csv"
    file.write_bytes(b"\n".join([b"id,name", *lines, b"1,x"]))
    covered: list[int] = []
    for chunk in read_records(file, chunk_lines=5):
        for line, record in zip(chunk.lines.tolist(), chunk.records, strict=True):
            covered += range(line, line + len(record.rstrip("\n").split("\n")))
        covered += [reject.line for reject in chunk.rejects]
    blank = [number for number, line in enumerate(lines, 2) if not line]
    assert sorted({*covered, *blank}) == list(range(2, len(lines) + 3))
    assert len(covered) == len(set(covered))
