"""Multilevel logistic regression: each term's coefficients are pooled towards zero as strongly as the data ask for.

A part of a term (the levels of a category, the line of a number, its bends) has a normal prior of its own variance,
estimated from the data by the generalised Fellner–Schall update (Wood and Fasiolo 2017, Biometrics 73, section 2) on
the Laplace approximation. With few answers a part that says nothing vanishes, and a rare level says little: the partial
pooling of multilevel regression (Gelman and Hill 2007, chapter 14), fitted in a blink. `BELIEF` coefficients of
variance `USUAL` are added to each part, so that a few answers neither turn it off nor let it loose (Chung et al. 2013,
Psychometrika 78).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from models.design import NumberTerm, Term, lay_out, plan_terms
from models.logistic import FittedLogistic
from models.ridge import UNPENALISED, fit_penalised
from models.training_set import Doubles, TrainingSet

ROUNDS = 40
TOLERANCE = 1e-3
WIDEST, NARROWEST = 25.0, 1e-5
FIRST_VARIANCE = 0.1
BELIEF, USUAL = 1.0, 0.05


@dataclass(frozen=True)
class Pooled:
    """The recipe. It has nothing to tune."""

    name: str = "multilevel"

    def fit(self, data: TrainingSet) -> FittedLogistic:
        terms = plan_terms(data)
        design, group = lay_out(terms, data.features), part_numbers(terms)
        weight = data.weight / data.weight.mean()
        base = float(np.average(data.label, weights=weight))
        beta = np.append(np.zeros(design.shape[1]), logit(np.clip(base, 1e-3, 1 - 1e-3)))
        full = np.column_stack([design, np.ones(len(data))])
        variance = np.full(group.max(initial=-1) + 1, FIRST_VARIANCE)
        for _ in range(ROUNDS):
            precision = np.append(1 / variance[group], UNPENALISED)
            beta, covariance = fit_penalised(full, data.label, weight, data.offsets, precision, beta)
            updated = _update(variance, beta[:-1], np.diag(covariance)[:-1], group)
            if np.abs(np.log(updated / variance)).max(initial=0.0) < TOLERANCE:
                break
            variance = updated
        return FittedLogistic(terms, float(beta[-1]), beta[:-1])


def part_numbers(terms: tuple[Term, ...]) -> NDArray[np.int64]:
    """The number of the part that each column of the design belongs to."""
    sizes = [size for term in terms for size in _part_sizes(term) if size]
    return np.repeat(np.arange(len(sizes)), sizes)


def _part_sizes(term: Term) -> tuple[int, ...]:
    return (1, len(term.knots), 1) if isinstance(term, NumberTerm) else (len(term.levels) + 1,)


def _update(variance: Doubles, beta: Doubles, spread: Doubles, group: NDArray[np.int64]) -> Doubles:
    """The next prior variance of each part: its squared coefficients over the coefficients that the data determine."""
    size = np.bincount(group, minlength=len(variance))
    determined = size - np.bincount(group, weights=spread, minlength=len(variance)) / variance
    squares = np.bincount(group, weights=beta**2, minlength=len(variance))
    return np.clip((squares + BELIEF * USUAL) / (np.maximum(determined, 0.0) + BELIEF), NARROWEST, WIDEST)
