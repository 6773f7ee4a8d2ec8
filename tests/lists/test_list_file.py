"""The file of a list: one content, one digest, however it was written."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lists.list_file import create_list, write_list
from lists.selection import Counts
from lists.universes import GOTV

VOTERS = 50


def some_table(voters: int) -> pa.Table:
    names = [f"V{number % 7}" if number % 5 else None for number in range(voters)]
    return pa.table({"rank": np.arange(voters), "name": pa.array(names, pa.large_string())})


def bytes_of(pieces: list[pa.Table]) -> bytes:
    sink = BytesIO()
    assert write_list(sink, pieces) == sum(map(len, pieces))
    return sink.getvalue()


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.integers(0, VOTERS), max_size=6),
    st.sampled_from([1, 7, 10, 25, 50, 64]),
    st.sampled_from([0, 1, VOTERS]),
)
def test_how_the_voters_come_in_pieces_is_not_seen_in_the_file(cuts: list[int], group: int, voters: int) -> None:
    table, edges = some_table(voters), sorted({0, voters, *(min(cut, voters) for cut in cuts)})
    pieces = [table.slice(a, b - a) for a, b in zip(edges[:-1], edges[1:], strict=True)] or [table]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lists.list_file.GROUP_ROWS", group)
        content = bytes_of(pieces)
        assert content == bytes_of([table.replace_schema_metadata({"pandas": "says"})])
    read = pq.ParquetFile(pa.BufferReader(content))
    assert read.read().equals(table) and read.schema_arrow.metadata is None
    assert [read.metadata.row_group(n).num_rows for n in range(read.metadata.num_row_groups)][:-1] == [
        group for _ in range(max(0, -(-voters // group) - 1))
    ]


def test_a_list_is_written_for_its_owner_only_and_never_over_another(tmp_path: Path) -> None:
    written = create_list(tmp_path / "list", GOTV, Counts(people=VOTERS), [some_table(VOTERS)])
    assert (written.rows, written.path.stat().st_mode & 0o777) == (VOTERS, 0o600)
    with pytest.raises(FileExistsError):
        create_list(tmp_path / "list", GOTV, Counts(), [some_table(1)])
