"""A run's models in one pass: the bits of each model's own prediction, and what it does not do is left to LightGBM."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from data.errors import InputError
from models.boosted import Boosted, FittedBoosted
from models.calibration import Line
from models.fast_scorer import FastScorer
from models.forests import Forests
from models.logistic import Logistic
from models.model import PropensityModel
from models.pooled import Pooled
from models.rates import Rate

TREES = Boosted(trees=20, leaves=12, rate=0.1, smallest_leaf=10, threads=1)


def blend(outcome: str, data: Any, *recipes: Any, line: Line) -> PropensityModel:
    members = tuple((1 / (2 + number), recipe.fit(data)) for number, recipe in enumerate(recipes))
    return PropensityModel(outcome, tuple(data.features.columns), members, line, {})


@pytest.fixture
def models(make: Any) -> dict[str, PropensityModel]:
    turnout = blend("turnout", make(), TREES, Logistic(0.5), Rate("party", "party"), line=Line(0.9, 0.1))
    support = blend("support", make(seed=5), Pooled(), replace(TREES, seed=2), TREES, Rate("base"), line=Line())
    return {"turnout": turnout, "support": support, "rule": blend("rule", make(), Rate("age", "age"), line=Line(1.1))}


@pytest.fixture
def new(make: Any) -> pd.DataFrame:
    """As `build_features` gives them, with gaps and strange values."""
    values = make(5_000, seed=2).features.to_numpy().T.copy()
    rng = np.random.default_rng(4)
    odd = np.array([np.nan, np.inf, -np.inf, 0, -1, 0.5, 77, 1e10], np.float32)
    values = np.where(rng.random(values.shape) < 0.1, rng.choice(odd, values.shape), values)
    return pd.DataFrame(values.T, columns=["age", "noise", "party", "votes_of_last_4"])


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for name, p in found.items():
        assert p.dtype == np.float64
        np.testing.assert_array_equal(p.view(np.int64), expected[name].view(np.int64))


def own(models: dict[str, PropensityModel], features: pd.DataFrame, by: Any = None) -> dict[str, Any]:
    return {name: model.predict(features, (by or {}).get(name, 0.0)) for name, model in models.items()}


def test_every_model_predicts_as_by_itself(models: Any, new: pd.DataFrame) -> None:
    scorer = FastScorer.build(models, new[:300])
    assert scorer.warnings == () and len(scorer.forest) == 3
    assert_same(scorer.predict(new, {}), own(models, new))


def test_levels_of_areas_move_voters(models: Any, new: pd.DataFrame) -> None:
    by = {"turnout": np.random.default_rng(1).normal(size=len(new)), "support": -0.3, "rule": 0.0}
    assert_same(FastScorer.build(models, new[:300]).predict(new, by), own(models, new, by))


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 1_025])
def test_the_bits_are_the_same_whatever_the_rows(models: Any, new: pd.DataFrame, rows: int) -> None:
    scorer = FastScorer.build(models, new[:300])
    part = {name: p[70 : 70 + rows] for name, p in scorer.predict(new, {}).items()}
    assert_same(scorer.predict(new[70 : 70 + rows], {}), part)
    assert_same(own(models, new[70 : 70 + rows]), part)


def test_any_frame_will_do(models: Any, new: pd.DataFrame) -> None:
    scorer, rows = FastScorer.build(models, new[:300]), np.random.default_rng(1).permutation(len(new))
    shuffled = new.iloc[rows]
    assert_same(scorer.predict(shuffled, {}), own(models, shuffled))
    exact = new.astype(np.float64) + 1e-9
    assert_same(scorer.predict(exact, {}), own(models, exact))
    mixed = new.assign(party=new["party"].astype(np.float64))
    assert_same(scorer.predict(mixed, {}), own(models, mixed))


def test_threads_may_share_a_scorer(models: Any, new: pd.DataFrame) -> None:
    scorer = FastScorer.build(models, new[:300])
    starts = range(0, len(new), 250)
    with ThreadPoolExecutor(4) as threads:
        parts = list(threads.map(lambda start: scorer.predict(new[start : start + 250], {}), starts))
    assert_same({name: np.concatenate([part[name] for part in parts]) for name in models}, own(models, new))


def test_other_columns_than_those_of_training_are_refused(models: Any, new: pd.DataFrame) -> None:
    scorer = FastScorer.build(models, new[:300])
    for frame in (new.drop(columns="age"), new[new.columns[::-1]], new.assign(shoe_size=1)):
        with pytest.raises(InputError):
            scorer.predict(frame, {})
        with pytest.raises(InputError):
            FastScorer.build(models, frame)


def test_a_sample_may_be_empty(models: Any, new: pd.DataFrame) -> None:
    assert_same(FastScorer.build(models, new[:0]).predict(new, {}), own(models, new))


def other(data: Any, **settings: Any) -> FittedBoosted:
    dataset = lgb.Dataset(data.features, data.label, params={"linear_tree": settings.get("linear_tree", False)})
    booster = lgb.train({"objective": "binary", "verbose": -1, "num_threads": 1, **settings}, dataset, 3)
    return FittedBoosted(tuple(data.features.columns), booster.model_to_string(), 0.0)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"linear_tree": True}, "linear"),
        ({"num_leaves": 400, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0.0}, "more than 256 leaves"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averaged"),
    ],
    ids=["linear", "leaves", "forest"],
)
def test_what_is_not_done_is_left_to_lightgbm(
    models: Any, make: Any, new: pd.DataFrame, settings: Any, reason: str
) -> None:
    turnout = models["turnout"]
    models["turnout"] = replace(turnout, members=(*turnout.members, (0.1, other(make(900), **settings))))
    scorer = FastScorer.build(models, new[:300])
    (warning,) = scorer.warnings
    assert reason in warning and "turnout" in warning
    assert len(scorer.forest) == 3
    assert_same(scorer.predict(new, {}), own(models, new))


def test_a_corrupted_table_is_found_and_left_to_lightgbm(
    models: Any, new: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Forests.score

    def wrong(self: Forests, features: Any) -> Any:
        raw = right(self, features)
        if len(raw) == 3:
            raw[1, -1] = np.nextafter(raw[1, -1], 9)
        return raw

    monkeypatch.setattr(Forests, "score", wrong)
    scorer = FastScorer.build(models, new[:300])
    (warning,) = scorer.warnings
    assert "support" in warning and "differ" in warning and len(scorer.forest) == 2
    assert_same(scorer.predict(new, {}), own(models, new))


@pytest.mark.parametrize("table", ["tests", "clears", "columns", "values", "runs"])
def test_a_wrong_number_in_a_table_is_noticed(models: Any, new: pd.DataFrame, table: str) -> None:
    scorer = FastScorer.build(models, new[:300])
    trees = scorer.forests.trees
    damaged = getattr(trees, table).copy()
    place = (0, 1) if table == "runs" else 0
    damaged[place] = damaged[place] - 1 if table == "runs" else -damaged[place] - 2 if table != "columns" else 1
    assert scorer.differing(new[:0]) == set()
    broken = replace(scorer, forests=Forests(scorer.forests.codes, trees._replace(**{table: damaged})))
    assert len(broken.differing(new[:0])) == 1
