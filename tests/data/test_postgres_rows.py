import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from data.postgres_rows import pack_rows

NUMBERS = st.one_of(st.just(float("nan")), st.floats(0, 1, width=32))


def unpack(content: bytes) -> list[tuple[bytes | None, ...]]:
    """The fields of every row, as the format's description has them, one byte after the other."""
    rows, at = [], 0
    while at < len(content):
        fields = int.from_bytes(content[at : at + 2], "big")
        at += 2
        row: list[bytes | None] = []
        for _ in range(fields):
            length = int.from_bytes(content[at : at + 4], "big", signed=True)
            row.append(None if length < 0 else content[at + 4 : at + 4 + length])
            at += 4 + max(length, 0)
        rows.append(tuple(row))
    return rows


@given(st.lists(st.tuples(st.text(max_size=6), NUMBERS, NUMBERS)), st.integers(0, 3))
def test_every_row_is_packed_once(rows: list[tuple[str, float, float]], skip: int) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    table = pa.table(
        [pa.array(columns[0], pa.string()), *(pa.array(c, pa.float32()) for c in columns[1:])],
        names=["voter_id", "a", "b"],
    )
    found = unpack(b"".join(pack_rows(table.slice(skip), "voter_id", ["a", "b"])))

    def field(value: float) -> bytes | None:
        return None if np.isnan(value) else np.array(value, ">f4").tobytes()

    expected = [(text.encode(), field(a), field(b)) for text, a, b in rows[skip:]]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_ids_without_scores_are_rows_too() -> None:
    packed = b"".join(pack_rows(pa.table({"voter_id": ["007", "8"]}), "voter_id", []))
    assert sorted(unpack(packed)) == [(b"007",), (b"8",)]
