import numpy as np
import pytest
from scipy.special import expit

from models.calibration import Line, fit_line, fit_slope, shift_to_mean, to_logit

rng = np.random.default_rng(1)
Z = rng.normal(size=20_000)
ONES = np.ones(20_000)


def draw(logit: np.ndarray) -> np.ndarray:
    return (rng.random(len(logit)) < expit(logit)).astype(float)


def test_with_many_labels_the_line_is_found() -> None:
    found = fit_line(expit(Z), draw(0.4 + 0.6 * Z), ONES)
    assert (found.slope, found.shift) == (pytest.approx(0.6, abs=0.05), pytest.approx(0.4, abs=0.05))


def test_with_few_labels_the_line_hardly_moves() -> None:
    found = fit_line(expit(Z[:20]), draw(3 * Z[:20]), ONES[:20])
    assert 0.7 < found.slope < 1.6


def test_weights_count() -> None:
    label = np.r_[draw(Z[:10_000] + 1), draw(Z[10_000:] - 1)]
    weight = np.r_[np.full(10_000, 1.0), np.full(10_000, 1e-6)]
    assert fit_line(expit(Z), label, weight).shift == pytest.approx(1.0, abs=0.1)


def test_a_slope_is_that_within_each_era_whatever_the_levels() -> None:
    era = np.arange(20_000) % 2
    label = draw(0.6 * Z + np.where(era == 0, 2.0, -2.0))
    found = fit_slope(expit(Z), label, ONES, era)
    assert found.slope == pytest.approx(0.6, abs=0.05)
    assert to_logit(found.apply(expit(Z))).mean() == pytest.approx(Z.mean(), abs=1e-6)


def test_a_line_keeps_ranks_and_the_identity_changes_nothing() -> None:
    p = expit(Z[:100])
    np.testing.assert_allclose(Line().apply(p), p)
    assert (np.argsort(Line(0.3, 2.0).apply(p)) == np.argsort(p)).all()


@pytest.mark.parametrize("mean", [0.01, 0.3, 0.97])
def test_after_the_shift_the_mean_is_the_stated_one(mean: float) -> None:
    p = expit(Z)
    shift = shift_to_mean(p, mean)
    assert Line().shifted(shift).apply(p).mean() == pytest.approx(mean, abs=1e-6)
