"""Figures of predictions beside labels, each a pure function; none of them draws anything."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from models.calibration import TINY, shift_to_mean, to_logit
from models.training_set import Doubles, Whole

BINS = 10
RIDGE = 1e-9  # a line through one point has no slope of its own


def row_losses(p: Doubles, label: Doubles) -> Doubles:
    """The log loss of each row."""
    clipped = np.clip(p, TINY, 1 - TINY)
    return np.asarray(-np.where(label == 1, np.log(clipped), np.log1p(-clipped)))


def equal_bins(p: Doubles) -> Whole:
    """The bin of each row, of ten of equal count, the lowest scores in bin 0."""
    numbers = np.empty(len(p), np.int64)
    for number, rows in enumerate(np.array_split(np.argsort(p, kind="stable"), BINS)):
        numbers[rows] = number
    return numbers


def expected_calibration_error(p: Doubles, label: Doubles) -> float:
    """Mean distance of predicted and observed rate over ten bins of equal count (Naeini et al. 2015)."""
    return float(np.abs(np.bincount(equal_bins(p), weights=label - p)).sum() / len(p))


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
        curvature = (z * (fitted * (1 - fitted))[:, None]).T @ z + RIDGE * np.eye(2)
        beta = beta + np.linalg.solve(curvature, z.T @ (label - fitted))
    return float(beta[0]), float(beta[1])


@dataclass(frozen=True)
class Curve:
    """Rows and positives down to each score, the best first and equal scores as one; shape (scores + 1, columns).

    Each column counts the rows with its own weights, so one curve serves all replicates of a bootstrap.
    """

    people: Doubles
    positives: Doubles

    def auc(self) -> Doubles:
        """The chance that a positive scores above a negative, ties counted half; (columns,), NaN without a class."""
        negatives = self.people - self.positives
        beaten = negatives[-1] - (negatives[1:] + negatives[:-1]) / 2
        won, pairs = (np.diff(self.positives, axis=0) * beaten).sum(axis=0), self.positives[-1] * negatives[-1]
        return _ratio(won, pairs)

    def reached(self, shares: Doubles) -> Doubles:
        """The share of all positives among the best `shares` of the rows, ties drawn by lot; (shares, columns)."""
        columns = zip(self.people.T, self.positives.T, strict=True)
        found = np.array([np.interp(shares * people[-1], people, positives) for people, positives in columns])
        return _ratio(found.T, self.positives[-1])


def draw_curve(p: Doubles, label: Doubles, counts: Doubles) -> Curve:
    """The curve of predictions, each column of `counts`, shape (rows, columns), weighing the rows."""
    order = np.argsort(-p, kind="stable")
    starts = np.flatnonzero(np.diff(p[order], prepend=np.inf))
    ordered = counts[order]
    people = np.add.reduceat(ordered, starts, axis=0)
    positives = np.add.reduceat(ordered * label[order][:, None], starts, axis=0)
    return Curve(_from_zero(people), _from_zero(positives))


def weighted_auc(p: Doubles, label: Doubles, counts: Doubles) -> Doubles:
    """AUC of each column of `counts`, shape (rows, columns); NaN where a class is missing."""
    return draw_curve(p, label, counts).auc()


def auc(p: Doubles, label: Doubles) -> float:
    """The chance that a positive row scores above a negative one, ties counted half."""
    return float(weighted_auc(p, label, np.ones((len(p), 1)))[0])


def auc_and_error(p: Doubles, label: Doubles, household: Whole) -> tuple[float, float]:
    """AUC and its standard error with households as clusters (DeLong et al. 1988); NaN where a class is missing.

    For looking through many columns, where a bootstrap of each would take too long.
    """
    positive = label == 1
    if not 0 < positive.sum() < len(label):
        return np.nan, np.nan
    above, below = np.sort(p[positive]), np.sort(p[~positive])
    won = np.where(positive, _mid_rank(below, p) / len(below), 1 - _mid_rank(above, p) / len(above))
    area = float(won[positive].mean())
    pull = (won - area) / np.where(positive, len(above), len(below))
    doors = np.bincount(np.unique(household, return_inverse=True)[1], weights=pull)
    return area, float(np.sqrt(np.sum(doors**2)))


def _mid_rank(ordered: Doubles, values: Doubles) -> Doubles:
    return np.asarray((np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / 2)


def _from_zero(values: Doubles) -> Doubles:
    summed: Doubles = np.cumsum(values, axis=0)
    return np.vstack([np.zeros((1, values.shape[1])), summed])


def _ratio(part: Doubles, whole: Doubles) -> Doubles:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole)
