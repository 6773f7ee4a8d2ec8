import numpy as np
import pytest
from scipy.special import expit

from models.calibration import Line, fit_line, fit_slope, shift_to_mean, to_logit

rng = np.random.default_rng(1)
Z = rng.normal(size=20_000)
ONES = np.ones(20_000)
ONE_ERA = np.zeros(20_000, np.int64)


def draw(logit: np.ndarray, seed: int = 5) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(logit)) < expit(logit)).astype(float)


@pytest.mark.parametrize(("slope", "shift"), [(0.6, 0.4), (1.0, 0.0), (1.7, -0.8)])
def test_with_many_labels_the_line_is_found(slope: float, shift: float) -> None:
    found = fit_line(expit(Z), draw(shift + slope * Z), ONES)
    assert (found.slope, found.shift) == (pytest.approx(slope, abs=0.07), pytest.approx(shift, abs=0.05))


def test_with_few_labels_the_line_hardly_moves() -> None:
    lines = [fit_line(expit(Z[:20]), draw(3 * Z[:20], seed), ONES[:20]) for seed in range(20)]
    assert all(0.7 < line.slope < 1.6 for line in lines)
    slopes = [fit_slope(expit(Z[:20]), draw(3 * Z[:20], seed), ONES[:20], ONE_ERA[:20]) for seed in range(20)]
    assert all(0.7 < line.slope < 1.6 for line in slopes)


def test_labels_that_run_against_the_scores_never_turn_the_order() -> None:
    p = expit(Z)
    found = fit_line(p, draw(-2 * Z), ONES)
    assert 0 < found.slope < 0.1
    np.testing.assert_array_equal(np.argsort(found.apply(p[:200])), np.argsort(p[:200]))


def test_weights_count_among_each_other_only() -> None:
    label = np.r_[draw(Z[:10_000] + 1), draw(Z[10_000:] - 1)]
    weight = np.r_[np.full(10_000, 1.0), np.full(10_000, 1e-6)]
    found = fit_line(expit(Z), label, weight)
    assert found.shift == pytest.approx(1.0, abs=0.1)
    tenfold = fit_line(expit(Z), label, 10 * weight)
    assert (tenfold.slope, tenfold.shift) == (pytest.approx(found.slope), pytest.approx(found.shift))


def test_a_slope_is_that_within_each_era_at_no_eras_level() -> None:
    era = np.arange(20_000) % 2
    label = draw(0.6 * Z + np.where(era == 0, 2.0, -2.0))
    found = fit_slope(expit(Z), label, ONES, era)
    assert 0.6 < found.slope < 0.72  # pulled towards 1: two elections are no proof
    assert to_logit(found.apply(expit(Z))).mean() == pytest.approx(Z.mean(), abs=1e-3)
    flat = fit_line(expit(Z), label, ONES).slope
    assert flat < 0.5  # what is found when the eras are thrown together


def drawn_slopes(*slopes: float) -> float:
    """The slope in common of elections of 2,000 voters each, whose own slopes are these."""
    count = 2_000 * len(slopes)
    era = np.arange(count) // 2_000
    return fit_slope(expit(Z[:count]), draw(np.array(slopes)[era] * Z[:count]), ONES[:count], era).slope


def test_an_election_counts_as_one_observation_however_many_voters_it_has() -> None:
    era = np.where(np.arange(20_000) < 2_000, 0, 1)
    found = fit_slope(expit(Z), draw(np.where(era == 0, 0.5, 2.0) * Z), ONES, era)
    assert found.slope == pytest.approx(1.0, abs=0.1)


def test_elections_that_agree_are_believed_and_those_that_do_not_are_not() -> None:
    one, several = drawn_slopes(0.6), drawn_slopes(*[0.6] * 6)
    assert 0.6 < several < 0.67  # pulled towards 1
    assert several < one - 0.02  # one election alone may be an odd one
    own = [0.25, 1.44, 0.3, 1.2, 0.6, 0.6]
    assert np.log(own).mean() == pytest.approx(np.log(0.6), abs=0.01)
    assert several + 0.08 < drawn_slopes(*own) < 1.0


def test_a_slope_does_not_follow_a_level() -> None:
    found = fit_slope(expit(Z), draw(Z + 1.5), ONES, ONE_ERA + 7)
    assert found.apply(expit(Z)).mean() == pytest.approx(expit(Z).mean(), abs=0.01)


def test_the_mean_that_a_slope_turns_about_is_weighted() -> None:
    weight = np.where(Z > 0, 3.0, 1.0)
    found = fit_slope(expit(Z), draw(0.5 * Z), weight, ONE_ERA)
    centre = np.average(Z, weights=weight)
    nearer = to_logit(found.apply(expit(np.array([centre]))))[0] / centre
    assert 0.97 < nearer < 1.0


def test_probabilities_span_what_elections_may_differ_by() -> None:
    """Where slopes agree the coming level alone is not known; where they do not, the slope is not either."""
    label, era = np.r_[draw(Z[:10_000]), draw(Z[10_000:], 6)], np.repeat([0, 1], 10_000)
    calm = fit_slope(expit(Z), label, ONES, era)
    assert 0.96 < calm.slope < 1.0
    apart = np.r_[draw(0.5 * Z[:10_000]), draw(2.0 * Z[10_000:], 6)]
    assert fit_slope(expit(Z), apart, ONES, era).slope < calm.slope - 0.03


def test_a_line_keeps_ranks_and_the_identity_changes_nothing() -> None:
    p = expit(Z[:100])
    np.testing.assert_allclose(Line().apply(p), p)
    np.testing.assert_allclose(to_logit(Line(2.0, 0.3).shifted(0.2).apply(p)), 2 * Z[:100] + 0.5)
    assert (np.argsort(Line(0.3, 2.0).apply(p)) == np.argsort(p)).all()


def test_certain_scores_stay_finite_and_within_bounds() -> None:
    assert np.isfinite(to_logit(np.array([0.0, 1.0]))).all()
    found = Line(3.0, 1.0).apply(np.array([0.0, 0.5, 1.0]))
    assert (found >= 0).all() and (found <= 1).all() and (np.diff(found) > 0).all()


@pytest.mark.parametrize("mean", [0.001, 0.3, 0.97])
def test_after_the_shift_the_mean_is_the_stated_one(mean: float) -> None:
    p = expit(Z)
    assert Line().shifted(shift_to_mean(p, mean)).apply(p).mean() == pytest.approx(mean, abs=1e-9)


def test_the_stated_mean_may_be_one_of_weighted_rows() -> None:
    p, weight = expit(Z), np.where(Z > 0, 5.0, 1.0)
    after = Line().shifted(shift_to_mean(p, 0.6, weight)).apply(p)
    assert np.average(after, weights=weight) == pytest.approx(0.6, abs=1e-9)
    assert after.mean() < 0.55


def test_the_farthest_level_is_reached() -> None:
    assert expit(to_logit(np.ones(9)) + shift_to_mean(np.ones(9), 1e-6)).mean() == pytest.approx(1e-6)
