from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.weights import Weights, effective_size, weigh

VOCABULARY = {"party": ("DEM", "REP", "UNA"), "sex": ("F", "M")}


def people(rows: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {
        "age": np.where(rng.random(rows) < 0.03, np.nan, rng.uniform(18, 90, rows)),
        "sex": rng.integers(1, 3, rows),
        "party": rng.choice(3, rows, p=[0.4, 0.35, 0.25]) + 1,
        "votes_of_last_4": rng.integers(0, 5, rows),
    }
    return pd.DataFrame(columns).astype(np.float32)


def support(file: pd.DataFrame) -> Any:
    age = file["age"].fillna(50).to_numpy()
    return expit(2.0 * (file["party"] == 1).to_numpy() - 1.0 - 0.02 * (age - 50))


def reach(file: pd.DataFrame, rows: int, seed: int) -> tuple[pd.DataFrame, Any]:
    """Answers of supporters' kind of people, and what they said."""
    rng = np.random.default_rng([seed, 1])  # not the stream that drew the people
    pull = 1.2 * (file["party"] == 1).to_numpy() + 0.02 * file["age"].fillna(50).to_numpy()
    chosen = np.sort(np.argsort(-(pull + rng.gumbel(size=len(file))))[:rows])
    answered = file.iloc[chosen]
    return answered, (rng.random(rows) < support(answered)).astype(float)


def weigh_here(answered: pd.DataFrame, file: pd.DataFrame) -> Weights:
    return weigh(answered, file, categories=("sex", "party"), vocabulary=VOCABULARY)


def test_the_weighted_mean_is_closer_to_the_truth() -> None:
    closer = 0
    for seed in range(10):
        file = people(10_000, seed)
        answered, label = reach(file, 600, seed)
        weights, truth = weigh_here(answered, file), support(file).mean()
        told = weights.describe(label)
        closer += abs(told.weighted_mean - truth) < abs(told.unweighted_mean - truth)
        # But for the luck of 600 answers, it is the truth.
        assert abs(support(answered).mean() - truth) > 0.05
        assert abs(np.average(support(answered), weights=weights.weight) - truth) < 0.01
    assert closer >= 9


def test_the_margins_are_told_before_and_after() -> None:
    file = people(10_000)
    answered, label = reach(file, 600, 1)
    told = weigh_here(answered, file).describe(label)
    margins = {(margin.feature, margin.level): margin for margin in told.margins}
    party = margins["party", "DEM"]
    assert party.file == pytest.approx((file["party"] == 1).mean())
    assert party.answered == pytest.approx((answered["party"] == 1).mean()) and party.answered > party.file + 0.1
    assert party.weighted == pytest.approx(party.file, abs=1e-3)
    assert ("age", "unknown") in margins and ("votes in the newest four elections", "4") in margins
    assert ("party", "other") not in margins
    for feature in {margin.feature for margin in told.margins}:
        for shares in zip(
            *[(m.file, m.answered, m.weighted) for m in told.margins if m.feature == feature], strict=True
        ):
            assert sum(shares) == pytest.approx(1.0)
    assert told.gap < 1e-3


def test_what_the_weights_cost_is_told() -> None:
    file = people(10_000)
    answered, label = reach(file, 600, 1)
    weights = weigh_here(answered, file)
    told = weights.describe(label)
    assert told.rows == 600 and told.effective_size == pytest.approx(effective_size(weights.weight))
    assert 250 < told.effective_size < 600 and told.largest == weights.weight.max()
    assert told.unweighted_mean == label.mean()
    assert told.weighted_mean == pytest.approx(np.average(label, weights=weights.weight))
    assert told.low < told.weighted_mean < told.high


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(40):
        file = people(6_000, seed)
        answered, label = reach(file, 400, 100 + seed)
        told = weigh_here(answered, file).describe(label)
        covered += told.low <= support(file).mean() <= told.high
    assert covered >= 34


def test_kish() -> None:
    assert effective_size(np.ones(7)) == pytest.approx(7)
    assert effective_size(np.array([1.0, 3.0])) == pytest.approx(16 / 10)
    assert effective_size(np.array([1e-9, 1.0])) == pytest.approx(1)


def test_a_random_sample_keeps_its_worth() -> None:
    file = people(8_000)
    told = weigh_here(file.iloc[7_000:7_600], file).describe(np.ones(600))
    assert told.effective_size > 0.93 * 600
    assert told.weighted_mean == told.unweighted_mean == told.high == 1.0
    assert told.low == pytest.approx(1.0)


@pytest.mark.parametrize(
    "without", [[], ["party"], ["age", "votes_of_last_4"], ["age", "sex", "party", "votes_of_last_4"]]
)
@pytest.mark.parametrize("rows", [30, 300])
def test_few_answers_and_missing_columns(rows: int, without: list[str]) -> None:
    file = people(3_000)
    answered, label = reach(file, rows, 2)
    file[without], answered = np.nan, answered.copy()
    answered[without] = np.nan
    weights = weigh_here(answered, file)
    assert weights.weight.shape == (rows,) and weights.weight.min() > 0 and np.isfinite(weights.weight).all()
    assert weights.weight.mean() == pytest.approx(1.0)
    told = weights.describe(label)
    assert 0 <= told.low <= told.weighted_mean <= told.high <= 1
    if len(without) == 4:
        np.testing.assert_allclose(weights.weight, 1.0)
        assert told.margins == ()


def test_weights_are_in_the_order_of_the_rows_and_the_same_each_time() -> None:
    file = people(3_000)
    answered, _ = reach(file, 200, 3)
    weight = weigh_here(answered, file).weight
    np.testing.assert_array_equal(weight, weigh_here(answered, file).weight)
    turned = weigh_here(answered.iloc[::-1], file).weight
    np.testing.assert_allclose(turned[::-1], weight, rtol=1e-3)


def test_what_is_no_margin_is_weighed_by_too() -> None:
    rng = np.random.default_rng(5)
    file = people(8_000).assign(extra_income=rng.normal(50, 20, 8_000).astype(np.float32))
    keenness = file["extra_income"].to_numpy() / 20 + rng.gumbel(size=len(file))
    answered = file.iloc[np.sort(np.argsort(-keenness)[:600])]
    weights = weigh_here(answered, file)
    weighted = np.average(answered["extra_income"], weights=weights.weight)
    assert answered["extra_income"].mean() > 60 and weighted < 56
    assert {margin.feature for margin in weights.describe(np.ones(600)).margins} == {
        *("age", "sex", "party", "votes in the newest four elections")
    }


def test_precincts_are_margins_where_they_are_a_category() -> None:
    rng = np.random.default_rng(6)
    file = people(8_000).assign(precinct=rng.choice(3, 8_000, p=[0.5, 0.3, 0.2]).astype(np.float32) + 1)
    answered = file.iloc[np.sort(np.argsort(-(file["precinct"].to_numpy() + rng.gumbel(size=len(file))))[:600])]
    vocabulary = VOCABULARY | {"precinct": ("0101", "0102", "0103")}
    weights = weigh(answered, file, categories=("sex", "party", "precinct"), vocabulary=vocabulary)
    shares = [m for m in weights.describe(np.ones(600)).margins if m.feature == "precinct"]
    assert [margin.level for margin in shares] == ["0101", "0102", "0103"]
    assert shares[2].answered > 0.4 and shares[2].weighted == pytest.approx(shares[2].file, abs=1e-3)
