import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from models.logistic import FittedLogistic, Logistic


def test_chances_of_a_known_truth_are_found(made_of: Any) -> None:
    rng = np.random.default_rng(3)
    x, kind = rng.normal(size=20_000), rng.integers(0, 2, 20_000)
    truth = expit(-0.5 + 1.2 * x - 0.8 * kind)
    data = made_of({"x": x, "kind": kind}, rng.random(20_000) < truth, categories=("kind",))
    assert np.abs(Logistic(1.0).fit(data).predict(data.features) - truth).mean() < 0.01


def test_a_bend_is_followed(made_of: Any) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=10_000)
    truth = expit(3 * np.abs(x) - 2)
    data = made_of({"x": x}, rng.random(10_000) < truth)
    assert np.abs(Logistic(1.0).fit(data).predict(data.features) - truth).mean() < 0.04


def test_without_bends_a_line_is_drawn_through_the_bend(made_of: Any) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=5_000)
    data = made_of({"x": x}, rng.random(5_000) < expit(3 * np.abs(x) - 2))
    straight = Logistic(1.0, bends=False, name="plain").fit(data)
    assert np.ptp(straight.predict(data.features)) < 0.2 < np.ptp(Logistic(1.0).fit(data).predict(data.features))


def test_beyond_everybody_seen_the_prediction_is_that_of_the_last(made_of: Any) -> None:
    """A number that grew since: the line says nothing of where nobody was."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, 2_000)
    fitted = Logistic(1.0).fit(made_of({"x": x}, rng.random(2_000) < expit(2 * x)))
    near, far = (fitted.predict(pd.DataFrame({"x": [x.min() * by, x.max() * by]})) for by in (1.0, 50.0))
    np.testing.assert_allclose(far, near, atol=1e-6)


def test_what_is_known_beforehand_is_not_learned_again(apart: Any) -> None:
    """Two elections two logits apart, of the same voters' differences, are as one election of the later's level."""
    told, one = apart(seed=1), apart(seed=1, gap=0.0)
    with_level, same_level = (Logistic(1.0).fit(data) for data in (told, replace(one, offset=None)))
    assert with_level.terms == same_level.terms
    assert with_level.intercept == pytest.approx(same_level.intercept, abs=0.1)
    assert with_level.coefficients[0] == pytest.approx(same_level.coefficients[0], abs=0.15)
    p, q = (fit.predict(told.features) for fit in (with_level, same_level))
    assert np.abs(p - q).mean() < 0.02
    ignorant = Logistic(1.0).fit(replace(told, offset=None)).predict(told.features)
    assert np.abs(ignorant - q).mean() > 0.1


def test_the_stronger_the_penalty_the_flatter(make: Any) -> None:
    data = make(2_000)
    loose, tight = (np.ptp(Logistic(c).fit(data).predict(data.features)) for c in (1.0, 1e-4))
    assert tight < loose / 3
    assert Logistic(0.5).name == "logistic"


def test_weights_count_among_each_other_only(make: Any) -> None:
    data = make()
    plain, heavy, tenfold = (
        Logistic(0.1).fit(replace(data, weight=weight)).predict(data.features)
        for weight in (data.weight, np.where(data.label == 1, 100.0, 1.0), 10 * data.weight)
    )
    assert heavy.mean() > plain.mean() + 0.2
    np.testing.assert_allclose(tenfold, plain)


def test_where_nothing_varies_the_rate_is_left(made_of: Any) -> None:
    data = made_of({"x": np.ones(300)}, np.arange(300) % 3 == 0)
    assert Logistic(1.0).fit(data).predict(data.features) == pytest.approx(np.full(300, 1 / 3), abs=1e-3)


def test_new_voters_are_told_apart_even_with_gaps_and_unknown_words(make: Any) -> None:
    new = make(4_000, seed=2)
    p = Logistic(0.5).fit(make(2_000)).predict(new.features)
    assert roc_auc_score(new.label, p) > 0.8
    strange = new.features.assign(party=np.float32(77), age=np.float32(np.nan))
    assert np.isfinite(Logistic(0.5).fit(make(2_000)).predict(strange)).all()


def test_what_was_learned_survives_json(make: Any) -> None:
    fitted, new = Logistic(0.5).fit(make()), make(seed=2).features
    again = FittedLogistic.from_json(json.loads(json.dumps(fitted.to_json())))
    np.testing.assert_array_equal(again.predict(new), fitted.predict(new))
