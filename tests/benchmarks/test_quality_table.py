from dataclasses import replace

import numpy as np
import pytest
from quality_figures import Sample
from quality_problems import OURS, Goal, Task
from quality_table import Found, to_markdown

RNG = np.random.default_rng(1)
CHANCE = RNG.uniform(0.05, 0.95, 4_000)
TRUTH = (RNG.random(4_000) < CHANCE).astype(float)
HALF = np.full(4_000, 0.5)


def found(ours: np.ndarray, *goals: Goal) -> Found:
    predictions = {OURS: ours, "noise": np.clip(CHANCE[::-1], 0.3, 0.7), "near": 0.5 * CHANCE + 0.25}
    samples = [Sample(TRUTH[i::2], {name: p[i::2] for name, p in predictions.items()}) for i in range(2)]
    task = Task("case", "A case", lambda seed: pytest.fail("not asked"), 2, goals)
    return Found(task, (OURS,), list(predictions), samples, [{OURS: "model"}, {OURS: "rule"}], (300, 2_000), 1.0)


def test_the_best_peer_is_none_of_ours() -> None:
    assert found(CHANCE).best == "near"


def test_the_difference_says_which_side_we_are_on() -> None:
    assert " below near (" in found(CHANCE).differences()[0]
    assert " ABOVE near (" in found(HALF).differences()[0]


@pytest.mark.parametrize(
    ("goal", "reached"),
    [
        (Goal("log_loss", ahead=0.0), True),
        (Goal("log_loss", ahead=0.5), False),
        (Goal("auc", ahead=-0.005), True),
        (Goal("auc", low=0.6), True),
        (Goal("auc", low=0.99), False),
        (Goal("ece", high=0.5), True),
        (Goal("slope", low=2, high=3), False),
    ],
)
def test_a_goal_holds_or_falls_short(goal: Goal, reached: bool) -> None:
    (said,) = found(CHANCE, goal).goals()
    assert said.startswith("holds" if reached else "SHORT")


def test_a_goal_for_a_row_that_was_not_run_is_not_judged() -> None:
    assert found(CHANCE, Goal("ece", high=0.5, row="another")).goals() == []


def test_a_row_that_failed_is_told_and_falls_short() -> None:
    failed = replace(found(CHANCE), names=["noise", "near"], states=[{OURS: "failed: ValueError: no"}, {OURS: "model"}])
    assert failed.goals() == [f"SHORT: {OURS} failed: ValueError: no (× 1)"]
    assert failed.differences() == []


def test_the_document_has_every_row_and_marks_the_best_peer() -> None:
    text = to_markdown([found(CHANCE, Goal("auc", low=0.6))], "Today.")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows[1:]] == [f"| {OURS}", "| noise", "| **near**"]
    assert "- A case: holds: propensity: AUC ≥ 0.6" in text
    assert "300 teach, 2,000 judged, 2 samples; propensity used: model × 1, rule × 1." in text
