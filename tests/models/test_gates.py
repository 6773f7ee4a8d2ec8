from dataclasses import replace
from typing import Any

import pytest

from models.evaluation import Comparison, Evaluation, Interval
from models.gates import BASE_RATE, Decision, GateLimits, decide, too_few_labels

LIMITS = GateLimits()
BETTER, EQUAL, WORSE = Interval(0.02, 0.01, 0.03), Interval(0.001, -0.004, 0.006), Interval(-0.02, -0.03, -0.01)


def judged(**changed: Any) -> Evaluation:
    rules = {
        BASE_RATE: Comparison(0.69, Interval(0.5, 0.5, 0.5), BETTER),
        "party": Comparison(0.62, Interval(0.66, 0.64, 0.68), BETTER),
    }
    good = Evaluation(
        judged_on="folds",
        rows=1_000,
        positives=500,
        mean_score=0.5,
        log_loss=0.6,
        brier=0.2,
        auc=Interval(0.7, 0.67, 0.73),
        ece=0.02,
        ece_at_level=0.02,
        slope=1.0,
        intercept=0.0,
        rules=rules,
    )
    return replace(good, **changed)


def with_party(auc: Interval, gain: Interval) -> dict[str, Comparison]:
    return {BASE_RATE: judged().rules[BASE_RATE], "party": Comparison(0.62, auc, gain)}


PARTY = Interval(0.66, 0.64, 0.68)
CHANCE = Interval(0.51, 0.48, 0.54)


def test_a_better_model_is_used_and_says_by_how_much() -> None:
    found = decide(judged(), LIMITS)
    assert found.used == "model"
    assert found.reasons[1] == "better than “party”: gain +0.0200 (+0.0100 to +0.0300)"


def test_a_model_not_proven_better_is_used_and_says_that_it_is_not_proven() -> None:
    found = decide(judged(rules=with_party(PARTY, EQUAL)), LIMITS)
    assert found.used == "model" and found.reasons[1].startswith("not proven better than “party”")


def test_a_model_worse_than_a_rule_gives_way_to_it() -> None:
    found = decide(judged(rules=with_party(PARTY, WORSE)), LIMITS)
    assert (found.used, found.rule) == ("rule", "party")
    assert "worse than “party”" in found.reasons[0]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"auc": Interval(0.54, 0.52, 0.56)}, "chance"),
        ({"auc": Interval(0.57, 0.49, 0.65)}, "chance"),
        ({"slope": 0.3}, "slope"),
        ({"slope": -1.0}, "slope"),
        ({"slope": 3.0}, "slope"),
        ({"ece_at_level": 0.2}, "calibration error"),
    ],
)
def test_a_fault_brings_the_rule_and_without_a_rule_nothing(changed: dict[str, Any], named: str) -> None:
    assert decide(judged(**changed), LIMITS).used == "rule"
    found = decide(judged(**changed, rules=with_party(CHANCE, BETTER)), LIMITS)
    assert found == Decision("nothing", found.reasons) and found.refused
    assert named in found.reasons[0] and "no simple rule" in found.reasons[-1]


def test_an_unlikely_level_alone_refuses_nobody() -> None:
    assert decide(judged(ece=0.3), LIMITS).used == "model"


def test_too_few_labels_are_said_with_the_number_needed() -> None:
    assert too_few_labels(100, 99, LIMITS) == "199 labels, at least 200 are needed"
    assert "at least 50 of each" in str(too_few_labels(1_000, 49, LIMITS))
    assert too_few_labels(50, 150, LIMITS) is None
