from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from models import ridge
from models.ridge import UNPENALISED, fit_penalised, fit_ridge


def draw(rows: int = 500, columns: int = 4, *, seed: int = 1) -> tuple[Any, Any, Any]:
    """A design, labels of a known truth and uneven weights."""
    rng = np.random.default_rng(seed)
    design, truth = rng.normal(size=(rows, columns)), rng.normal(size=columns)
    label = (rng.random(rows) < expit(design @ truth + 0.5)).astype(float)
    return design, label, rng.uniform(0.2, 3.0, rows)


def with_intercept(design: Any, strength: float) -> tuple[Any, Any]:
    full = np.column_stack([design, np.ones(len(design))])
    return full, np.append(np.full(design.shape[1], 1 / strength), UNPENALISED)


@given(st.integers(0, 50), st.sampled_from([0.001, 0.1, 1.0, 100.0]), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_it_is_the_ridge_regression_of_scikit_learn(seed: int, strength: float, columns: int) -> None:
    design, label, weight = draw(200, columns, seed=seed)
    theirs = LogisticRegression(C=strength, tol=1e-10, max_iter=5_000).fit(design, label, sample_weight=weight)
    intercept, coefficients = fit_ridge(design, label, weight, np.zeros(200), strength)
    np.testing.assert_allclose(coefficients, theirs.coef_[0], rtol=1e-3, atol=1e-4)
    assert intercept == pytest.approx(theirs.intercept_[0], rel=1e-3, abs=1e-3)


def test_an_offset_is_a_column_whose_coefficient_is_one() -> None:
    design, label, weight = draw()
    offset = 0.7 * design[:, 0] + 1.5
    plain, beside = (fit_ridge(design, label, weight, by, 1e6) for by in (np.zeros(500), offset))
    assert beside[0] == pytest.approx(plain[0] - 1.5, abs=1e-3)
    np.testing.assert_allclose(beside[1], plain[1] - [0.7, 0, 0, 0], atol=1e-3)


@pytest.mark.parametrize("start", [-20.0, 20.0, 200.0])
@pytest.mark.parametrize("which", ["all", "intercept"])
def test_from_a_bad_start_it_comes_to_the_same(start: float, which: str) -> None:
    """There the curvature is almost nothing, and a whole Newton step goes astray."""
    design, label, weight = draw()
    full, precision = with_intercept(design, 1.0)
    begin = np.full(5, start) if which == "all" else np.array([0, 0, 0, 0, start])
    found, _ = fit_penalised(full, label, weight, np.zeros(500), precision, begin)
    intercept, coefficients = fit_ridge(design, label, weight, np.zeros(500), 1.0)
    np.testing.assert_allclose(found, [*coefficients, intercept], atol=1e-3)


def test_a_far_offset_is_only_a_shift_of_the_intercept() -> None:
    design, label, weight = draw()
    near, far = (fit_ridge(design, label, weight, np.full(500, by), 1.0) for by in (0.0, 30.0))
    assert far[0] == pytest.approx(near[0] - 30.0, abs=1e-2)
    np.testing.assert_allclose(far[1], near[1], atol=1e-2)


@pytest.mark.parametrize("strength", [1.0, 1e4])
def test_what_parts_the_labels_wholly_has_a_finite_coefficient(strength: float) -> None:
    design, _, weight = draw()
    label = (design[:, 0] > 0).astype(float)
    intercept, coefficients = fit_ridge(design, label, weight, np.zeros(500), strength)
    theirs = LogisticRegression(C=strength, tol=1e-10, max_iter=50_000).fit(design, label, sample_weight=weight)
    assert coefficients[0] == pytest.approx(theirs.coef_[0][0], rel=0.01)
    assert ((intercept + design @ coefficients > 0) == (label == 1)).mean() > 0.98


def test_without_columns_the_weighted_rate_is_left() -> None:
    _, label, weight = draw()
    intercept, coefficients = fit_ridge(np.empty((500, 0)), label, weight, np.zeros(500), 1.0)
    assert expit(intercept) == pytest.approx(np.average(label, weights=weight)) and len(coefficients) == 0


def test_labels_of_one_kind_only_stay_finite() -> None:
    design, _, weight = draw()
    intercept, coefficients = fit_ridge(design, np.ones(500), weight, np.zeros(500), 1.0)
    assert 5 < intercept < 30 and np.abs(coefficients).max() < 0.01


def test_columns_that_are_the_same_share() -> None:
    design, label, weight = draw(columns=1)
    _, (one, other) = fit_ridge(np.repeat(design, 2, axis=1), label, weight, np.zeros(500), 1.0)
    assert one == pytest.approx(other)


def test_the_inverse_of_the_curvature_is_the_uncertainty() -> None:
    """Over draws of the labels the coefficients spread as it says."""
    rng = np.random.default_rng(1)
    design = np.column_stack([rng.normal(size=(400, 2)), np.ones(400)])
    chance, precision = expit(design @ [0.8, -0.4, 0.3]), np.full(3, 1e-6)
    found, told = [], []
    for _ in range(150):
        label = (rng.random(400) < chance).astype(float)
        beta, covariance = fit_penalised(design, label, np.ones(400), np.zeros(400), precision, np.zeros(3))
        found.append(beta)
        told.append(np.diag(covariance))
    np.testing.assert_allclose(np.std(found, axis=0), np.sqrt(np.mean(told, axis=0)), rtol=0.2)


def test_rows_taken_some_at_a_time_are_the_same_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    design, label, weight = draw()
    offset = design[:, 1]
    whole = fit_ridge(design, label, weight, offset, 1.0)
    monkeypatch.setattr(ridge, "ROWS_AT_ONCE", 77)
    parts = fit_ridge(design, label, weight, offset, 1.0)
    np.testing.assert_allclose([parts[0], *parts[1]], [whole[0], *whole[1]], rtol=1e-9)
