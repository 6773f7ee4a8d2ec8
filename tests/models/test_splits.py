import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.splits import fold_splits, forward_splits, household_folds

rows = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1)), min_size=20, max_size=120)


@given(rows, st.integers(0, 5))
def test_a_household_is_in_one_fold_whatever_the_order_of_rows(people: list[tuple[int, int]], seed: int) -> None:
    household, label = (np.array(column) for column in zip(*people, strict=True))
    folds = household_folds(household, label.astype(float), 5, seed)
    assert all(len(set(folds[household == door])) == 1 for door in set(household.tolist()))
    order = np.random.default_rng(0).permutation(len(people))
    again = household_folds(household[order], label[order].astype(float), 5, seed)
    np.testing.assert_array_equal(again, folds[order])


def test_every_fold_has_its_share_of_both_sides() -> None:
    label = (np.arange(1_000) % 5 == 0).astype(float)
    folds = household_folds(np.arange(1_000), label, 10, 1)
    assert np.bincount(folds).tolist() == [100] * 10
    assert np.bincount(folds, weights=label).tolist() == [20.0] * 10
    assert (folds != household_folds(np.arange(1_000), label, 10, 2)).any()


def test_each_fold_is_judged_once_by_the_others() -> None:
    judged = np.zeros(6)
    for learn, judge in fold_splits(np.array([0, 1, 2, 0, 1, 2])):
        assert not (learn & judge).any() and (learn | judge).all()
        judged += judge
    assert judged.tolist() == [1] * 6


def test_an_era_is_judged_by_earlier_ones_only() -> None:
    era = np.array([0, 1, 2, 2, 1, 0])
    splits = list(forward_splits(era))
    assert [set(era[judge].tolist()) for _, judge in splits] == [{1}, {2}]
    assert [set(era[learn].tolist()) for learn, _ in splits] == [{0}, {0, 1}]
