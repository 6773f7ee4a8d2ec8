import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.splits import fold_splits, forward_splits, household_folds

people = st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 1)), min_size=20, max_size=120)


@given(people, st.integers(0, 5))
def test_a_household_is_in_one_fold_whatever_the_order_of_rows(rows: list[tuple[int, int]], seed: int) -> None:
    household, label = (np.array(column) for column in zip(*rows, strict=True))
    folds = household_folds(household, label.astype(float), 5, seed)
    assert all(len(set(folds[household == door])) == 1 for door in set(household.tolist()))
    assert set(folds.tolist()) <= set(range(5))
    order = np.random.default_rng(0).permutation(len(rows))
    again = household_folds(household[order], label[order].astype(float), 5, seed)
    np.testing.assert_array_equal(again, folds[order])


def test_every_fold_has_its_share_of_both_sides() -> None:
    label = (np.arange(1_000) % 5 == 0).astype(float)
    folds = household_folds(np.arange(1_000), label, 10, 1)
    assert np.bincount(folds).tolist() == [100] * 10
    assert np.bincount(folds, weights=label).tolist() == [20.0] * 10


def test_even_a_rare_side_and_mixed_households_are_dealt_out() -> None:
    household = np.arange(400) // 2
    label = np.zeros(400)
    label[:40] = 1  # twenty doors of two
    label[40:60:2] = 1  # ten mixed doors
    folds = household_folds(household, label, 10, 3)
    assert np.bincount(folds, weights=label).tolist() == [5.0] * 10


def test_the_seed_deals_anew() -> None:
    label = (np.arange(1_000) % 2).astype(float)
    dealt = [household_folds(np.arange(1_000), label, 10, seed) for seed in (1, 2, 1)]
    np.testing.assert_array_equal(dealt[0], dealt[2])
    assert 0.8 < (dealt[0] != dealt[1]).mean() < 0.97


def test_each_fold_is_judged_once_by_the_others() -> None:
    judged = np.zeros(6)
    for learn, judge in fold_splits(np.array([0, 1, 2, 0, 1, 2])):
        np.testing.assert_array_equal(learn, ~judge)
        judged += judge
    assert judged.tolist() == [1] * 6


@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.sets(st.integers(1, 6)))
def test_an_era_is_judged_by_all_earlier_ones_and_never_by_a_later(eras: list[int], chosen: set[int]) -> None:
    era = np.array(eras)
    judged = sorted(set(eras) & chosen)
    splits = list(forward_splits(era, judged))
    assert [set(era[judge].tolist()) for _, judge in splits] == [{e} for e in judged]
    for learn, judge in splits:
        np.testing.assert_array_equal(learn, era < era[judge].min())
