"""How good predictions are: figures with household-bootstrap intervals, beside those of the simple rules."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit

from models.calibration import TINY, shift_to_mean, to_logit
from models.training_set import Doubles, Whole

BINS = 10
REPLICATES = 200


@dataclass(frozen=True)
class Interval:
    """An estimate with the 2.5 and 97.5 percent points of its household bootstrap."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """A rule on the same rows: `gain` is its log loss minus the model's, so above zero the model is better."""

    log_loss: float
    auc: Interval
    gain: Interval


@dataclass(frozen=True)
class Evaluation:
    """A model judged on rows that it did not learn from; `judged_on` says which in words.

    `ece_at_level` is the calibration error once the mean is right: what a stated turnout would leave.
    """

    judged_on: str
    rows: int
    positives: int
    mean_score: float
    log_loss: float
    brier: float
    auc: Interval
    ece: float
    ece_at_level: float
    slope: float
    intercept: float
    rules: Mapping[str, Comparison]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def row_losses(p: Doubles, label: Doubles) -> Doubles:
    """The log loss of each row."""
    clipped = np.clip(p, TINY, 1 - TINY)
    return np.asarray(-np.where(label == 1, np.log(clipped), np.log1p(-clipped)))


def expected_calibration_error(p: Doubles, label: Doubles) -> float:
    """Mean distance of predicted and observed rate over ten bins of equal count (Naeini et al. 2015)."""
    bins = np.array_split(np.argsort(p, kind="stable"), BINS)
    return float(sum(len(b) * abs(label[b].mean() - p[b].mean()) for b in bins if len(b)) / len(p))


def at_level(p: Doubles, label: Doubles) -> Doubles:
    """Predictions shifted to the observed rate: what calibration is left when the level is known."""
    rate = float(np.clip(label.mean(), TINY, 1 - TINY))
    return np.asarray(expit(to_logit(p) + shift_to_mean(p, rate)))


def calibration_line(p: Doubles, label: Doubles) -> tuple[float, float]:
    """Slope and intercept of the logistic regression of the label on logit(p) (Cox 1958); 1 and 0 are perfect."""
    z = np.column_stack([to_logit(p), np.ones(len(p))])
    beta = np.zeros(2)  # from one and zero, Newton runs away where the predictions are far off
    for _ in range(25):
        fitted = expit(z @ beta)
        curvature = (z * (fitted * (1 - fitted))[:, None]).T @ z + 1e-9 * np.eye(2)
        beta = beta + np.linalg.solve(curvature, z.T @ (label - fitted))
    return float(beta[0]), float(beta[1])


def weighted_auc(p: Doubles, label: Doubles, counts: Doubles) -> Doubles:
    """AUC of each column of `counts` (rows, replicates), ties counted half; NaN where a class is missing."""
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.diff(p[order], prepend=-1.0))
    ordered = counts[order]
    positive = np.add.reduceat(ordered * label[order][:, None], starts)
    negative = np.add.reduceat(ordered * (1 - label[order])[:, None], starts)
    below = np.cumsum(negative, axis=0) - negative
    with np.errstate(invalid="ignore", divide="ignore"):
        area = (positive * (below + negative / 2)).sum(axis=0) / (positive.sum(axis=0) * negative.sum(axis=0))
    return np.asarray(area)


def household_counts(household: Whole, seed: int) -> Doubles:
    """How often each row is drawn in each replicate, whole households at a time (Poisson bootstrap)."""
    _, door = np.unique(household, return_inverse=True)
    drawn = np.random.default_rng(seed).poisson(1.0, size=(door.max() + 1, REPLICATES))
    return np.asarray(drawn[door], np.float32)


def _interval(value: float, replicates: Doubles) -> Interval:
    low, high = np.nanpercentile(replicates, [2.5, 97.5])
    return Interval(value, float(low), float(high))


def auc(p: Doubles, label: Doubles) -> float:
    """The chance that a positive row scores above a negative one, ties counted half."""
    return float(weighted_auc(p, label, np.ones((len(p), 1)))[0])


def auc_interval(p: Doubles, label: Doubles, counts: Doubles) -> Interval:
    """AUC with its bootstrap interval."""
    return _interval(auc(p, label), weighted_auc(p, label, counts))


def mean_interval(values: Doubles, counts: Doubles) -> Interval:
    """The mean of row values with its bootstrap interval."""
    return _interval(float(values.mean()), (values @ counts) / counts.sum(axis=0))


def evaluate(
    p: Doubles, label: Doubles, household: Whole, *, rules: Mapping[str, Doubles], judged_on: str, seed: int
) -> Evaluation:
    """Judge predictions that were made out of sample, shape (rows,), beside the rules' predictions of the same rows."""
    counts = household_counts(household, seed)
    losses = row_losses(p, label)
    slope, intercept = calibration_line(p, label)
    return Evaluation(
        judged_on=judged_on,
        rows=len(label),
        positives=int(label.sum()),
        mean_score=float(p.mean()),
        log_loss=float(losses.mean()),
        brier=float(np.mean((p - label) ** 2)),
        auc=auc_interval(p, label, counts),
        ece=expected_calibration_error(p, label),
        ece_at_level=expected_calibration_error(at_level(p, label), label),
        slope=slope,
        intercept=intercept,
        rules={name: _compare(losses, rule, label, counts) for name, rule in rules.items()},
    )


def _compare(losses: Doubles, rule: Doubles, label: Doubles, counts: Doubles) -> Comparison:
    rule_losses = row_losses(rule, label)
    gain = mean_interval(rule_losses - losses, counts)
    return Comparison(float(rule_losses.mean()), auc_interval(rule, label, counts), gain)
