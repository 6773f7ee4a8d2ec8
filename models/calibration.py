"""Calibration on the logit scale: a line fitted out of sample, and a shift that meets a stated mean."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from models.training_set import Doubles

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
    z, scaled = to_logit(p), weight / weight.mean()

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        slope, shift = np.exp(parameters[0]), parameters[1]
        u = shift + slope * z
        value = float(scaled @ (np.logaddexp(0, u) - label * u))
        error = scaled * (expit(u) - label)
        prior = parameters / np.array([SLOPE_SPREAD, SHIFT_SPREAD]) ** 2
        return value + float(parameters @ prior) / 2, np.array([error @ z * slope, error.sum()]) + prior

    found = minimize(loss, np.zeros(2), jac=True, method="BFGS")
    return Line(float(np.exp(found.x[0])), float(found.x[1]))


def shift_to_mean(p: Doubles, mean: float, weight: Doubles | None = None) -> float:
    """The shift on the logit scale after which the weighted mean of `p` is `mean`; 0 < mean < 1."""
    z = to_logit(p)
    return float(brentq(lambda shift: np.average(expit(z + shift), weights=weight) - mean, -15, 15))
