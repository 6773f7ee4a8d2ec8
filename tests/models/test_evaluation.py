import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from models.calibration import to_logit
from models.evaluation import (
    at_level,
    auc,
    calibration_line,
    evaluate,
    expected_calibration_error,
    household_counts,
    weighted_auc,
)

rng = np.random.default_rng(2)
P = rng.random(2_000).round(2).clip(0.01, 0.99)  # rounded, so that there are ties
Y = (rng.random(2_000) < P).astype(float)
HOUSEHOLD = np.arange(2_000) // 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=4, max_size=40))
def test_auc_is_scikit_learns_with_ties_and_weights(rows: list[tuple[int, bool, int]]) -> None:
    p, y, w = (np.array(column, float) for column in zip(*rows, strict=True))
    if len(set(y[w > 0])) == 2:
        ours = weighted_auc(p / 5, y, w[:, None])[0]
        assert ours == pytest.approx(roc_auc_score(y, p, sample_weight=w))


def test_the_figures_are_scikit_learns() -> None:
    found = evaluate(P, Y, HOUSEHOLD, rules={"half": np.full(2_000, 0.5)}, judged_on="x", seed=1)
    assert found.auc.value == pytest.approx(roc_auc_score(Y, P))
    assert found.log_loss == pytest.approx(log_loss(Y, P))
    assert found.brier == pytest.approx(brier_score_loss(Y, P))
    assert found.rules["half"].gain.value == pytest.approx(np.log(2) - found.log_loss)
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.rules["half"].gain.low > 0
    assert found.rules["half"].auc.value == 0.5


def test_the_calibration_line_is_an_unpenalised_logistic_regression() -> None:
    skewed = 1 / (1 + np.exp(-(0.5 * to_logit(P) + 0.7)))
    model = LogisticRegression(C=np.inf).fit(to_logit(skewed)[:, None], Y)
    slope, intercept = calibration_line(skewed, Y)
    assert slope == pytest.approx(model.coef_[0][0], abs=1e-3)
    assert intercept == pytest.approx(model.intercept_[0], abs=1e-3)
    assert slope == pytest.approx(2 * calibration_line(P, Y)[0], abs=1e-3)


def test_calibration_error_is_the_distance_of_rates_in_ten_equal_bins() -> None:
    p = np.repeat(np.linspace(0.05, 0.95, 10), 100)
    label = np.tile(np.r_[np.ones(50), np.zeros(50)], 10)
    assert expected_calibration_error(p, label) == pytest.approx(np.abs(np.linspace(0.05, 0.95, 10) - 0.5).mean())
    assert expected_calibration_error(P, Y) < 0.04


def test_level_aside_only_the_shape_is_left() -> None:
    shifted = 1 / (1 + np.exp(-(to_logit(P) + 1.0)))
    assert expected_calibration_error(shifted, Y) > 0.1
    assert at_level(shifted, Y).mean() == pytest.approx(Y.mean())
    assert expected_calibration_error(at_level(shifted, Y), Y) < 0.04


def test_the_bootstrap_draws_whole_households() -> None:
    counts = household_counts(HOUSEHOLD, seed=3)
    np.testing.assert_array_equal(counts[0::2], counts[1::2])
    assert counts.mean() == pytest.approx(1.0, abs=0.02)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    many = np.random.default_rng(9)
    p = np.tile(P, 50)
    truth = auc(p, (many.random(len(p)) < p).astype(float))
    covered = 0
    for seed in range(40):
        label = (np.random.default_rng(seed).random(2_000) < P).astype(float)
        found = evaluate(P, label, HOUSEHOLD, rules={}, judged_on="x", seed=seed).auc
        covered += found.low <= truth <= found.high
    assert covered >= 33
