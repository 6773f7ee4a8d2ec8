"""TreeSHAP of groups of voters is LightGBM's TreeSHAP of each of them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import treeshap
from models.boosted import Boosted, FittedBoosted
from models.training_set import TrainingSet
from models.treeshap import explain_trees, read_splits


@pytest.fixture(scope="session")
def trees() -> FittedBoosted:
    """Numbers with gaps, a number without, and a category of many levels, of which some are new or missing."""
    rng = np.random.default_rng(1)
    features = draw(rng, 3_000)
    signal = np.nan_to_num(features["a"]) * (features["c"] % 3 == 1) + np.isnan(features["b"])
    label = (rng.random(3_000) < 1 / (1 + np.exp(-signal))).astype(float)
    frame = pd.DataFrame(features).astype(np.float32)
    data = TrainingSet(frame, label, np.ones(3_000), np.arange(3_000), np.zeros(3_000, np.int64), ("c",))
    return Boosted(trees=25, leaves=12, smallest_leaf=20, threads=1).fit(data)


def draw(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    gaps = rng.random((2, rows)) < 0.1
    return {
        "a": np.where(gaps[0], np.nan, rng.normal(size=rows)),
        "b": np.where(gaps[1], np.nan, rng.integers(-2, 3, rows)),
        "c": np.where(rng.random(rows) < 0.05, np.nan, rng.integers(0, 15, rows)),
        "d": rng.random(rows),
    }


def matrix(rows: int, seed: int) -> Any:
    return np.column_stack(list(draw(np.random.default_rng(seed), rows).values())).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 300), st.integers(0, 10_000))
def test_it_is_what_lightgbm_says_of_each_voter(trees: FittedBoosted, rows: int, seed: int) -> None:
    values = matrix(rows, seed)
    alone = trees.booster.predict(values, pred_contrib=True)[:, :-1]
    np.testing.assert_allclose(explain_trees(trees.booster, values, np.eye(4)), alone, atol=1e-12)


def test_topics_are_sums_of_columns(trees: FittedBoosted) -> None:
    values = matrix(200, 7)
    topics = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    alone = trees.booster.predict(values, pred_contrib=True)[:, :-1]
    np.testing.assert_allclose(explain_trees(trees.booster, values, topics), alone @ topics, atol=1e-12)


def test_values_at_a_threshold_and_beyond_all_levels_are_told_apart(trees: FittedBoosted) -> None:
    # Not at ±1e-35, which is LightGBM's zero and no value of a feature.
    numbers = [split for tree in read_splits(trees.booster) for split in tree if not split.levels]
    splits = [split for split in numbers if 1e-30 < abs(split.threshold) < 1e30]
    values = np.tile(matrix(1, 3), (2 * len(splits), 1))
    for row, split in enumerate(splits):
        exact = np.float32(split.threshold)
        values[2 * row, split.column], values[2 * row + 1, split.column] = exact, np.nextafter(exact, np.float32(9))
    values[:5, 2], values[5, 1] = (99, 14, np.nan, 0, 7), 0
    alone = trees.booster.predict(values, pred_contrib=True)[:, :-1]
    np.testing.assert_allclose(explain_trees(trees.booster, values, np.eye(4)), alone, atol=1e-12)


def test_a_tree_of_more_splits_than_bits_is_grouped_in_steps(
    trees: FittedBoosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = matrix(500, 5)
    expected = explain_trees(trees.booster, values, np.eye(4))
    monkeypatch.setattr(treeshap, "BITS_AT_ONCE", 3)
    np.testing.assert_array_equal(explain_trees(trees.booster, values, np.eye(4)), expected)


def test_nobody_has_no_contributions(trees: FittedBoosted) -> None:
    assert explain_trees(trees.booster, matrix(0, 1), np.eye(4)).shape == (0, 4)
