"""Figures of predictions, and how far each is from the truth by chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

Doubles = NDArray[np.float64]
CLIP = 1e-6
BINS = 10
GROUPS = 20
SEED = 7


@dataclass(frozen=True)
class Figure:
    """The mean of a figure and its standard error."""

    mean: float
    error: float


def log_loss(truth: Doubles, p: Doubles) -> float:
    return float(-np.mean(truth * np.log(p) + (1 - truth) * np.log1p(-p)))


def auc(truth: Doubles, p: Doubles) -> float:
    return float(roc_auc_score(truth, p))


def ece(truth: Doubles, p: Doubles) -> float:
    """Expected calibration error over ten bins of equal count."""
    order = np.argsort(p, kind="stable")
    return float(sum(len(b) * abs(truth[b].mean() - p[b].mean()) for b in np.array_split(order, BINS)) / len(p))


def ece_at_level(truth: Doubles, p: Doubles) -> float:
    """The calibration error that is left when the mean is known: after a shift on the logit scale that meets it."""
    shift = brentq(lambda by: expit(logit(p) + by).mean() - truth.mean(), -10, 10)
    return ece(truth, expit(logit(p) + shift))


def slope(truth: Doubles, p: Doubles) -> float:
    """The slope of a logistic regression of the truth on the logit: below 1 where the predictions are too extreme."""
    return float(LogisticRegression(C=np.inf).fit(logit(p)[:, None], truth).coef_[0, 0])


FIGURES: Mapping[str, Callable[[Doubles, Doubles], float]] = {
    "auc": auc,
    "log_loss": log_loss,
    "ece": ece,
    "ece_at_level": ece_at_level,
    "slope": slope,
}


@dataclass(frozen=True)
class Sample:
    """Every row's predictions of everyone on the same test rows."""

    truth: Doubles
    predictions: Mapping[str, Doubles]


def judge(samples: Sequence[Sample], figure: str, row: str, other: str | None = None) -> Figure:
    """A figure of one row, or its difference to that of another row on the same test rows.

    Over several samples: their mean and its standard error. Of one sample: the figure, its standard error by leaving
    out one twentieth of the test rows at a time.
    """
    of = FIGURES[figure]

    def value(sample: Sample, kept: NDArray[np.bool_] | slice = slice(None)) -> float:
        mine, theirs = (None if name is None else _clipped(sample, name)[kept] for name in (row, other))
        found = of(sample.truth[kept], mine)
        return found if theirs is None else found - of(sample.truth[kept], theirs)

    if len(samples) > 1:
        values = np.array([value(sample) for sample in samples])
        return Figure(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))
    (sample,) = samples
    group = np.random.default_rng(SEED).permutation(len(sample.truth)) % GROUPS
    without = np.array([value(sample, group != number) for number in range(GROUPS)])
    return Figure(value(sample), float(np.sqrt((GROUPS - 1) * without.var())))


def _clipped(sample: Sample, name: str) -> Doubles:
    return np.clip(sample.predictions[name].astype(np.float64), CLIP, 1 - CLIP)
