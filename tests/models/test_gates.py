import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from models.bootstrap import Interval
from models.evaluation import Comparison, Evaluation, evaluate
from models.gates import BASE_RATE, Decision, GateLimits, beats_chance, decide, model_faults, too_few_labels
from models.suspicions import Suspicion

LIMITS = GateLimits()
BETTER, EQUAL, WORSE = Interval(0.02, 0.01, 0.03), Interval(0.001, -0.004, 0.006), Interval(-0.02, -0.03, -0.01)
PARTY = Interval(0.66, 0.64, 0.68)
CHANCE = Interval(0.51, 0.48, 0.54)
TENTHS = tuple(n / 10 for n in range(1, 11))


def rule(log_loss: float, auc: Interval, gain: Interval) -> Comparison:
    return Comparison(log_loss, auc, gain, TENTHS)


def about(value: float) -> Interval:
    return Interval(value, value - 0.02, value + 0.02)


def judged(**changed: Any) -> Evaluation:
    rules = {BASE_RATE: rule(0.69, Interval(0.5, 0.5, 0.5), BETTER), "party": rule(0.62, PARTY, BETTER)}
    good = Evaluation(
        judged_on="folds",
        rows=1_000,
        positives=500,
        mean_score=0.5,
        log_loss=about(0.6),
        log_loss_at_level=about(0.6),
        brier=about(0.2),
        auc=Interval(0.7, 0.67, 0.73),
        ece=about(0.02),
        ece_at_level=about(0.02),
        slope=about(1.0),
        intercept=about(0.0),
        calibration=(),
        gains=(),
        rules=rules,
        slices=(),
    )
    return replace(good, **changed)


def with_party(auc: Interval, gain: Interval) -> dict[str, Comparison]:
    return {BASE_RATE: judged().rules[BASE_RATE], "party": rule(0.62, auc, gain)}


def test_a_better_model_is_used_and_says_by_how_much() -> None:
    found = decide(judged(), LIMITS)
    assert (found.used, found.rule, found.refused) == ("model", None, False)
    assert found.reasons[1] == "better than “party”: gain +0.0200 (+0.0100 to +0.0300)"


def test_a_model_not_proven_better_is_used_and_says_that_it_is_not_proven() -> None:
    found = decide(judged(rules=with_party(PARTY, EQUAL)), LIMITS)
    assert found.used == "model" and found.reasons[1].startswith("not proven better than “party”")


def test_a_model_worse_than_a_rule_gives_way_to_it() -> None:
    found = decide(judged(rules=with_party(PARTY, WORSE)), LIMITS)
    assert (found.used, found.rule) == ("rule", "party")
    assert "worse than “party”" in found.reasons[0]


def test_of_several_rules_the_one_of_the_lowest_loss_takes_over() -> None:
    rules = {
        **with_party(PARTY, WORSE),
        "age": rule(0.60, PARTY, WORSE),
        "luck": rule(0.10, CHANCE, WORSE),
        "votes": rule(0.61, PARTY, WORSE),
    }
    assert decide(judged(rules=rules), LIMITS).rule == "age"


def test_the_base_rate_never_takes_over() -> None:
    rate = {BASE_RATE: rule(0.1, Interval(0.9, 0.8, 1.0), WORSE)}
    found = decide(judged(rules=rate), LIMITS)
    assert found.used == "nothing" and "worse than “base rate”" in found.reasons[0]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"auc": Interval(0.54, 0.52, 0.56)}, "chance"),
        ({"auc": Interval(0.57, 0.49, 0.65)}, "chance"),
        ({"auc": Interval(float("nan"), float("nan"), float("nan"))}, "chance"),
        ({"slope": about(0.3)}, "slope"),
        ({"slope": about(-1.0)}, "slope"),
        ({"slope": about(3.0)}, "slope"),
        ({"slope": about(float("nan"))}, "slope"),
        ({"ece_at_level": about(0.2)}, "calibration error"),
    ],
)
def test_a_fault_brings_the_rule_and_without_a_rule_nothing(changed: dict[str, Any], named: str) -> None:
    assert decide(judged(**changed), LIMITS).used == "rule"
    found = decide(judged(**changed, rules=with_party(CHANCE, BETTER)), LIMITS)
    assert found == Decision("nothing", found.reasons) and found.refused
    assert named in found.reasons[0] and "no simple rule" in found.reasons[-1]


def test_every_fault_is_told_at_once() -> None:
    bad = judged(auc=CHANCE, slope=about(0.1), ece_at_level=about(0.3), rules=with_party(PARTY, WORSE))
    assert len(model_faults(bad, LIMITS)) == 4
    assert len(decide(bad, LIMITS).reasons) == 5


LEAK = Suspicion("leak", "the column “x” gives the label away", "leave it out")
HINT = Suspicion("leak", "a date of later", "leave it out", blocks=False)


def test_a_suspicion_that_blocks_leaves_nothing_and_says_why() -> None:
    found = decide(judged(), LIMITS, (HINT, LEAK))
    assert found == Decision("nothing", ("leak: the column “x” gives the label away; leave it out",))
    assert decide(judged(rules=with_party(PARTY, WORSE)), LIMITS, (LEAK,)).used == "nothing"  # nor is the rule used


def test_a_suspicion_that_does_not_block_changes_nothing() -> None:
    assert decide(judged(), LIMITS, (HINT,)) == decide(judged(), LIMITS)


def test_an_unlikely_level_alone_refuses_nobody() -> None:
    assert decide(judged(ece=about(0.3), intercept=about(2.0), mean_score=0.9), LIMITS).used == "model"


def test_limits_are_the_callers() -> None:
    assert decide(judged(), replace(LIMITS, least_auc=0.71)).used == "nothing"
    assert decide(judged(), replace(LIMITS, largest_ece=0.01)).used == "rule"
    assert decide(judged(slope=about(2.5)), replace(LIMITS, slope_high=3.0)).used == "model"
    assert not beats_chance(Interval(0.9, 0.5, 1.0), LIMITS)


def test_too_few_labels_are_said_with_the_number_needed() -> None:
    assert too_few_labels(100, 99, LIMITS) == "199 labels, at least 200 are needed"
    assert too_few_labels(1_000, 49, LIMITS) == "1,000 against 49 labels, at least 50 of each are needed"
    assert too_few_labels(49, 1_000, LIMITS) is not None
    assert too_few_labels(50, 150, LIMITS) is None


def test_a_decision_is_plain_json() -> None:
    found = decide(judged(rules=with_party(PARTY, WORSE)), LIMITS)
    again = json.loads(json.dumps(found.to_json()))
    assert (again["used"], again["rule"], tuple(again["reasons"])) == (found.used, found.rule, found.reasons)


Z = np.random.default_rng(1).normal(size=1_000)
LABEL = (np.random.default_rng(2).random(1_000) < expit(Z)).astype(float)


def used(p: Any, label: Any = LABEL) -> str:
    rules = {BASE_RATE: np.full(1_000, label.mean())}
    found = evaluate(p, label, np.arange(1_000), rules=rules, judged_on="x", seed=1)
    return decide(found, LIMITS).used


def test_what_a_healthy_model_gives_passes_even_at_another_level() -> None:
    assert used(expit(Z)) == "model"
    assert used(expit(Z + 0.2)) == "model"


@pytest.mark.parametrize("seed", range(100, 105))
def test_noise_does_not_pass(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=1_000)
    assert used(expit(noise)) == used(expit(0.05 * noise)) == "nothing"


def test_scores_that_are_flipped_constant_or_far_too_sure_do_not_pass() -> None:
    assert used(expit(-Z)) == "nothing"
    assert used(expit(Z), 1 - LABEL) == "nothing"
    assert used(np.full(1_000, LABEL.mean())) == "nothing"
    assert used(expit(8 * Z)) == "nothing"
    assert used(expit(0.2 * Z)) == "nothing"
