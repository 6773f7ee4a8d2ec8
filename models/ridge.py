"""Logistic regression with a penalty on each coefficient, beside a known offset."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from models.training_set import Doubles

STEPS = 50
HALVINGS = 40
TOLERANCE = 1e-5
UNPENALISED = 1e-6
ROWS_AT_ONCE = 50_000


def fit_penalised(
    design: Doubles, label: Doubles, weight: Doubles, offset: Doubles, precision: Doubles, start: Doubles
) -> tuple[Doubles, Doubles]:
    """Coefficients, and the inverse of the curvature there, by Newton's method with step halving.

    `design` has shape (rows, columns), `label`, `weight` and `offset` (rows,), `precision` and `start` (columns,).
    """

    def loss(beta: Doubles) -> float:
        u = design @ beta + offset
        return float(weight @ (np.logaddexp(0, u) - label * u)) + float(precision @ beta**2) / 2

    beta, least = start, loss(start)
    for _ in range(STEPS):
        gradient, curvature = _derivatives(design, label, weight, offset, beta)
        curvature[np.diag_indices_from(curvature)] += precision
        factor = cho_factor(curvature)
        step = cho_solve(factor, gradient - precision * beta)
        sizes = 0.5 ** np.arange(HALVINGS)
        tried = ((size, loss(beta + size * step)) for size in sizes)
        size, found = next((pair for pair in tried if pair[1] <= least), (0.0, least))
        beta, gained, least = beta + size * step, least - found, found
        if gained < TOLERANCE:
            break
    return beta, np.asarray(cho_solve(factor, np.eye(len(beta))))


def _derivatives(
    design: Doubles, label: Doubles, weight: Doubles, offset: Doubles, beta: Doubles
) -> tuple[Doubles, Doubles]:
    """Gradient and curvature of the log likelihood, some rows at a time so that no second design is held."""
    gradient, curvature = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
    for begin in range(0, len(label), ROWS_AT_ONCE):
        rows = slice(begin, begin + ROWS_AT_ONCE)
        x, w = design[rows], weight[rows]
        fitted = expit(x @ beta + offset[rows])
        gradient += x.T @ (w * (label[rows] - fitted))
        curvature += (x * (w * fitted * (1 - fitted))[:, None]).T @ x
    return gradient, curvature


def fit_ridge(
    design: Doubles, label: Doubles, weight: Doubles, offset: Doubles, strength: float
) -> tuple[float, Doubles]:
    """Intercept and coefficients; `strength` is the inverse of the penalty, which the intercept does not have."""
    full = np.column_stack([design, np.ones(len(label))])
    precision = np.append(np.full(design.shape[1], 1 / strength), UNPENALISED)
    beta, _ = fit_penalised(full, label, weight, offset, precision, np.zeros(len(precision)))
    return float(beta[-1]), beta[:-1]
