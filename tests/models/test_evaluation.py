import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from models.bootstrap import calibration_interval, household_counts
from models.calibration import to_logit
from models.evaluation import FEWEST_JUDGED, FEWEST_SHOWN, Evaluation, evaluate
from models.metrics import at_level

rng = np.random.default_rng(2)
P = rng.random(2_000).round(2).clip(0.01, 0.99)  # rounded, so that there are ties
Y = (rng.random(2_000) < P).astype(float)
PARTY = np.where(P > 0.5, "DEM", "REP").astype(object)


def judge(p: np.ndarray, label: np.ndarray, **rules: np.ndarray) -> Evaluation:
    return evaluate(p, label, np.arange(len(p)) // 2, rules=rules, judged_on="x", seed=1)


def test_the_figures_are_scikit_learns() -> None:
    found = judge(P, Y, half=np.full(2_000, 0.5))
    assert (found.rows, found.positives, found.mean_score) == (2_000, Y.sum(), pytest.approx(P.mean()))
    assert found.auc.value == pytest.approx(roc_auc_score(Y, P))
    assert found.log_loss.value == pytest.approx(log_loss(Y, P))
    assert found.brier.value == pytest.approx(brier_score_loss(Y, P))
    assert found.rules["half"].log_loss == pytest.approx(np.log(2))
    assert found.rules["half"].gain.value == pytest.approx(np.log(2) - found.log_loss.value)
    assert found.rules["half"].gain.low > 0
    assert found.rules["half"].auc.value == 0.5
    assert found.rules["half"].reached == pytest.approx(np.linspace(0.1, 1, 10))
    single = (found.log_loss, found.brier, found.auc, found.ece, found.ece_at_level, found.slope, found.intercept)
    assert all(one.low < one.value < one.high for one in single)


def test_a_rule_that_is_better_makes_the_gain_negative_and_is_compared_pair_by_pair() -> None:
    worse = expit(0.6 * to_logit(P))
    gain = judge(worse, Y, better=P).rules["better"].gain
    assert gain.value < 0 and gain.value == pytest.approx(log_loss(Y, P) - log_loss(Y, worse))
    assert gain.high - gain.low < 0.03  # of two such losses apart it would be several times as wide


def test_bins_go_from_the_lowest_scores_up_and_gains_from_the_best_down() -> None:
    found = judge(P, Y)
    assert [one.rows for one in found.calibration] == [200] * 10
    assert np.diff([one.predicted for one in found.calibration]).min() > 0
    assert sum(one.rows * one.observed.value for one in found.calibration) == pytest.approx(Y.sum())
    assert found.ece.value == pytest.approx(np.mean([abs(b.predicted - b.observed.value) for b in found.calibration]))
    assert [one.share for one in found.gains] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert found.gains[0].lift.value == pytest.approx(found.calibration[-1].observed.value / Y.mean(), abs=0.05)
    assert np.diff([one.reached.value for one in found.gains]).min() > 0


def test_level_aside_only_the_shape_is_left() -> None:
    shifted, bent = expit(to_logit(P) + 1.0), expit(4 * to_logit(P))
    found = judge(shifted, Y)
    assert found.ece.low > 0.1 and found.ece_at_level.value < 0.04
    assert judge(bent, Y).ece_at_level.low > 0.08
    counts = household_counts(np.arange(2_000) // 2, 1)
    assert found.ece == calibration_interval(shifted, Y, counts)
    assert found.ece_at_level == calibration_interval(at_level(shifted, Y), Y, counts, level_known=True)


def test_a_lucky_guess_of_the_level_does_not_make_a_rule_win() -> None:
    """The model knows who, two logits too low; the rule knows only how many."""
    low, lucky = expit(to_logit(P) - 2.0), np.full(2_000, Y.mean())
    found, aside = (judge_aside(low, level_aside=aside, lucky=lucky) for aside in (False, True))
    assert found.rules["lucky"].gain.high < 0 < aside.rules["lucky"].gain.low
    assert found.log_loss_at_level.value == pytest.approx(found.log_loss.value) and found.log_loss == aside.log_loss
    assert aside.log_loss_at_level.value == pytest.approx(log_loss(Y, at_level(low, Y)))
    assert aside.log_loss_at_level.low < aside.log_loss_at_level.value < aside.log_loss_at_level.high
    told = aside.rules["lucky"]
    assert told.gain.value == pytest.approx(told.log_loss - aside.log_loss_at_level.value)


def judge_aside(p: np.ndarray, *, level_aside: bool, **rules: np.ndarray) -> Evaluation:
    doors, party = np.arange(2_000) // 2, {"party": PARTY}
    return evaluate(p, Y, doors, rules=rules, judged_on="x", seed=1, groups=party, level_aside=level_aside)


def test_level_aside_the_rules_are_set_to_the_observed_rate_too() -> None:
    missed = expit(to_logit(P) + 3.0)
    found = judge_aside(P, level_aside=True, missed=missed)
    assert found.rules["missed"].log_loss == pytest.approx(log_loss(Y, at_level(missed, Y)))
    assert found.rules["missed"].gain.value == pytest.approx(0.0, abs=1e-6)
    assert judge_aside(P, level_aside=False, missed=missed).rules["missed"].gain.low > 0.3
    assert found.rules["missed"].auc == found.auc


def test_level_aside_slices_are_compared_at_the_level_of_the_whole() -> None:
    low = expit(to_logit(P) - 2.0)
    (one, _), (aside, _) = (judge_aside(low, level_aside=level).slices for level in (False, True))
    rows = PARTY == "DEM"
    rate = np.full(rows.sum(), Y.mean())
    assert aside.gain.value == pytest.approx(log_loss(Y[rows], rate) - log_loss(Y[rows], at_level(low, Y)[rows]))
    assert one.gain.value == pytest.approx(log_loss(Y[rows], rate) - log_loss(Y[rows], low[rows]))
    assert one.log_loss == aside.log_loss and one.predicted == aside.predicted


def test_slices_are_judged_by_themselves_against_the_best_rule_of_the_whole() -> None:
    rules = {"half": np.full(2_000, 0.5), "party": np.where(P > 0.5, 0.75, 0.25)}
    found = judged_by(PARTY, **rules)
    one, other = found.slices
    assert [(one.by, one.name), (other.by, other.name)] == [("party", "DEM"), ("party", "REP")]
    rows = PARTY == "DEM"
    assert (one.rows, one.positives) == (rows.sum(), Y[rows].sum())
    assert (one.predicted, one.observed) == (pytest.approx(P[rows].mean()), pytest.approx(Y[rows].mean()))
    assert one.log_loss == pytest.approx(log_loss(Y[rows], P[rows]))
    assert one.gain.value == pytest.approx(log_loss(Y[rows], rules["party"][rows]) - one.log_loss)
    assert one.gain.low < one.gain.value < one.gain.high
    assert one.auc is not None and one.auc.value == pytest.approx(roc_auc_score(Y[rows], P[rows]))
    assert one.ece is not None and one.ece < 0.06
    assert one.rows + other.rows == found.rows
    rate = judged_by(PARTY).slices[0]
    assert rate.gain.value == pytest.approx(log_loss(Y[rows], np.full(rows.sum(), Y.mean())) - one.log_loss)


def judged_by(words: np.ndarray, label: np.ndarray = Y, **rules: np.ndarray) -> Evaluation:
    doors = np.arange(2_000) // 2
    return evaluate(P, label, doors, rules=rules, judged_on="x", seed=1, groups={"party": words})


def test_a_small_slice_has_no_order_and_a_tiny_one_is_not_shown() -> None:
    words = np.full(2_000, "rest", object)
    words[: FEWEST_SHOWN - 1] = "tiny"
    words[100 : 99 + FEWEST_JUDGED] = "small"
    words[200 : 200 + FEWEST_JUDGED] = "enough"
    found = {one.name: one for one in judged_by(words).slices}
    assert set(found) == {"small", "enough", "rest"}
    assert found["small"].auc is found["small"].ece is None and found["small"].rows == FEWEST_JUDGED - 1
    assert found["enough"].auc is not None and found["enough"].ece is not None


def test_a_slice_of_one_class_has_no_order() -> None:
    (one,) = (s for s in judged_by(PARTY, np.where(PARTY == "DEM", 1.0, Y)).slices if s.name == "DEM")
    assert (one.auc, one.ece, one.observed) == (None, None, 1.0)


def test_one_class_is_judged_without_a_warning_and_without_an_order() -> None:
    found = judge(P, np.ones(2_000), half=np.full(2_000, 0.5))
    assert np.isnan([found.auc.value, found.auc.low, found.rules["half"].auc.value]).all()
    assert found.gains[0].reached.value == pytest.approx(found.gains[0].lift.value / 10)
    assert np.isfinite([found.log_loss.low, found.slope.low, found.slope.high, found.ece.high]).all()
    nobody = judge(P, np.zeros(2_000))
    assert np.isnan(nobody.gains[0].reached.value) and np.isfinite(nobody.slope.low)


def test_people_behind_one_door_who_are_alike_tell_less() -> None:
    p, y, door = np.repeat(P, 4), np.repeat(Y, 4), np.repeat(np.arange(2_000), 4)
    together, apart = (evaluate(p, y, h, rules={}, judged_on="x", seed=1).auc for h in (door, np.arange(8_000)))
    assert together.high - together.low == pytest.approx(2 * (apart.high - apart.low), rel=0.3)


def test_an_evaluation_is_plain_json_and_the_same_for_the_same_seed() -> None:
    found = judge(P, Y, half=np.full(2_000, 0.5))
    assert json.loads(json.dumps(found.to_json())) == json.loads(json.dumps(asdict(found)))
    assert found.to_json()["rules"]["half"]["auc"]["value"] == 0.5
    assert judge(P, Y, half=np.full(2_000, 0.5)) == found
