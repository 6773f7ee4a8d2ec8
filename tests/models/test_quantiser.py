"""Numbers and categories as bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.quantiser import FEW_LEVELS, MOST_LEVELS, Number, Place, Set, at_most, plan_quantiser
from models.tree_text import Unsupported

FLOATS = st.floats(width=32, allow_nan=False)


@given(st.floats(allow_nan=False), FLOATS)
def test_a_float32_is_at_most_the_threshold_when_at_most_the_cut(threshold: float, x: float) -> None:
    assert (x <= at_most(threshold)) == (x <= threshold)


def test_the_cut_is_below_a_threshold_whose_nearest_float32_is_above_it() -> None:
    assert at_most(float(np.nextafter(np.float32(2), np.float32(1))) + 2.0**-24 + 2.0**-25) < 2.0
    assert at_most(1e300) == float(np.finfo(np.float32).max) and at_most(-1e300) == -np.inf


def test_only_what_is_asked_for_becomes_a_column() -> None:
    plan = plan_quantiser([Number(3, 1, 0.5), Number(3, 1, 0.7), Number(3, 2, 0.5), Set(1, b"\x05")])
    assert plan.codes.columns == 3
    assert plan.places[Number(3, 1, 0.5)][0].column == plan.places[Number(3, 1, 0.7)][0].column
    assert len(plan.codes.searches) == 1 and plan.codes.shown[:, 0].tolist() == [1, 2]


def test_more_cuts_than_a_byte_tells_apart_are_several_columns() -> None:
    cuts = [Number(0, 0, float(cut)) for cut in range(600)]
    plan = plan_quantiser(cuts)
    assert [plan.places[cut][0].column for cut in (cuts[0], cuts[254], cuts[255], cuts[599])] == [0, 0, 1, 2]
    assert plan.codes.columns == 3


def test_few_levels_have_a_bit_each_and_many_are_looked_up_by_set() -> None:
    few, none = Set(0, b"\x01\x00\x80"), Set(0, b"\x01\x00\x80", left=False)
    plan = plan_quantiser([few, none])
    assert plan.codes.columns == 4  # 24 levels, and what is none of them
    assert plan.places[few] == (Place(0, 1), Place(2, -128))
    assert plan.places[none] == (Place(0, -2), Place(1, -1), Place(2, 127), Place(3, 1))
    many = Set(0, (1 << FEW_LEVELS).to_bytes(6, "little"))
    assert plan_quantiser([many, few]).codes.columns == 1
    assert sorted(place.test for (place,) in plan_quantiser([many, few]).places.values()) == [1, 2]


def test_what_would_not_fit_is_refused() -> None:
    with pytest.raises(Unsupported, match="levels"):
        plan_quantiser([Set(0, b"\x00" * (MOST_LEVELS // 8) + b"\x01")])
    with pytest.raises(Unsupported, match="fit"):
        plan_quantiser([Set(0, (mask | 1 << FEW_LEVELS).to_bytes(6, "little")) for mask in range(1, 1 << 16)])


def test_nothing_is_planned_of_nothing() -> None:
    assert plan_quantiser([]).codes.columns == 0
