"""Multilevel logistic regression: each term's coefficients are pooled towards zero as strongly as the data ask for.

A term (a category's levels, a number's line and bends) has a normal prior of its own variance, estimated from the data
by the generalised Fellner–Schall update (Wood and Fasiolo 2017, Biometrics 73, section 2) on the Laplace approximation.
With few answers a term that says nothing vanishes, and a rare level says little: the partial pooling of multilevel
regression (Gelman and Hill 2007, chapter 14), fitted in a blink.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models.design import Term, lay_out, plan_terms
from models.logistic import FittedLogistic
from models.ridge import UNPENALISED, fit_penalised
from models.training_set import Doubles, TrainingSet

ROUNDS = 40
TOLERANCE = 1e-3
WIDEST, NARROWEST = 25.0, 1e-5
FIRST_VARIANCE = 0.1


@dataclass(frozen=True)
class Pooled:
    """The recipe. It has nothing to tune."""

    name: str = "multilevel"

    def fit(self, data: TrainingSet) -> FittedLogistic:
        terms = plan_terms(data)
        design, group = lay_out(terms, data.features), term_groups(terms, data)
        weight = data.weight / data.weight.mean()
        base = float(np.average(data.label, weights=weight))
        beta = np.append(np.zeros(design.shape[1]), logit(np.clip(base, 1e-3, 1 - 1e-3)))
        full = np.column_stack([design, np.ones(len(data))])
        variance = np.full(len(terms), FIRST_VARIANCE)
        for _ in range(ROUNDS):
            precision = np.append(1 / variance[group], UNPENALISED)
            beta, covariance = fit_penalised(full, data.label, weight, data.offsets, precision, beta)
            updated = _update(variance, beta[:-1], np.diag(covariance)[:-1], group)
            if np.abs(np.log(updated / variance)).max(initial=0.0) < TOLERANCE:
                break
            variance = updated
        return FittedLogistic(terms, float(beta[-1]), beta[:-1])


def term_groups(terms: tuple[Term, ...], data: TrainingSet) -> NDArray[np.int64]:
    """The number of the term that each column of the design belongs to."""
    first = data.features.iloc[:1]
    widths = [term.columns(first[term.feature].to_numpy(np.float64)).shape[1] for term in terms]
    return np.repeat(np.arange(len(terms)), widths)


def _update(variance: Doubles, beta: Doubles, spread: Doubles, group: NDArray[np.int64]) -> Doubles:
    """The next prior variance of each term: its squared coefficients over the coefficients that the data determine."""
    size = np.bincount(group, minlength=len(variance))
    determined = size - np.bincount(group, weights=spread, minlength=len(variance)) / variance
    squares = np.bincount(group, weights=beta**2, minlength=len(variance))
    return np.clip(squares / np.maximum(determined, 1e-9), NARROWEST, WIDEST)
