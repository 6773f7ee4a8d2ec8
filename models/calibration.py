"""Calibration on the logit scale: a line fitted out of sample, and a shift that meets a stated mean."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from models.training_set import Doubles, Whole

TINY = 1e-6
SLOPE_SPREAD = 0.25
SHIFT_SPREAD = 1.0


@dataclass(frozen=True)
class Line:
    """`p` becomes `expit(shift + slope * logit(p))`; the slope is positive, so ranks never change."""

    slope: float = 1.0
    shift: float = 0.0

    def apply(self, p: Doubles) -> Doubles:
        return np.asarray(expit(self.shift + self.slope * to_logit(p)))

    def shifted(self, by: float) -> "Line":
        return Line(self.slope, self.shift + by)


def to_logit(p: Doubles) -> Doubles:
    """The log odds of probabilities, kept finite."""
    return np.asarray(logit(np.clip(p, TINY, 1 - TINY)))


def fit_line(p: Doubles, label: Doubles, weight: Doubles) -> Line:
    """The line that calibrates `p` (Platt 1999), pulled towards the identity where there are few labels.

    The pull is a normal prior on the slope about 1 and on the shift about 0, so that 300 answers move it little.
    """
    slope, shifts = _fit(to_logit(p), label, weight, np.zeros(len(p), np.int64))
    return Line(slope, float(shifts[0]))


def fit_slope(p: Doubles, label: Doubles, weight: Doubles, era: Whole) -> Line:
    """The line that turns `p` about its mean so that its slope is right within each era, at no era's level.

    How far an election's level was off says nothing of how far the next one's will be.
    """
    z = to_logit(p)
    slope, _ = _fit(z, label, weight, np.unique(era, return_inverse=True)[1])
    return Line(slope, (1 - slope) * float(np.average(z, weights=weight)))


def _fit(z: Doubles, label: Doubles, weight: Doubles, group: Whole) -> tuple[float, Doubles]:
    """The slope common to all groups and the shift of each, with their priors, by quasi-Newton."""
    scaled, groups = weight / weight.mean(), group.max() + 1
    spread = np.append(SLOPE_SPREAD, np.full(groups, SHIFT_SPREAD))

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        slope, shift = np.exp(parameters[0]), parameters[1:][group]
        u = shift + slope * z
        prior = parameters / spread**2
        value = float(scaled @ (np.logaddexp(0, u) - label * u)) + float(parameters @ prior) / 2
        error = scaled * (expit(u) - label)
        gradient = np.append(error @ z * slope, np.bincount(group, weights=error, minlength=groups))
        return value, gradient + prior

    found = minimize(loss, np.zeros(1 + groups), jac=True, method="BFGS")
    return float(np.exp(found.x[0])), np.asarray(found.x[1:])


def shift_to_mean(p: Doubles, mean: float, weight: Doubles | None = None) -> float:
    """The shift on the logit scale after which the weighted mean of `p` is `mean`; 0 < mean < 1."""
    z = to_logit(p)
    return float(brentq(lambda shift: np.average(expit(z + shift), weights=weight) - mean, -30, 30))
