"""The household bootstrap: figures again and again, with whole households drawn anew (Poisson bootstrap).

Figures are sums over rows wherever they can be, so that all replicates of them are one matrix product.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from models.calibration import to_logit
from models.metrics import BINS, RIDGE, calibration_line, draw_curve, equal_bins, weighted_auc
from models.training_set import Doubles, Whole

REPLICATES = 200
TENTHS = np.arange(1, BINS + 1) / BINS
AT_ONCE = 25  # replicates whose weights are held as floating-point numbers, 12 MB for 60,000 rows

Counts = NDArray[np.uint8]


@dataclass(frozen=True)
class Interval:
    """An estimate with the 2.5 and 97.5 percent points of its household bootstrap."""

    value: float
    low: float
    high: float


def household_counts(household: Whole, seed: int) -> Counts:
    """How often each row is drawn in each replicate, whole households at a time; shape (rows, `REPLICATES`)."""
    _, door = np.unique(household, return_inverse=True)
    drawn = np.random.default_rng(seed).poisson(1.0, size=(door.max() + 1, REPLICATES)).astype(np.uint8)
    return np.asarray(drawn[door])


def replicate(statistic: Callable[[Doubles], Doubles], counts: Counts) -> Doubles:
    """A statistic of row weights, shape (rows, replicates), for all replicates; they are its last axis."""
    starts = range(0, counts.shape[1], AT_ONCE)
    return np.concatenate([statistic(counts[:, i : i + AT_ONCE].astype(np.float64)) for i in starts], axis=-1)


def replicate_sums(values: Doubles, counts: Counts) -> Doubles:
    """The weighted sums of the columns of `values`, shape (rows, columns); returns (columns, replicates)."""
    return replicate(lambda drawn: values.T @ drawn, counts)


def interval(value: float, replicates: Doubles) -> Interval:
    """The value with the points of its replicates; NaN throughout where no replicate has it."""
    known = replicates[~np.isnan(replicates)]
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return Interval(value, float(low), float(high))


def auc_interval(p: Doubles, label: Doubles, counts: Counts) -> Interval:
    """AUC with its interval."""
    everybody = np.ones((len(p), 1))
    drawn = replicate(lambda weights: weighted_auc(p, label, weights), counts)
    return interval(float(weighted_auc(p, label, everybody)[0]), drawn)


def ranking_intervals(p: Doubles, label: Doubles, counts: Counts) -> tuple[Interval, list[Interval], list[Interval]]:
    """AUC; the share of positives reached by each tenth from the best down; and the lift of each tenth by itself."""

    def figures(weights: Doubles) -> Doubles:
        curve = draw_curve(p, label, weights)
        reached = curve.reached(TENTHS)
        return np.vstack([curve.auc(), reached, BINS * np.diff(reached, axis=0, prepend=0.0)])

    values = figures(np.ones((len(p), 1)))[:, 0]
    auc, *rest = [interval(float(v), r) for v, r in zip(values, replicate(figures, counts), strict=True)]
    return auc, rest[:BINS], rest[BINS:]


def mean_intervals(values: Doubles, counts: Counts) -> list[Interval]:
    """The means of the columns of `values`, shape (rows, columns)."""
    sums = replicate_sums(np.column_stack([values, np.ones(len(values))]), counts)
    with np.errstate(invalid="ignore"):
        means = sums[:-1] / sums[-1]
    return [interval(float(v), r) for v, r in zip(values.mean(axis=0), means, strict=True)]


def mean_interval(values: Doubles, counts: Counts) -> Interval:
    """The mean of row values, shape (rows,)."""
    return mean_intervals(values[:, None], counts)[0]


def line_intervals(p: Doubles, label: Doubles, counts: Counts) -> tuple[Interval, Interval]:
    """Slope and intercept of the calibration line; each replicate is one step of Newton's from the line of all rows."""
    beta = calibration_line(p, label)
    z = to_logit(p)
    fitted = expit(beta[0] * z + beta[1])
    error, curvature = label - fitted, fitted * (1 - fitted)
    columns = np.column_stack([error * z, error, curvature * z * z, curvature * z, curvature])
    gz, g1, hzz, hz1, h11 = replicate_sums(columns, counts)
    determinant = (hzz + RIDGE) * (h11 + RIDGE) - hz1**2
    slopes = beta[0] + ((h11 + RIDGE) * gz - hz1 * g1) / determinant
    intercepts = beta[1] + ((hzz + RIDGE) * g1 - hz1 * gz) / determinant
    return interval(beta[0], slopes), interval(beta[1], intercepts)


def calibration_interval(p: Doubles, label: Doubles, counts: Counts, *, level_known: bool = False) -> Interval:
    """The expected calibration error, give or take the noise of its bins.

    A calibration error is never further from the true one than the errors of its bins together, so their bootstrap
    bounds it. The replicates of the error itself would not do: noise in a bin only ever adds to it. `level_known`
    says that `p` was shifted to the observed mean, which each replicate then does again.
    """
    bins, variance = equal_bins(p), p * (1 - p) * level_known
    inside = bins[:, None] == np.arange(BINS)
    columns = np.column_stack([inside * (label - p)[:, None], inside * variance[:, None], inside])
    error, give, rows = replicate_sums(columns, counts).reshape(3, BINS, -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = error - give * np.nan_to_num(error.sum(axis=0) / give.sum(axis=0))
        gap = np.nan_to_num(error / rows)
    observed = np.bincount(bins, weights=label - p, minlength=BINS) / np.maximum(inside.sum(axis=0), 1)
    share = inside.mean(axis=0)
    value = float(share @ np.abs(observed))
    noise = float(np.percentile(share @ np.abs(gap - observed[:, None]), 95))
    return Interval(value, max(0.0, value - noise), value + noise)
