import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from models.calibration import to_logit
from models.metrics import (
    at_level,
    auc,
    auc_and_error,
    calibration_line,
    draw_curve,
    equal_bins,
    expected_calibration_error,
    row_losses,
    weighted_auc,
)

rng = np.random.default_rng(2)
P = rng.random(2_000).round(2).clip(0.01, 0.99)  # rounded, so that there are ties
Y = (rng.random(2_000) < P).astype(float)

scored = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 3)), min_size=4, max_size=40)


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


def test_bins_are_of_equal_count_from_the_lowest_scores_up() -> None:
    bins = equal_bins(P)
    assert np.bincount(bins).tolist() == [200] * 10
    assert all(P[bins == n].max() <= P[bins == n + 1].min() for n in range(9))


def test_level_aside_predictions_have_the_observed_mean() -> None:
    assert at_level(expit(to_logit(P) + 1.0), Y).mean() == pytest.approx(Y.mean())
    assert at_level(P, np.zeros(2_000)).max() < 0.01


def test_what_the_best_scores_reach_is_counted_and_ties_are_drawn_by_lot() -> None:
    p = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.1])
    label = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0])
    for order in (np.arange(6), np.arange(6)[::-1]):  # whatever the order of the rows
        curve = draw_curve(p[order], label[order], np.ones((6, 1)))
        reached = curve.reached(np.array([1 / 6, 4 / 6, 5 / 6, 1.0]))[:, 0]
        assert reached == pytest.approx([1 / 8, 1 / 2, 3 / 4, 1.0])


def test_a_row_that_counts_twice_is_two_rows() -> None:
    counts = np.random.default_rng(4).integers(0, 3, 2_000)
    found = draw_curve(P, Y, counts[:, None].astype(float)).reached(np.array([0.1, 0.5]))[:, 0]
    p, label = np.repeat(P, counts), np.repeat(Y, counts)
    assert found == pytest.approx(draw_curve(p, label, np.ones((len(p), 1))).reached(np.array([0.1, 0.5]))[:, 0])
    best = np.argsort(-p + 1e-9 * rng.random(len(p)))[: len(p) // 2]
    assert found[1] == pytest.approx(label[best].sum() / label.sum(), abs=0.01)


def test_the_error_of_an_auc_is_what_new_households_show_of_it() -> None:
    """Doors of four who are all alike tell as much as one of them."""
    found = []
    for seed in range(200):
        drawn = np.random.default_rng(seed)
        p = drawn.random(300)
        found.append(auc_and_error(p, (drawn.random(300) < p).astype(float), np.arange(300)))
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(), rel=0.15)
    assert auc_and_error(P, Y, np.arange(2_000))[0] == pytest.approx(roc_auc_score(Y, P))
    four, door = np.repeat(np.arange(2_000), 4), np.repeat(np.arange(2_000), 4)
    assert auc_and_error(P[four], Y[four], door)[1] == pytest.approx(auc_and_error(P, Y, np.arange(2_000))[1])
    assert np.isnan(auc_and_error(P, np.ones(2_000), np.arange(2_000))).all()
    assert auc(P, Y) == pytest.approx(auc_and_error(P, Y, np.arange(2_000))[0])
