"""What every recipe promises: it learns what is there, and what it learned survives being written down."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from models.boosted import Boosted
from models.design import CategoryTerm, NumberTerm, lay_out, plan_terms
from models.gates import BASE_RATE
from models.logistic import Logistic
from models.model import KINDS
from models.pooled import Pooled, term_groups
from models.rates import Rate
from models.training_set import TrainingSet

RECIPES = [
    Logistic(0.5),
    Pooled(),
    Boosted(trees=60, leaves=4, smallest_leaf=10, threads=1),
    Rate("party", "party"),
    Rate("votes", "votes_of_last_4"),
    Rate(BASE_RATE),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_what_was_learned_survives_json(recipe: Any, make: Any) -> None:
    fitted, new = recipe.fit(make()), make(seed=2).features
    again = KINDS[fitted.kind].from_json(json.loads(json.dumps(fitted.to_json())))
    np.testing.assert_array_equal(again.predict(new), fitted.predict(new))
    assert np.isfinite(fitted.predict(new)).all()


@pytest.mark.parametrize("recipe", RECIPES[:3], ids=lambda recipe: recipe.name)
def test_a_model_finds_what_is_there(recipe: Any, make: Any) -> None:
    new = make(4_000, seed=2)
    p = recipe.fit(make(2_000)).predict(new.features)
    assert roc_auc_score(new.label, p) > 0.8
    assert p.mean() == pytest.approx(new.label.mean(), abs=0.05)


@pytest.mark.parametrize("recipe", RECIPES[:5], ids=lambda recipe: recipe.name)
def test_weights_count(recipe: Any, make: Any) -> None:
    data = make()
    heavy = replace(data, weight=np.where(data.label == 1, 100.0, 1.0))
    assert recipe.fit(heavy).predict(data.features).mean() > recipe.fit(data).predict(data.features).mean() + 0.2


def test_a_rate_is_smoothed_interpolated_and_held_at_the_ends() -> None:
    votes = np.repeat([0.0, 2.0, np.nan], [80, 80, 40])
    features = pd.DataFrame({"v": votes}, dtype=np.float32)
    label = np.r_[np.zeros(80), np.ones(80), np.ones(20), np.zeros(20)]
    data = TrainingSet(features, label, np.ones(200), np.arange(200), np.zeros(200, int), ())
    rate = Rate("votes", "v").fit(data)
    none, both = (0 + 20 * 0.5) / 100, (80 + 20 * 0.5) / 100
    found = rate.predict(pd.DataFrame({"v": [0, 1, 2, 9, np.nan]}, dtype=np.float32))
    np.testing.assert_allclose(found, [none, (none + both) / 2, both, both, 0.5])


def test_a_word_that_was_never_seen_has_the_overall_rate(make: Any) -> None:
    data = make()
    fitted = Rate("party", "party").fit(data)
    unseen = pd.DataFrame({"party": [99.0]}, dtype=np.float32)
    assert fitted.predict(unseen).item() == pytest.approx(data.label.mean())


def test_pooling_lets_noise_vanish_and_keeps_what_is_there(make: Any) -> None:
    fitted = Pooled().fit(make(1_500))
    group = term_groups(fitted.terms, make(1_500))
    size = {t.feature: np.abs(fitted.coefficients[group == i]).max() for i, t in enumerate(fitted.terms)}
    assert size["noise"] < 0.1 < size["party"]
    assert fitted.coefficients[0] > 0.5  # age, the first term


def test_pooling_beats_a_ridge_on_many_small_levels() -> None:
    gains = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        towns, x = rng.integers(0, 40, 3_000), rng.normal(size=3_000)
        effect = rng.normal(scale=0.3, size=40)
        label = (rng.random(3_000) < 1 / (1 + np.exp(-(x + effect[towns])))).astype(float)
        features = pd.DataFrame({"x": x, "town": towns}, dtype=np.float32)
        whole = TrainingSet(features, label, np.ones(3_000), np.arange(3_000), np.zeros(3_000, int), ("town",))
        learn, judge = whole.take(np.arange(600)), whole.take(np.arange(600, 3_000))
        losses = [log_loss(judge.label, r.fit(learn).predict(judge.features)) for r in (Logistic(10.0), Pooled())]
        gains.append(losses[0] - losses[1])
    assert np.mean(gains) > 0.005 and min(gains) > -0.002


def test_a_design_has_no_missing_value_and_leaves_out_what_never_varies() -> None:
    features = pd.DataFrame({"n": [1.0, np.nan, 3.0, 4.0], "same": 1.0, "c": [1, 2, 2, np.nan]}, dtype=np.float32)
    data = TrainingSet(features, np.ones(4), np.ones(4), np.arange(4), np.zeros(4, int), ("c",))
    terms = plan_terms(data)
    assert [type(t) for t in terms] == [NumberTerm, CategoryTerm]
    design = lay_out(terms, pd.DataFrame({"n": [np.nan, 2.0], "same": 1.0, "c": [np.nan, 9.0]}, dtype=np.float32))
    assert np.isfinite(design).all()
    assert design[0, 0] == 0 and design[0, 1] == 1  # a missing number: no value, but its indicator


def test_trees_are_the_same_for_the_same_data_and_seed(make: Any) -> None:
    recipe = RECIPES[2]
    assert recipe.fit(make()).text == recipe.fit(make()).text
