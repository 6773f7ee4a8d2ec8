"""Raw scores are LightGBM's, bit for bit: every kind of fit and of value."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from models.forests import Forests, join_forests, read_forest

ROWS, FEATURES, WORD, RARE = 1_500, 6, 4, 5
ODD = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-36, 2e-35, 1e30, -1e30]
ODD_WORDS = [np.nan, -1.0, -0.5, 0.5, 2.7, 63.9, 64.0, 1e6, 2147483647.0, 2147483648.0, 1e20, np.inf, -np.inf]

FITS: dict[str, dict[str, Any]] = {
    "plain": {},
    "words": {"words": True},
    "words one by one": {"words": True, "max_cat_to_onehot": 100},
    "many words a side": {"words": True, "max_cat_threshold": 200, "cat_smooth": 0.1, "cat_l2": 0.0},
    "words alone": {"words": True, "feature_fraction": 0.34, "num_leaves": 12},
    "zero is missing": {"zero_as_missing": True},
    "zero is missing, words": {"zero_as_missing": True, "words": True},
    "missing is nothing": {"use_missing": False},
    "missing is nothing, words": {"use_missing": False, "words": True},
    "no gaps in training": {"gaps": False},
    "no gaps in training, words": {"gaps": False, "words": True},
    "zero is missing, no gaps": {"gaps": False, "zero_as_missing": True},
    "two leaves": {"num_leaves": 2},
    "three leaves": {"num_leaves": 3},
    "eight leaves": {"num_leaves": 8},
    "nine leaves": {"num_leaves": 9, "words": True},
    "sixty-four leaves": {"num_leaves": 64},
    "255 leaves": {"num_leaves": 255, "min_data_in_leaf": 1, "rounds": 4},
    "256 leaves": {"num_leaves": 256, "min_data_in_leaf": 1, "rounds": 4, "words": True},
    "one leaf": {"min_data_in_leaf": ROWS},
    "one leaf, then more": {"after": True, "words": True},
    "deep and thin": {"num_leaves": 60, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0.0, "extra_trees": True},
    "more than 255 cuts": {"max_bin": 2_000, "min_data_in_bin": 1, "num_leaves": 63, "rounds": 40, "extra_trees": True},
    "more than 255 cuts, zero is missing": {
        "max_bin": 2_000,
        "min_data_in_bin": 1,
        "rounds": 60,
        "zero_as_missing": True,
    },
    "dart": {"boosting": "dart", "drop_rate": 0.5},
    "goss": {"data_sample_strategy": "goss", "learning_rate": 0.5},
    "bagging": {"bagging_fraction": 0.5, "bagging_freq": 1, "feature_fraction": 0.5},
    "weights": {"weight": True, "words": True},
    "regression": {"objective": "regression", "words": True},
    "counts": {"objective": "poisson"},
    "absolute": {"objective": "l1"},
    "monotone": {"monotone_constraints": [1, 0, 0, 0, 0, 0]},
    "one tree": {"rounds": 1},
    "seven trees": {"rounds": 7},
    "sixteen trees": {"rounds": 16, "words": True},
    "a start": {"start": True},
}


def draw(rows: int, seed: int = 1, gaps: bool = True) -> Any:
    """Numbers of several kinds; the last two columns are words by number, the last of a hundred levels."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, FEATURES)).astype(np.float32)
    values[:, 1] = np.round(values[:, 1] * 2)
    values[:, 2] = np.exp(3 * values[:, 2])
    values[:, WORD] = rng.integers(0, 40, rows)
    values[:, RARE] = rng.integers(0, 100, rows)
    if gaps:
        values[rng.random(values.shape) < 0.1] = np.nan
    values[rng.random(rows) < 0.3, 3] = 0.0
    return values


def strange(rows: int = 2_000) -> Any:
    rng, values = np.random.default_rng(7), draw(rows, 2)
    odd = rng.random(values.shape) < 0.2
    values[odd] = rng.choice(np.array(ODD, np.float32), odd.sum())
    for column in (WORD, RARE):
        values[:, column] = np.where(rng.random(rows) < 0.3, rng.choice(ODD_WORDS, rows), values[:, column])
    return values


def fit(
    *,
    words: bool = False,
    gaps: bool = True,
    weight: bool = False,
    start: bool = False,
    after: bool = False,
    rounds: int = 12,
    **more: Any,
) -> lgb.Booster:
    values, rng = draw(ROWS, 1, gaps), np.random.default_rng(3)
    known = np.nan_to_num(values)
    score = known[:, 0] * 2 + known[:, 1] * known[:, 3] + (known[:, WORD] % 3 == 1) + (known[:, RARE] % 7 == 2) - 1
    label = (rng.random(ROWS) < 1 / (1 + np.exp(-score))).astype(float)
    data = lgb.Dataset(
        values,
        label,
        weight=rng.random(ROWS) if weight else None,
        init_score=rng.normal(size=ROWS) if start else None,
        categorical_feature=[WORD, RARE] if words else [],
        free_raw_data=False,
    )
    settings = {"objective": "binary", "num_leaves": 20, "min_data_in_leaf": 5, "min_data_per_group": 5, "seed": 1}
    settings["feature_pre_filter"] = False
    settings |= {"num_threads": 1, "verbose": -1, **more}
    before = lgb.train({**settings, "min_data_in_leaf": ROWS}, data, 1) if after else None
    return lgb.train(settings, data, rounds, init_model=before)


def forests(*boosters: lgb.Booster) -> Forests:
    return join_forests([read_forest(booster.model_to_string(), range(FEATURES)) for booster in boosters])


def by_lightgbm(booster: lgb.Booster, values: Any) -> Any:
    return booster.predict(values, raw_score=True, num_threads=1)


def assert_same_bits(found: Any, expected: Any) -> None:
    assert found.dtype == expected.dtype == np.float64
    np.testing.assert_array_equal(found.view(np.int64), expected.view(np.int64))


@pytest.mark.parametrize("name", FITS)
def test_raw_scores_are_those_of_lightgbm(name: str) -> None:
    booster, values = fit(**FITS[name]), strange()
    assert_same_bits(forests(booster).score(values.T.copy())[0], by_lightgbm(booster, values))


def test_the_fits_are_what_they_are_called() -> None:
    leaves = {name: max(map(len, forests_of(name))) for name in ("255 leaves", "256 leaves", "one leaf")}
    assert leaves == {"255 leaves": 255, "256 leaves": 256, "one leaf": 1}
    assert [len(values) for values in forests_of("one leaf, then more")][:2] == [1, 20]
    for name, rules in (("plain", {1, 2}), ("zero is missing", {3, 4}), ("missing is nothing", {0})):
        assert set(forests(fit(**FITS[name])).codes.shown[:, 0]) == rules
    many = forests(fit(**FITS["more than 255 cuts"])).codes.searches[:, 0]
    assert len(set(many)) < len(many)
    assert len(forests(fit(**FITS["many words a side"])).codes.lookups) == 2


def forests_of(name: str) -> list[tuple[float, ...]]:
    return [tree.values for tree in read_forest(fit(**FITS[name]).model_to_string(), range(FEATURES))]


def test_several_forests_share_a_quantisation() -> None:
    boosters = [fit(**FITS[name]) for name in ("words", "zero is missing", "more than 255 cuts", "one leaf", "dart")]
    values = strange()
    found = forests(*boosters).score(values.T.copy())
    for raw, booster in zip(found, boosters, strict=True):
        assert_same_bits(raw, by_lightgbm(booster, values))


@pytest.mark.parametrize("rows", [0, 1, 2, 255, 256, 257, 511, 513])
def test_a_score_does_not_depend_on_how_many_are_scored(rows: int) -> None:
    both, values = forests(fit(**FITS["words"]), fit(rounds=9)), strange().T
    whole = both.score(values.copy())
    assert_same_bits(both.score(values[:, 100 : 100 + rows].copy()), whole[:, 100 : 100 + rows].copy())


def test_threads_do_not_disturb_each_other() -> None:
    both, values = forests(fit(**FITS["words"]), fit(rounds=30)), strange(20_000).T
    whole = both.score(values.copy())
    ranges = [slice(start, start + 1_000) for start in range(0, 20_000, 1_000)]
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda rows: both.score(values[:, rows].copy()), ranges))
    assert_same_bits(np.concatenate(parts, axis=1), whole)


def test_features_of_the_model_are_found_in_the_matrix() -> None:
    booster, values = fit(**FITS["words"]), strange()
    moved = np.concatenate([np.full((2, len(values)), 5, np.float32), values.T[::-1]])
    trees = read_forest(booster.model_to_string(), [len(moved) - 1 - feature for feature in range(FEATURES)])
    assert_same_bits(join_forests([trees]).score(moved)[0], by_lightgbm(booster, values))


def test_thousands_of_levels() -> None:
    rng = np.random.default_rng(1)
    word = rng.integers(0, 5_000, 20_000).astype(np.float32)
    data = lgb.Dataset(word[:, None], word % 7 == 3, categorical_feature=[0], params={"max_bin": 6_000})
    settings = {"max_cat_threshold": 2_000, "min_data_per_group": 1, "cat_smooth": 0.1, "verbose": -1}
    booster = lgb.train({"objective": "binary", "num_threads": 1, "max_bin": 6_000, **settings}, data, 5)
    forest = join_forests([read_forest(booster.model_to_string(), [0])])
    assert forest.codes.lookups[0, 1] > 4_000
    assert_same_bits(forest.score(word[None])[0], by_lightgbm(booster, word[:, None]))
