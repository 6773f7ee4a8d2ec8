import io
from pathlib import Path

import pyarrow as pa
import pytest

from data.errors import InputError
from data.fetched import Rows, is_fetched, read_fetched, write_fetched

TABLE = pa.table(
    {"id": pa.array([str(i) for i in range(700)]), "n": pa.array([None, *range(699)]), "t": ['a,"b"\n'] * 700}
)


def keep(path: Path, table: pa.Table = TABLE) -> bytes:
    file = io.BytesIO()
    assert write_fetched(file, table.schema, table.to_batches(max_chunksize=300)) == len(table)
    path.write_bytes(file.getvalue())
    return file.getvalue()


def test_what_is_written_is_read_with_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    assert keep(path) == keep(path) and is_fetched(path)
    chunks = list(read_fetched(path))
    assert [len(chunk.table) for chunk in chunks] == [300, 300, 100]
    assert pa.concat_tables(chunk.table for chunk in chunks).equals(TABLE)
    assert [int(chunk.lines[0]) for chunk in chunks] == [1, 301, 601]
    assert chunks[1].reject(0, "n", "rule").text == '300,299,"a,""b""\n"'


def test_rows_are_lines_of_a_file() -> None:
    rows = Rows(TABLE)
    assert len(rows) == 700 and rows[0] == '0,,"a,""b""\n"' and rows[699].startswith("699,698,")
    assert rows[1:3] == [rows[1], rows[2]]
    with pytest.raises(IndexError):
        rows[700]


def test_a_damaged_or_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    content = keep(path)
    path.write_bytes(content[:-100])
    with pytest.raises(InputError, match="damaged"):
        list(read_fetched(path))
    keep(path, TABLE.slice(0, 0))
    with pytest.raises(InputError, match="voters of north: there is no row"):
        list(read_fetched(path, name="voters of north"))
