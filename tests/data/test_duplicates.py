from collections import defaultdict

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from data.duplicates import find_duplicates

ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.sampled_from(["x", "y", None])), max_size=12)


@given(ROWS)
def test_the_same_twice_is_again_and_a_contradicted_key_clashes_whole(rows: list[tuple[str, int, str | None]]) -> None:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    types = (pa.string(), pa.int64(), pa.string())
    names = ["voter_id", "election", "status"]
    table = pa.table([pa.chunked_array([pa.array(c, t)]) for c, t in zip(columns, types, strict=True)], names=names)
    again, clash = find_duplicates(table, ["voter_id", "election"], names)
    contents = defaultdict(set)
    for row in rows:
        contents[row[:2]].add(row)
    assert clash.tolist() == [len(contents[row[:2]]) > 1 for row in rows]
    assert again.tolist() == [not clash[i] and row in rows[:i] for i, row in enumerate(rows)]


def test_many_columns_do_not_overflow() -> None:
    numbers = pa.array([*range(100_000), 5])
    table = pa.table({f"c{i}": numbers for i in range(12)})
    again, clash = find_duplicates(table, table.column_names, table.column_names)
    assert again.sum() == 1 and again[-1] and not clash.any()


@given(st.lists(st.text("01é", min_size=1, max_size=12), max_size=12), st.integers(0, 2), st.integers(0, 3))
def test_ids_of_any_length_are_told_apart(ids: list[str], skip: int, pad: int) -> None:
    texts = [text.rjust(pad * 8, "x") for text in ids]
    table = pa.table({"voter_id": pa.array(texts, pa.string()), "n": pa.array(range(len(texts)), pa.int64())}).slice(
        skip
    )
    again, clash = find_duplicates(table, ["voter_id"], ["voter_id", "n"])
    kept = texts[skip:]
    assert clash.tolist() == [kept.count(text) > 1 for text in kept] and not again.any()
