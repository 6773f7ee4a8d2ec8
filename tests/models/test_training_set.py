from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.training_set import TrainingSet


@pytest.fixture
def data(make: Any) -> TrainingSet:
    made: TrainingSet = make(6, eras=3)
    return replace(made, weight=np.arange(1.0, 7.0), offset=np.arange(6) / 10)


def test_a_mask_keeps_its_rows_in_order(data: TrainingSet) -> None:
    kept = data.take(np.array([True, False, False, True, False, True]))
    assert kept.weight.tolist() == [1.0, 4.0, 6.0]
    assert len(kept) == 3 == len(kept.features)


def test_numbers_take_every_part_of_a_row_in_their_order(data: TrainingSet) -> None:
    numbers = np.array([5, 0, 0, 3])
    taken = data.take(numbers)
    for name in ("label", "weight", "household", "era", "offset"):
        np.testing.assert_array_equal(getattr(taken, name), getattr(data, name)[numbers])
    np.testing.assert_array_equal(taken.features.to_numpy(), data.features.to_numpy()[numbers])
    assert taken.categories == data.categories
    assert taken.elections == data.elections and len(data.elections) == 3


def test_rows_are_taken_by_place_whatever_they_are_called(data: TrainingSet) -> None:
    named = TrainingSet(
        data.features.set_axis([3, 2, 1, 0, 5, 4]), data.label, data.weight, data.household, data.era, ()
    )
    assert named.take(np.array([0])).features.index.tolist() == [3]


def test_nobody_may_be_taken(data: TrainingSet) -> None:
    assert len(data.take(np.zeros(6, bool))) == 0


def test_where_nothing_is_known_beforehand_the_offsets_are_nothing(data: TrainingSet) -> None:
    assert data.offsets is data.offset
    unknown = replace(data, offset=None)
    assert unknown.offsets.tolist() == [0.0] * 6
    assert unknown.take(np.array([1, 2])).offset is None
