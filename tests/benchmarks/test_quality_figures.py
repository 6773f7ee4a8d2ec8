import numpy as np
import pytest
from quality_figures import Sample, auc, ece, ece_at_level, judge, log_loss, slope
from scipy.special import expit, logit

RNG = np.random.default_rng(1)
CHANCE = RNG.uniform(0.05, 0.95, 20_000)
TRUTH = (RNG.random(20_000) < CHANCE).astype(float)


def test_true_chances_are_calibrated() -> None:
    assert ece(TRUTH, CHANCE) < 0.01
    assert slope(TRUTH, CHANCE) == pytest.approx(1, abs=0.05)


def test_a_wrong_level_is_seen_and_is_gone_at_the_true_level() -> None:
    shifted = expit(logit(CHANCE) + 1)
    assert ece(TRUTH, shifted) > 0.1
    assert ece_at_level(TRUTH, shifted) < 0.01
    assert auc(TRUTH, shifted) == auc(TRUTH, CHANCE)


def test_predictions_that_are_too_extreme_have_a_slope_below_one() -> None:
    assert slope(TRUTH, expit(2 * logit(CHANCE))) == pytest.approx(0.5, abs=0.03)


def test_log_loss_of_a_coin() -> None:
    assert log_loss(TRUTH, np.full(len(TRUTH), 0.5)) == pytest.approx(np.log(2))


def test_the_error_of_one_sample_is_that_of_a_mean() -> None:
    found = judge([Sample(TRUTH, {"a": CHANCE})], "log_loss", "a")
    losses = -np.where(TRUTH == 1, np.log(CHANCE), np.log1p(-CHANCE))
    assert found.mean == pytest.approx(losses.mean())
    assert found.error == pytest.approx(losses.std() / np.sqrt(len(losses)), rel=0.5)


def test_a_difference_is_taken_sample_by_sample() -> None:
    """Samples differ much more from each other than the two predictions do on any of them."""
    samples = [Sample(TRUTH[i::4], {"a": CHANCE[i::4], "b": expit((1 + i) * logit(CHANCE[i::4]))}) for i in range(4)]
    gap = judge(samples, "log_loss", "b", "a")
    each = [
        log_loss(s.truth, np.clip(s.predictions["b"], 1e-6, 1 - 1e-6)) - log_loss(s.truth, s.predictions["a"])
        for s in samples
    ]
    assert gap.mean == pytest.approx(np.mean(each))
    assert gap.error == pytest.approx(np.std(each, ddof=1) / 2)
