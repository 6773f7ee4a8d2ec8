import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from models.calibration import to_logit
from models.evaluation import (
    REPLICATES,
    Evaluation,
    at_level,
    auc,
    auc_interval,
    calibration_line,
    evaluate,
    expected_calibration_error,
    household_counts,
    mean_interval,
    row_losses,
    weighted_auc,
)

rng = np.random.default_rng(2)
P = rng.random(2_000).round(2).clip(0.01, 0.99)  # rounded, so that there are ties
Y = (rng.random(2_000) < P).astype(float)
HOUSEHOLD = np.arange(2_000) // 2

scored = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=4, max_size=40)


def judge(p: np.ndarray, label: np.ndarray, **rules: np.ndarray) -> Evaluation:
    return evaluate(p, label, np.arange(len(p)) // 2, rules=rules, judged_on="x", seed=1)


@settings(max_examples=60, deadline=None)
@given(scored)
def test_auc_is_scikit_learns_with_ties_and_weights(rows: list[tuple[int, bool, int]]) -> None:
    p, y, w = (np.array(column, float) for column in zip(*rows, strict=True))
    found = weighted_auc(p / 5, y, np.column_stack([w, np.ones(len(p))]))
    for ours, weight in zip(found, (w, np.ones(len(p))), strict=True):
        if len(set(y[weight > 0])) == 2:
            assert ours == pytest.approx(roc_auc_score(y, p, sample_weight=weight))
        else:
            assert np.isnan(ours)


def test_an_interval_over_draws_of_everybody_once_is_the_figure_itself() -> None:
    once = np.ones((2_000, 5), np.float32)
    found = auc_interval(P, Y, once)
    assert (found.low, found.high) == (pytest.approx(found.value), pytest.approx(found.value))
    assert found.value == pytest.approx(roc_auc_score(Y, P)) == pytest.approx(auc(P, Y))
    mean = mean_interval(P, once)
    assert (mean.low, mean.value, mean.high) == pytest.approx((P.mean(),) * 3)


def test_the_figures_are_scikit_learns() -> None:
    found = judge(P, Y, half=np.full(2_000, 0.5))
    assert (found.rows, found.positives, found.mean_score) == (2_000, Y.sum(), pytest.approx(P.mean()))
    assert found.auc.value == pytest.approx(roc_auc_score(Y, P))
    assert found.log_loss == pytest.approx(log_loss(Y, P))
    assert found.brier == pytest.approx(brier_score_loss(Y, P))
    assert found.rules["half"].log_loss == pytest.approx(np.log(2))
    assert found.rules["half"].gain.value == pytest.approx(np.log(2) - found.log_loss)
    assert found.rules["half"].gain.low > 0
    assert found.rules["half"].auc.value == 0.5
    assert found.auc.low < found.auc.value < found.auc.high


def test_a_rule_that_is_better_makes_the_gain_negative_and_is_compared_pair_by_pair() -> None:
    worse = expit(0.6 * to_logit(P))
    gain = judge(worse, Y, better=P).rules["better"].gain
    assert gain.value < 0 and gain.value == pytest.approx(log_loss(Y, P) - log_loss(Y, worse))
    assert gain.high - gain.low < 0.03  # of two such losses apart it would be several times as wide


def test_a_certain_and_wrong_score_costs_much_and_not_everything() -> None:
    np.testing.assert_allclose(
        row_losses(np.array([1.0, 0.0, 0.25]), np.array([0.0, 1.0, 1.0])), [-np.log(1e-6)] * 2 + [np.log(4)]
    )


@pytest.mark.parametrize(
    ("slope", "shift"), [(1.0, 0.0), (0.5, 0.7), (2.5, -1.0), (1.0, 6.0), (-1.0, 0.0), (-3.0, 4.0)]
)
def test_the_calibration_line_is_an_unpenalised_logistic_regression(slope: float, shift: float) -> None:
    """However far off the predictions are, or even if they run against the labels."""
    p = expit(slope * to_logit(P) + shift)
    kept = (p > 1e-5) & (p < 1 - 1e-5)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8).fit(to_logit(p[kept])[:, None], Y[kept])
    found = calibration_line(p[kept], Y[kept])
    assert found == pytest.approx((model.coef_[0][0], model.intercept_[0]), abs=1e-3)
    assert found[0] == pytest.approx(1 / slope, rel=0.15)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_a_line_through_one_point_or_to_perfect_order_stays_finite(rate: float) -> None:
    some = np.linspace(0.2, 0.8, 200)
    assert np.isfinite(calibration_line(np.full(200, 0.4), (np.arange(200) < 200 * rate).astype(float))).all()
    assert np.isfinite(calibration_line(some, (some > rate).astype(float))).all()


def test_calibration_error_is_the_distance_of_rates_in_ten_equal_bins() -> None:
    p = np.repeat(np.linspace(0.05, 0.95, 10), 100)
    label = np.tile(np.r_[np.ones(50), np.zeros(50)], 10)
    assert expected_calibration_error(p, label) == pytest.approx(np.abs(np.linspace(0.05, 0.95, 10) - 0.5).mean())
    order = np.random.default_rng(0).permutation(1_000)
    assert expected_calibration_error(p[order], label[order]) == pytest.approx(expected_calibration_error(p, label))
    assert expected_calibration_error(P, Y) < 0.04
    assert expected_calibration_error(np.array([0.2, 0.6]), np.array([0.0, 1.0])) == pytest.approx(0.3)


def test_level_aside_only_the_shape_is_left() -> None:
    shifted, bent = expit(to_logit(P) + 1.0), expit(4 * to_logit(P))
    assert at_level(shifted, Y).mean() == pytest.approx(Y.mean())
    found = judge(shifted, Y)
    assert found.ece > 0.1 and found.ece_at_level < 0.04
    assert judge(bent, Y).ece_at_level > 0.08
    assert at_level(P, np.zeros(2_000)).max() < 0.01


def test_the_bootstrap_draws_whole_households() -> None:
    counts = household_counts(HOUSEHOLD, seed=3)
    assert counts.shape == (2_000, REPLICATES)
    np.testing.assert_array_equal(counts[0::2], counts[1::2])
    assert counts.mean() == pytest.approx(1.0, abs=0.02) and counts.var() == pytest.approx(1.0, abs=0.05)
    assert (counts != household_counts(HOUSEHOLD, seed=4)).any()


def test_people_behind_one_door_who_are_alike_tell_less() -> None:
    p, y, door = np.repeat(P, 4), np.repeat(Y, 4), np.repeat(np.arange(2_000), 4)
    together, apart = (evaluate(p, y, h, rules={}, judged_on="x", seed=1).auc for h in (door, np.arange(8_000)))
    assert together.high - together.low == pytest.approx(2 * (apart.high - apart.low), rel=0.3)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    many = np.random.default_rng(9)
    p = np.tile(P, 50)
    truth = auc(p, (many.random(len(p)) < p).astype(float))
    covered = 0
    for seed in range(40):
        label = (np.random.default_rng(seed).random(2_000) < P).astype(float)
        found = auc_interval(P, label, household_counts(HOUSEHOLD, seed))
        covered += found.low <= truth <= found.high
    assert 34 <= covered <= 40


def test_an_evaluation_is_plain_json_and_the_same_for_the_same_seed() -> None:
    found = judge(P, Y, half=np.full(2_000, 0.5))
    assert json.loads(json.dumps(found.to_json()))["rules"]["half"]["auc"]["value"] == 0.5
    assert judge(P, Y, half=np.full(2_000, 0.5)) == found
