from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.margins import FEWEST_ANSWERS, SMALLEST_SHARE, Cells, collapse_levels, sort_into_cells

PARTIES = {"party": ("DEM", "REP", "OTH")}


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns).astype(np.float32)


def sort(answered: pd.DataFrame, file: pd.DataFrame, vocabulary: Any = PARTIES) -> dict[str, Cells]:
    cells = sort_into_cells(answered, file, categories=tuple(vocabulary), vocabulary=vocabulary)
    return {each.feature: each for each in cells}


def test_ages_fall_into_bands_and_the_unknown_into_their_own() -> None:
    age = sort(frame(age=[18, 29.9, 30, 44, 64.9, 65, 90, np.nan]), frame(age=[50.0, 70.0]))["age"]
    assert [age.levels[level] for level in age.answered] == [
        *("18-29", "18-29", "30-44", "30-44", "45-64", "65+", "65+", "unknown")
    ]
    np.testing.assert_allclose(age.file_shares(), [0, 0, 0, 0.5, 0.5])
    assert age.ordered


def test_words_are_those_of_the_vocabulary_and_the_rest_is_other() -> None:
    party = sort(frame(party=[2, 1, 0, np.nan, 3]), frame(party=[1.0] * 60 + [2.0] * 39 + [3.0]))["party"]
    assert [party.levels[level] for level in party.answered] == ["REP", "DEM", "other", "unknown", "other"]
    assert not party.ordered and party.levels[-1] == "other"


def test_results_are_cut_into_thirds_of_the_file() -> None:
    lean = sort(frame(precinct_lean=[-9.0, 0.0, 9.0]), frame(precinct_lean=np.arange(-15.0, 15.0)))
    (cells,) = lean.values()
    assert [cells.levels[level] for level in cells.answered] == ["lowest third", "middle third", "highest third"]
    np.testing.assert_allclose(cells.file_shares(), [0, 1 / 3, 1 / 3, 1 / 3], atol=0.04)


def test_what_the_file_does_not_tell_is_no_margin() -> None:
    nothing = frame(age=[np.nan, np.nan], party=[np.nan, np.nan])
    assert sort(nothing, nothing) == {}
    assert sort(frame(income=[1.0]), frame(income=[1.0]), {}) == {}
    assert list(sort(nothing, frame(age=[20.0], party=[np.nan]))) == ["age"]


def make_cells(file: list[int], answered: list[int], *, ordered: bool) -> Cells:
    levels = tuple("abcdefgh"[: len(file)])
    return Cells("x", levels, ordered, *(np.repeat(np.arange(len(n)), n) for n in (answered, file)))


def test_an_ordered_level_joins_the_smaller_neighbour() -> None:
    cells = collapse_levels(make_cells([400, 30, 300, 200], [100, 100, 100, 100], ordered=True))
    assert cells.levels == ("a", "b or c", "d")
    np.testing.assert_allclose(cells.file_shares(), np.array([400, 330, 200]) / 930)
    np.testing.assert_allclose(cells.answered_shares(np.ones(400)), [0.25, 0.5, 0.25])


def test_other_levels_are_put_together_and_join_the_smallest_where_that_is_not_enough() -> None:
    enough = collapse_levels(make_cells([500, 300, 40, 40, 0], [100, 100, 20, 20, 0], ordered=False))
    assert enough.levels[:2] == ("a", "b") and set(enough.levels[2]) >= set("cde")
    few = collapse_levels(make_cells([500, 300, 10, 0], [100, 100, 20, 0], ordered=False))
    assert few.levels[0] == "a" and set(few.levels[1]) >= set("bcd") and len(few.levels) == 2


def test_a_level_with_too_few_answers_is_too_small_however_many_the_file_has() -> None:
    cells = collapse_levels(make_cells([400, 300, 300], [100, 9, 50], ordered=True))
    assert cells.levels == ("a", "b or c")
    assert len(collapse_levels(make_cells([400, 300], [5, 4], ordered=True)).levels) == 1


counts = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), min_size=1, max_size=8)


@given(counts, st.booleans())
def test_what_is_left_can_carry_a_margin(levels: list[tuple[int, int]], ordered: bool) -> None:
    file, answered = [max(f, int(i == 0)) for i, (f, _) in enumerate(levels)], [a for _, a in levels]
    before = make_cells(file, answered, ordered=ordered)
    after = collapse_levels(before)
    assert len(after.file) == len(before.file) and len(after.answered) == len(before.answered)
    if len(after.levels) > 1:
        assert after.file_shares().min() >= SMALLEST_SHARE
        assert np.bincount(after.answered, minlength=len(after.levels)).min() >= FEWEST_ANSWERS
    # Whoever shared a level still does.
    for old, new in ((before.file, after.file), (before.answered, after.answered)):
        assert all(len(set(new[old == level])) == 1 for level in set(old))


def test_a_margin_that_can_carry_itself_stays() -> None:
    cells = make_cells([300, 300, 300], [100, 50, 20], ordered=True)
    after = collapse_levels(cells)
    assert after.levels == cells.levels
    np.testing.assert_array_equal(after.answered, cells.answered)


@pytest.mark.parametrize("column", ["party", "age"])
def test_cells_are_in_the_order_of_the_rows(column: str) -> None:
    values = [1.0, 2.0, 1.0] if column == "party" else [20.0, 50.0, 20.0]
    (cells,) = sort(frame(**{column: values}), frame(**{column: values * 9})).values()
    assert cells.answered[0] == cells.answered[2] != cells.answered[1]
