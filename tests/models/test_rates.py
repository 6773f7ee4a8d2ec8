import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models import rates
from models.rates import SMOOTHING, FittedRate, Rate


def ask(fitted: FittedRate, *values: float) -> list[float]:
    column = fitted.feature or "any"
    return fitted.predict(pd.DataFrame({column: values}, dtype=np.float32)).tolist()


def test_without_a_feature_it_is_the_weighted_share(make: Any) -> None:
    data = make()
    heavy = replace(data, weight=np.where(data.label == 1, 3.0, 1.0))
    expected = 3 * data.label.sum() / (3 * data.label.sum() + (1 - data.label).sum())
    assert ask(Rate("base rate").fit(heavy), 1, np.nan) == pytest.approx([expected] * 2)


def test_a_number_is_smoothed_interpolated_and_held_at_the_ends(made_of: Any) -> None:
    label = np.r_[np.zeros(80), np.ones(80), np.ones(20), np.zeros(20)]
    fitted = Rate("votes", "v").fit(made_of({"v": np.repeat([0.0, 2.0, np.nan], [80, 80, 40])}, label))
    none, both = SMOOTHING * 0.5 / (80 + SMOOTHING), (80 + SMOOTHING * 0.5) / (80 + SMOOTHING)
    expected = [none, none, (none + both) / 2, both, both, 0.5]
    assert ask(fitted, -1, 0, 1, 2, 9, np.nan) == pytest.approx(expected)


def test_a_word_is_never_interpolated_and_one_not_seen_has_the_overall_rate(made_of: Any) -> None:
    label = np.r_[np.ones(100), np.zeros(300)]
    data = made_of({"party": np.repeat([1.0, 3.0], [100, 300])}, label, categories=("party",))
    first, unseen, third, missing = ask(Rate("party", "party").fit(data), 1, 2, 3, np.nan)
    assert first == pytest.approx((100 + SMOOTHING * 0.25) / (100 + SMOOTHING))
    assert third == pytest.approx(SMOOTHING * 0.25 / (300 + SMOOTHING))
    assert unseen == missing == 0.25


def test_missing_has_a_rate_of_its_own_and_weights_count(made_of: Any) -> None:
    data = made_of({"party": np.repeat([np.nan, 1.0], 100)}, np.r_[np.ones(100), np.zeros(100)])
    heavy = replace(data, weight=np.repeat([3.0, 1.0], 100))
    overall = 0.75
    assert ask(Rate("party", "party").fit(heavy), np.nan, 1) == pytest.approx(
        [(300 + SMOOTHING * overall) / (300 + SMOOTHING), SMOOTHING * overall / (100 + SMOOTHING)]
    )


def test_where_everything_is_missing_the_overall_rate_is_left(made_of: Any) -> None:
    fitted = Rate("votes", "v").fit(made_of({"v": [np.nan] * 4}, [1, 0, 0, 0]))
    assert ask(fitted, np.nan, 3.0) == [0.25, 0.25]


def test_what_is_known_beforehand_is_not_in_the_rate(apart: Any) -> None:
    told, one = apart(20_000, gap=1.0), replace(apart(20_000, gap=0.0), offset=None)
    for rule in (Rate("base rate"), Rate("four", "four")):
        p, q, ignorant = (rule.fit(d).predict(told.features) for d in (told, one, replace(told, offset=None)))
        assert np.abs(p - q).mean() < 0.025 < 0.08 < np.abs(ignorant - q).mean()


def test_each_value_is_freed_of_the_offset_of_its_own_rows(made_of: Any) -> None:
    """Whoever is only in the earlier election is not taken for one who seldom votes."""
    early = np.arange(4_000) < 2_000
    chance = np.where(early, expit(-2.0), 0.5)
    data = made_of({"v": early}, np.random.default_rng(1).random(4_000) < chance)
    p = ask(Rate("votes", "v").fit(replace(data, offset=np.where(early, -2.0, 0.0))), 0, 1)
    assert p == pytest.approx([0.5, 0.5], abs=0.05)


def test_certain_rates_stay_finite_beside_an_offset(made_of: Any) -> None:
    data = replace(made_of({"v": np.arange(40) % 2}, np.ones(40)), offset=np.full(40, 1.0))
    for rule in (Rate("base rate"), Rate("votes", "v")):
        p = np.array(ask(rule.fit(data), 0, 1, np.nan))
        assert ((p > 0.99) & (p < 1)).all()


def test_of_many_values_the_commonest_are_kept(made_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_CELLS", 2)
    data = made_of({"v": np.repeat([0.0, 1.0, 2.0], [50, 5, 60])}, np.arange(115) % 2)
    assert [value for value, _ in Rate("votes", "v").fit(data).rates] == [0.0, 2.0]


@pytest.mark.parametrize("rule", [Rate("base rate"), Rate("party", "party"), Rate("votes", "votes_of_last_4")])
def test_what_was_learned_survives_json(rule: Rate, make: Any) -> None:
    fitted, new = rule.fit(make()), make(seed=2).features
    again = FittedRate.from_json(json.loads(json.dumps(fitted.to_json())))
    assert again == fitted
    np.testing.assert_array_equal(again.predict(new), fitted.predict(new))
