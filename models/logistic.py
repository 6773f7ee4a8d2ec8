"""Ridge logistic regression over splines and indicators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit

from models.design import Term, lay_out, plan_terms, term_from_json, term_to_json
from models.log_odds import Numbers, TermTable, log_odds, tabulate
from models.ridge import fit_ridge
from models.training_set import Doubles, TrainingSet


@dataclass(frozen=True)
class Logistic:
    """The recipe: `strength` is the inverse of the ridge penalty; without `bends` a number has a straight line."""

    strength: float
    bends: bool = True
    name: str = "logistic"

    def fit(self, data: TrainingSet) -> "FittedLogistic":
        terms = plan_terms(data, bends=self.bends)
        weight = data.weight / data.weight.mean()
        intercept, coefficients = fit_ridge(
            lay_out(terms, data.features), data.label, weight, data.offsets, self.strength
        )
        return FittedLogistic(terms, intercept, coefficients)


@dataclass(frozen=True)
class FittedLogistic:
    """Terms, intercept and one coefficient per column of the design."""

    kind: ClassVar[str] = "logistic"
    terms: tuple[Term, ...]
    intercept: float
    coefficients: Doubles

    def predict(self, features: pd.DataFrame) -> Doubles:
        used = features[list(dict.fromkeys(term.feature for term in self.terms))]
        exact = np.float32 if (used.dtypes == np.float32).all() else np.float64
        numbers = np.ascontiguousarray(used.to_numpy(exact).T)
        return self.chances(numbers, self.tabulate(tuple(used.columns)))

    def tabulate(self, columns: Sequence[str]) -> TermTable:
        """The terms as `chances` needs them, for a matrix of these features."""
        return tabulate(self.terms, self.coefficients, {name: row for row, name in enumerate(columns)})

    def chances(self, features: Numbers, table: TermTable) -> Doubles:
        """The prediction for a matrix of shape (features, rows), in C order; the same bits whatever the rows."""
        return np.asarray(expit(log_odds(features, table, self.intercept)))

    def to_json(self) -> dict[str, Any]:
        terms = [term_to_json(term) for term in self.terms]
        return {"terms": terms, "intercept": self.intercept, "coefficients": self.coefficients.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FittedLogistic":
        terms = tuple(term_from_json(term) for term in data["terms"])
        return cls(terms, data["intercept"], np.asarray(data["coefficients"]))
