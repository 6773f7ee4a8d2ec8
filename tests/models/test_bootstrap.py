import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from models.bootstrap import (
    AT_ONCE,
    REPLICATES,
    auc_interval,
    calibration_interval,
    household_counts,
    interval,
    line_intervals,
    mean_interval,
    ranking_intervals,
    replicate_sums,
)
from models.calibration import to_logit
from models.metrics import at_level, auc, calibration_line, expected_calibration_error

rng = np.random.default_rng(2)
P = rng.random(2_000).round(2).clip(0.01, 0.99)  # rounded, so that there are ties
Y = (rng.random(2_000) < P).astype(float)
HOUSEHOLD = np.arange(2_000) // 2
EVERYBODY_ONCE = np.ones((2_000, 5), np.uint8)


def test_an_interval_over_draws_of_everybody_once_is_the_figure_itself() -> None:
    once = EVERYBODY_ONCE
    found = auc_interval(P, Y, once)
    assert (found.low, found.high) == (pytest.approx(found.value), pytest.approx(found.value))
    assert found.value == pytest.approx(roc_auc_score(Y, P)) == pytest.approx(auc(P, Y))
    mean = mean_interval(P, once)
    assert (mean.low, mean.value, mean.high) == pytest.approx((P.mean(),) * 3)


def test_the_bootstrap_draws_whole_households() -> None:
    counts = household_counts(HOUSEHOLD, seed=3)
    assert counts.shape == (2_000, REPLICATES)
    np.testing.assert_array_equal(counts[0::2], counts[1::2])
    assert counts.mean() == pytest.approx(1.0, abs=0.02) and counts.var() == pytest.approx(1.0, abs=0.05)
    assert (counts != household_counts(HOUSEHOLD, seed=4)).any()


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


def redraw(counts: np.ndarray) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


def test_sums_are_those_of_the_drawn_rows_for_every_replicate() -> None:
    counts = household_counts(HOUSEHOLD, 1)
    found = replicate_sums(np.column_stack([P, Y]), counts)
    assert found.shape == (2, REPLICATES)
    for number in (0, AT_ONCE - 1, AT_ONCE, REPLICATES - 1):
        rows = redraw(counts[:, number])
        assert found[:, number] == pytest.approx([P[rows].sum(), Y[rows].sum()])


def test_one_step_of_the_line_is_nearly_the_line_of_the_drawn_rows() -> None:
    counts = household_counts(HOUSEHOLD, 1)
    slope, intercept = line_intervals(P, Y, counts)
    fitted = np.array([calibration_line(P[rows], Y[rows]) for rows in map(redraw, counts.T)])
    for found, exact in zip((slope, intercept), fitted.T, strict=True):
        low, high = np.percentile(exact, [2.5, 97.5])
        assert (found.low, found.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))
    assert (slope.value, intercept.value) == calibration_line(P, Y)


def test_a_line_through_one_point_has_an_interval_that_is_finite() -> None:
    slope, intercept = line_intervals(np.full(2_000, 0.4), Y, household_counts(HOUSEHOLD, 1))
    assert np.isfinite([slope.low, slope.high, intercept.low, intercept.high]).all()


def test_tenths_from_the_best_down_reach_and_lift() -> None:
    area, reached, lifts = ranking_intervals(P, Y, household_counts(HOUSEHOLD, 1))
    assert area == auc_interval(P, Y, household_counts(HOUSEHOLD, 1))
    order = np.argsort(-P)
    assert reached[0].value == pytest.approx(Y[order[:200]].sum() / Y.sum(), abs=0.005)
    assert reached[-1].value == reached[-1].low == 1.0
    assert lifts[0].value == pytest.approx(reached[0].value * 10)
    assert lifts[9].value == pytest.approx((1 - reached[8].value) * 10)
    assert all(one.low <= one.value <= one.high for one in (*reached, *lifts))


def test_the_interval_of_a_calibration_error_holds_the_true_one() -> None:
    """Of perfect predictions the observed error is never zero; the interval must say that it may be."""
    held = too_wide = 0
    truly = expected_calibration_error(expit(to_logit(P) + 0.5), P)
    for seed in range(60):
        label = (np.random.default_rng(seed).random(2_000) < P).astype(float)
        counts = household_counts(HOUSEHOLD, seed)
        perfect, shifted = (
            calibration_interval(P, label, counts),
            calibration_interval(expit(to_logit(P) + 0.5), label, counts),
        )
        held += perfect.low == 0.0 and shifted.low <= truly <= shifted.high
        too_wide += shifted.low == 0.0
    assert held >= 57 and too_wide == 0
    assert perfect.value == pytest.approx(expected_calibration_error(P, label))


def test_with_the_level_known_an_error_of_the_level_leaves_no_noise() -> None:
    """Whole elections that turn out higher or lower are no error of a model whose level is stated."""
    counts = household_counts(HOUSEHOLD, 1)
    flat = at_level(np.full(2_000, 0.3), Y)
    known, unknown = (calibration_interval(flat, Y, counts, level_known=k) for k in (True, False))
    assert known.value == unknown.value
    assert known.high < unknown.high


def test_a_figure_that_no_replicate_has_is_not_a_number() -> None:
    found = interval(0.5, np.full(5, np.nan))
    assert found.value == 0.5 and np.isnan([found.low, found.high]).all()
    assert interval(0.5, np.array([np.nan, 0.4])).low == 0.4
    assert np.isnan(auc_interval(P, np.ones(2_000), EVERYBODY_ONCE).value)
