from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.checking import check_chunk
from data.contracts import VOTERS
from data.errors import InputError
from data.reader import Chunk
from data.typed import as_text, printable, take_plain

TODAY = date(2026, 11, 24)
TEXTS = st.one_of(st.none(), st.text(" \t é.,+E9a\x1c\xa0", max_size=6), st.text(max_size=3))


@given(st.lists(TEXTS), st.integers(0, 2))
def test_a_plain_text_is_one_that_reading_it_leaves_as_it_is(texts: list[str | None], skip: int) -> None:
    from data.cells import parser

    values = pa.array(["before", *texts, "after"], pa.string()).slice(1, len(texts)).slice(min(skip, len(texts)))
    for name in ("voter_id", "precinct"):
        column = VOTERS.column(name)
        plain = take_plain(values, column, TODAY)
        assert plain is not None
        typed, fits = plain
        for text, taken, fine in zip(values.to_pylist(), typed.to_pylist(), fits.tolist(), strict=True):
            if fine and text is not None:
                assert taken == text == text.strip() and parser(column, TODAY)(text) == text
            assert not fine or text is not None or name == "precinct"


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(1870, 2110))))
def test_integers_mean_what_their_digits_mean(numbers: list[int | None]) -> None:
    def look(values: pa.Array) -> tuple[list[object], object]:
        ids = pa.array([str(i) for i in range(len(numbers))], pa.string())
        table = pa.table({"voter_id": ids, "birth_year": values, "age": values, "do_not_call": values, "zip": values})
        lines = np.arange(len(table))
        found, rejects = check_chunk(Chunk(table, lines, [""] * len(table), ()), VOTERS, {}, today=TODAY)
        return found.to_pylist(), rejects

    typed = pa.array(numbers, pa.int64())
    assert look(typed) == look(pa.array(["" if one is None else str(one) for one in numbers], pa.string()))


def test_days_and_moments_as_text() -> None:
    day = 1_704_153_600_000_000
    moments = pa.array([day, day + 1_000_000, None], pa.timestamp("us"))
    assert as_text(moments, "x").to_pylist() == ["2024-01-02", "2024-01-02 00:00:01.000000", None]
    assert as_text(pa.array([True, None]), "x").to_pylist() == ["true", None]
    assert printable(pa.array([[1], None], pa.list_(pa.int32())), "x") == ["[1]", ""]
    with pytest.raises(InputError, match="x::text"):
        as_text(pa.array([[1]], pa.list_(pa.int32())), "x")


@pytest.mark.parametrize("damaged", ["1E+9", "12.0", "1,234", "1.23457E+12"])
def test_an_id_that_a_spreadsheet_damaged_is_never_plain(damaged: str) -> None:
    plain = take_plain(pa.array(["007", damaged, "A-1"]), VOTERS.column("voter_id"), TODAY)
    assert plain is not None and plain[1].tolist() == [True, False, True]


def test_a_number_beyond_eighteen_digits_or_without_end_is_never_plain() -> None:
    column = VOTERS.column("age")
    wide = type(column)("income", "number", "")
    for values, fits in (
        (pa.array([10**18, 10**18 - 1, None], pa.int64()), [False, True, True]),
        (pa.array([float("nan"), float("inf"), 1e300, None]), [False, False, True, True]),
    ):
        plain = take_plain(values, wide, TODAY)
        assert plain is not None and plain[1].tolist() == fits
