import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from models.boosted import Boosted, FittedBoosted

SMALL = Boosted(trees=60, leaves=6, rate=0.1, smallest_leaf=20, threads=1)


def test_what_only_two_features_together_tell_is_learned(made_of: Any) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 3_000))
    data = made_of({"a": a, "b": b}, rng.random(3_000) < np.where((a > 0) == (b > 0), 0.9, 0.1))
    learn, judge = data.take(np.arange(2_000)), data.take(np.arange(2_000, 3_000))
    assert roc_auc_score(judge.label, SMALL.fit(learn).predict(judge.features)) > 0.8


def test_words_are_words_and_not_numbers(made_of: Any) -> None:
    """One tree of two leaves parts odd words from even ones, which no cut of their numbers does."""
    rng = np.random.default_rng(1)
    word = rng.integers(1, 9, 4_000)
    stump = replace(SMALL, trees=1, leaves=2, rate=1.0)
    auc = {}
    for categories in ((), ("word",)):
        data = made_of({"noise": rng.normal(size=4_000), "word": word}, word % 2, categories=categories)
        fit = stump.fit(data.take(np.arange(4_000)))
        auc[categories] = roc_auc_score(data.label, fit.predict(data.features))
    assert auc[()] < 0.7 and auc["word",] > 0.9


def test_columns_are_found_by_name(make: Any) -> None:
    data = make()
    fitted = SMALL.fit(data)
    turned = data.features[data.features.columns[::-1]]
    np.testing.assert_array_equal(fitted.predict(turned), fitted.predict(data.features))


@pytest.mark.parametrize("name", ["income, yearly", 'the "new" one', "band [k]", "a:b", "{x}", "größe"])
def test_a_column_may_be_called_anything(made_of: Any, name: str) -> None:
    rng = np.random.default_rng(1)
    data = made_of({name: np.arange(400) % 2, "n": rng.normal(size=400)}, np.arange(400) % 2, categories=(name,))
    assert roc_auc_score(data.label, SMALL.fit(data).predict(data.features)) == 1.0


def test_missing_values_are_learned_from_and_never_answered_with_nan(made_of: Any) -> None:
    x = np.where(np.arange(800) % 2 == 0, np.nan, np.random.default_rng(1).normal(size=800))
    data = made_of({"x": x}, np.arange(800) % 2 == 0)
    p = SMALL.fit(data).predict(data.features)
    assert p[::2].min() > 0.8 and p[1::2].max() < 0.2


def test_a_leaf_holds_enough_voters(make: Any) -> None:
    data = make(300)
    p = replace(SMALL, smallest_leaf=200).fit(data).predict(data.features)
    assert p == pytest.approx(np.full(300, data.label.mean()))


def test_what_is_known_beforehand_is_not_learned_again(apart: Any) -> None:
    told, one = apart(), replace(apart(gap=0.0), offset=None)
    p, q, ignorant = (SMALL.fit(d).predict(told.features) for d in (told, one, replace(told, offset=None)))
    assert np.abs(p - q).mean() < 0.03 < 0.1 < np.abs(ignorant - q).mean()


def test_an_offset_of_nothing_changes_nothing_even_where_few_are_positive(make: Any) -> None:
    """The trees start from the common rate with an offset too: they are not spent on finding it."""
    data = make(levels=(-4.0,))
    plain, told = (SMALL.fit(replace(data, offset=offset)) for offset in (None, np.zeros(len(data))))
    np.testing.assert_allclose(told.predict(data.features), plain.predict(data.features), rtol=1e-4)


def test_without_a_leaf_to_grow_the_rate_beside_the_offset_is_left(make: Any) -> None:
    data = replace(make(300), offset=np.full(300, 1.0))
    p = replace(SMALL, smallest_leaf=200).fit(data).predict(data.features)
    rate = data.label.mean()
    assert p == pytest.approx(np.full(300, expit(logit(rate) - 1.0)))


def test_weights_count_among_each_other_only(make: Any) -> None:
    data = make()
    plain, heavy, tenfold = (
        SMALL.fit(replace(data, weight=weight)).predict(data.features)
        for weight in (data.weight, np.where(data.label == 1, 100.0, 1.0), 10 * data.weight)
    )
    assert heavy.mean() > plain.mean() + 0.2
    np.testing.assert_allclose(tenfold, plain)


def test_trees_are_the_same_for_the_same_data_and_seed(make: Any) -> None:
    assert SMALL.fit(make()).text == SMALL.fit(make()).text
    assert SMALL.fit(make()).text != replace(SMALL, seed=2).fit(make()).text
    assert SMALL.name == "trees 60x6"


def test_what_was_learned_survives_json(make: Any) -> None:
    data, new = make(), make(seed=2).features
    fitted = SMALL.fit(replace(data, offset=np.full(len(data), 0.5)))
    again = FittedBoosted.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    np.testing.assert_array_equal(again.predict(new), fitted.predict(new))
