import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from models.design import NumberTerm
from models.logistic import FittedLogistic, Logistic
from models.pooled import Pooled, part_numbers

TOWNS = 40


def draw_towns(made_of: Any, seed: int, rows: int, spread: float) -> Any:
    """Labels from logit = x + effect of the town; the effects, and the training set."""
    rng = np.random.default_rng(seed)
    town, x = rng.integers(0, TOWNS, rows), rng.normal(size=rows)
    effect = rng.normal(scale=spread, size=TOWNS)
    label = rng.random(rows) < expit(x + effect[town])
    return effect, made_of({"x": x, "town": town}, label, categories=("town",))


def coefficients(fitted: FittedLogistic, data: Any, feature: str) -> Any:
    (number,) = (i for i, term in enumerate(fitted.terms) if term.feature == feature)
    ends = np.cumsum([len(term.columns(np.zeros(1))[0]) for term in fitted.terms])
    return np.split(fitted.coefficients, ends[:-1])[number]


def test_columns_of_the_design_are_told_to_the_parts_of_their_terms(make: Any) -> None:
    fitted = Pooled().fit(make())
    group = part_numbers(fitted.terms)
    assert len(group) == len(fitted.coefficients)
    # a number: its line, its bends, the missing; party: three words and the rest; a count of five values: no bends
    assert np.bincount(group).tolist() == [1, 4, 1, 1, 4, 1, 4, 1, 1]


def test_a_category_that_says_nothing_is_shrunk_to_almost_nothing(made_of: Any) -> None:
    """Of 40 words that mean nothing, some seem to in any sample; a fit without pooling believes them."""
    sizes = []
    for seed in range(8):
        _, data = draw_towns(made_of, seed, 1_500, spread=0.0)
        fits = Pooled().fit(data), Logistic(1000.0).fit(data)
        sizes.append([np.sqrt(np.mean(coefficients(fit, data, "town")[:TOWNS] ** 2)) for fit in fits])
    pooled, believed = np.transpose(sizes)
    assert np.median(pooled) < 0.06 and pooled.max() < 0.15
    assert believed.min() > 0.25


def test_noise_vanishes_and_what_is_there_keeps_its_sign(make: Any) -> None:
    data = make(1_500)
    fitted = Pooled().fit(data)
    pooled, believed = (np.abs(coefficients(fit, data, "noise")).max() for fit in (fitted, Logistic(1000.0).fit(data)))
    assert pooled < 0.2 * believed
    zero, one, two, _ = coefficients(fitted, data, "party")
    assert one - zero > 1.0 and one - two > 1.0 and one > 0
    p = fitted.predict(data.features.assign(party=np.float32(0), age=np.float32(2), votes_of_last_4=np.float32(4)))
    q = fitted.predict(data.features.assign(party=np.float32(0), age=np.float32(-2), votes_of_last_4=np.float32(0)))
    assert p.min() > 0.8 and q.max() < 0.2


def test_a_few_answers_neither_turn_a_part_off_nor_let_it_loose(made_of: Any) -> None:
    """Of 60 answers some say by chance that towns are all alike, and some that they are worlds apart."""
    left = []
    for seed in range(8):
        _, data = draw_towns(made_of, seed, 60, spread=0.3)
        left.append(np.abs(coefficients(Pooled().fit(data), data, "town")).max())
    assert min(left) > 0.01 and max(left) < 0.5


def test_levels_are_pooled_as_much_as_they_should_be(made_of: Any) -> None:
    """Of an estimate pooled neither too much nor too little, the truth lies neither beyond nor before it: slope one."""
    slopes, closeness = [], []
    for seed in range(8):
        effect, data = draw_towns(made_of, seed, 3_000, spread=0.6)
        found = coefficients(Pooled().fit(data), data, "town")[:TOWNS]
        slopes.append(np.polyfit(found, effect, 1)[0])
        closeness.append(np.corrcoef(found, effect)[0, 1])
    assert np.mean(slopes) == pytest.approx(1.0, abs=0.1)
    assert min(closeness) > 0.8


def test_pooling_beats_a_ridge_on_many_small_levels(made_of: Any) -> None:
    gains = []
    for seed in range(6):
        _, whole = draw_towns(made_of, seed, 3_000, spread=0.3)
        learn, judge = whole.take(np.arange(600)), whole.take(np.arange(600, 3_000))
        losses = [log_loss(judge.label, r.fit(learn).predict(judge.features)) for r in (Logistic(10.0), Pooled())]
        gains.append(losses[0] - losses[1])
    assert np.mean(gains) > 0.005 and min(gains) > -0.002


def test_a_line_that_the_data_know_well_is_not_pooled(made_of: Any) -> None:
    rng = np.random.default_rng(1)
    x = (np.arange(20_000) % 4).astype(float)
    data = made_of({"x": x}, rng.random(20_000) < expit(x - 1.5))
    fitted = Pooled().fit(data)
    (term,) = fitted.terms
    assert isinstance(term, NumberTerm)
    plain = LogisticRegression(C=np.inf).fit(x[:, None], data.label)
    assert fitted.coefficients[0] / term.scale == pytest.approx(plain.coef_[0][0], rel=0.01)


def test_weights_count_among_each_other_only(make: Any) -> None:
    data = make()
    plain, heavy, tenfold = (
        Pooled().fit(replace(data, weight=weight)).predict(data.features)
        for weight in (data.weight, np.where(data.label == 1, 100.0, 1.0), 10 * data.weight)
    )
    assert heavy.mean() > plain.mean() + 0.2
    np.testing.assert_allclose(tenfold, plain)


def test_what_is_known_beforehand_is_not_learned_again(apart: Any) -> None:
    told, one = apart(), replace(apart(gap=0.0), offset=None)
    p, q, ignorant = (Pooled().fit(d).predict(told.features) for d in (told, one, replace(told, offset=None)))
    assert np.abs(p - q).mean() < 0.02 < 0.1 < np.abs(ignorant - q).mean()


def test_where_nothing_varies_the_rate_is_left(made_of: Any) -> None:
    data = made_of({"x": np.ones(300)}, np.arange(300) % 3 == 0)
    assert Pooled().fit(data).predict(data.features) == pytest.approx(np.full(300, 1 / 3), abs=1e-4)


def test_what_was_learned_survives_json(make: Any) -> None:
    fitted, new = Pooled().fit(make()), make(seed=2).features
    again = FittedLogistic.from_json(json.loads(json.dumps(fitted.to_json())))
    np.testing.assert_array_equal(again.predict(new), fitted.predict(new))
