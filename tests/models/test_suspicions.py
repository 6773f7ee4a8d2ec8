import numpy as np
import pytest
from scipy.special import expit

from models.suspicions import Suspicion, SuspicionLimits, suspect_labels, suspect_scores

LIMITS = SuspicionLimits()
Z = np.random.default_rng(1).normal(size=2_000)


def test_a_suspicion_reads_as_what_was_found_and_what_to_do() -> None:
    assert str(Suspicion("drift", "age has moved", "train again")) == "drift: age has moved; train again"
    assert Suspicion("drift", "age has moved", "train again").blocks


@pytest.mark.parametrize(("label", "word"), [(1.0, "positive"), (0.0, "negative")])
def test_labels_of_one_class_are_named(label: float, word: str) -> None:
    (found,) = suspect_labels(np.full(300, label))
    assert (found.kind, found.blocks) == ("one class", True)
    assert f"all 300 labels that judge the model are {word}" in found.what


def test_labels_of_both_classes_and_no_labels_are_not_suspect() -> None:
    assert list(suspect_labels(np.array([0.0, 1.0, 1.0]))) == list(suspect_labels(np.zeros(0))) == []


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.01, 1.01])
def test_scores_that_are_no_chances_are_counted(wrong: float) -> None:
    p = expit(Z)
    p[:3] = wrong
    (found,) = suspect_scores(p, LIMITS)
    assert found.kind == "not a chance" and "3 of 2,000" in found.what and found.blocks


def test_scores_that_hardly_differ_are_constant() -> None:
    nearly = np.where(np.arange(2_000) < 15, expit(Z), 0.4)
    for p in (np.full(2_000, 0.4), expit(0.01 * Z), nearly):
        (found,) = suspect_scores(p, LIMITS)
        assert found.kind == "constant" and found.blocks
    assert "99.2% of the scores are the same" in found.what


def test_scores_of_a_weak_model_or_of_a_rule_are_not_suspect() -> None:
    assert list(suspect_scores(expit(0.1 * Z), LIMITS)) == []
    assert list(suspect_scores(np.where(Z > 1.5, 0.45, 0.55), LIMITS)) == []
    assert list(suspect_scores(np.zeros(0), LIMITS)) == []
