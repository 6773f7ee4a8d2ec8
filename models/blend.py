"""A convex blend of predictions: weights that sum to one, chosen by log loss on predictions out of sample."""

import numpy as np
from scipy.special import expit

from models.calibration import TINY, shift_to_mean, to_logit
from models.training_set import Doubles, Whole

ROUNDS = 200
NEGLIGIBLE = 0.02
PRIOR = 10.0


def blend_weights(predictions: Doubles, label: Doubles, weight: Doubles) -> Doubles:
    """Weights of shape (members,) that minimise the weighted log loss of `predictions @ weights`.

    `predictions` has shape (rows, members). Expectation maximisation for mixture weights: every round lowers the loss,
    which is convex in the weights (Dempster, Laird and Rubin 1977, section 4.3). `PRIOR` rows speak for equal weights,
    so that few answers do not decide between members that are as good. Weights under `NEGLIGIBLE` become 0.
    """
    p = np.clip(predictions, TINY, 1 - TINY)
    likelihood = np.where(label[:, None] == 1, p, 1 - p)
    rows, equal = len(label), np.full(predictions.shape[1], 1 / predictions.shape[1])
    weights = equal
    share = weight / weight.sum()
    for _ in range(ROUNDS):
        joint = likelihood * weights
        weights = (rows * (share @ (joint / joint.sum(axis=1, keepdims=True))) + PRIOR * equal) / (rows + PRIOR)
    kept = np.where(weights < NEGLIGIBLE, 0.0, weights)
    return np.asarray(kept / kept.sum())


def free_of_level(predictions: Doubles, label: Doubles, era: Whole) -> Doubles:
    """Predictions of shape (rows, members), each shifted to the observed rate of every era: what is left is who."""
    freed = np.empty_like(predictions)
    for number in np.unique(era):
        rows = era == number
        rate = float(np.clip(label[rows].mean(), TINY, 1 - TINY))
        for member, p in enumerate(predictions[rows].T):
            freed[rows, member] = expit(to_logit(p) + shift_to_mean(p, rate))
    return freed
