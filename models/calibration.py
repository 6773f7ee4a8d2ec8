"""Calibration on the logit scale: a line fitted out of sample, and a shift that meets a stated mean."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from models.training_set import Doubles, Whole

TINY = 1e-6
SLOPE_SPREAD = 0.25
SHIFT_SPREAD = 1.0
# On the log scale: how far the slopes of elections usually lie apart, and their common one from 1; and for how many
# elections that is believed.
ERA_SPREAD, COMMON_SPREAD, BELIEF = 0.1, 0.1, 4
# How far the levels of elections of one kind lie apart, in logits: the national turnout of 2000 to 2024 spread by .13
# in presidential elections and by .20 in midterms.
LEVEL_SPREAD = 0.17


@dataclass(frozen=True)
class Line:
    """`p` becomes `expit(shift + slope * logit(p))`; the slope is positive, so ranks never change."""

    slope: float = 1.0
    shift: float = 0.0

    def apply(self, p: Doubles, by: Doubles | float = 0.0) -> Doubles:
        """The probabilities on the line, each moved by `by` on the logit scale."""
        return np.asarray(expit((self.shift + by) + self.slope * to_logit(p)))

    def shifted(self, by: float) -> "Line":
        return Line(self.slope, self.shift + by)


def to_logit(p: Doubles) -> Doubles:
    """The log odds of probabilities, kept finite."""
    return np.asarray(logit(np.clip(p, TINY, 1 - TINY)))


def fit_line(p: Doubles, label: Doubles, weight: Doubles) -> Line:
    """The line that calibrates `p` (Platt 1999), pulled towards the identity where there are few labels.

    The pull is a normal prior on the log slope about 0 and on the shift about 0, so that 300 answers move it little.
    """
    z, scaled = to_logit(p), weight / weight.mean()
    spread = np.array([SLOPE_SPREAD, SHIFT_SPREAD])

    def loss(parameters: Doubles) -> tuple[float, Doubles]:
        slope, shift = np.exp(parameters[0]), parameters[1]
        u = shift + slope * z
        prior = parameters / spread**2
        value = float(scaled @ (np.logaddexp(0, u) - label * u)) + float(parameters @ prior) / 2
        error = scaled * (expit(u) - label)
        return value, np.array([error @ z * slope, error.sum()]) + prior

    found = minimize(loss, np.zeros(2), jac=True, method="BFGS")
    return Line(float(np.exp(found.x[0])), float(found.x[1]))


def fit_slope(p: Doubles, label: Doubles, weight: Doubles, era: Whole) -> Line:
    """The line that turns `p` about its mean by the slope that elections have in common, at no election's level.

    Each election has a slope of its own, and theirs differ more than the labels of one would tell: so an election
    counts as one observation, and the mean of their log slopes is pulled towards 0 by how far they lie apart (the
    normal random-effects model; Gelman and Hill 2007, chapter 12, with a moderated variance). How far an election's
    level was off says nothing of how far the next one's will be. Since the coming one may differ by as much in slope
    and in level, its probabilities are the means over what may come, nearer to one half (MacKay 1992, The evidence
    framework applied to classification networks, section 3).
    """
    z = to_logit(p)
    eras = np.unique(era)
    slopes = np.log([fit_line(p[era == e], label[era == e], weight[era == e]).slope for e in eras])
    between = (BELIEF * ERA_SPREAD**2 + float(((slopes - slopes.mean()) ** 2).sum())) / (BELIEF + len(eras) - 1)
    slope = float(np.exp(slopes.mean() * COMMON_SPREAD**2 / (COMMON_SPREAD**2 + between / len(eras))))
    centre, size = float(np.average(z, weights=weight)), float(np.average(z**2, weights=weight))
    nearer = 1 / np.sqrt(1 + np.pi / 8 * (between * size + LEVEL_SPREAD**2))
    return Line(float(nearer * slope), float(nearer * (1 - slope) * centre))


def shift_to_mean(p: Doubles, mean: float, weight: Doubles | None = None) -> float:
    """The shift on the logit scale after which the weighted mean of `p` is `mean`; 0 < mean < 1."""
    z = to_logit(p)
    return float(brentq(lambda shift: np.average(expit(z + shift), weights=weight) - mean, -30, 30))
