"""The design of the logistic model: splines for numbers, indicators for categories and for what is missing."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.training_set import Doubles, TrainingSet

KNOTS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class NumberTerm:
    """A number: itself and a hinge at each knot, standardised, and an indicator where it is missing.

    A number beyond those seen counts as the nearest of them: a line says nothing of where nobody was.
    """

    feature: str
    centre: float
    scale: float
    knots: tuple[float, ...]
    least: float
    most: float

    def columns(self, values: Doubles) -> Doubles:
        missing = np.isnan(values)
        z = np.where(missing, 0.0, (np.clip(values, self.least, self.most) - self.centre) / self.scale)
        hinges = [np.maximum(z - knot, 0.0) * ~missing for knot in self.knots]
        return np.column_stack([z, *hinges, missing.astype(np.float64)])


@dataclass(frozen=True)
class CategoryTerm:
    """A category: an indicator for each level that training saw; other words and missing have their own."""

    feature: str
    levels: tuple[float, ...]

    def columns(self, values: Doubles) -> Doubles:
        known = np.isin(values, self.levels)
        one_hot = values[:, None] == np.asarray(self.levels)[None, :]
        return np.column_stack([one_hot.astype(np.float64), (~known).astype(np.float64)])


Term = NumberTerm | CategoryTerm


def plan_terms(data: TrainingSet, *, bends: bool = True) -> tuple[Term, ...]:
    """Terms for every feature that varies in the training set; straight lines without `bends`."""
    terms = (
        _category(name, data.features[name].to_numpy(np.float64))
        if name in data.categories
        else _number(name, data.features[name].to_numpy(np.float64), bends)
        for name in data.features.columns
    )
    return tuple(term for term in terms if term is not None)


def _category(name: str, values: Doubles) -> CategoryTerm | None:
    levels, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    varies = len(levels) > 1 or np.isnan(values).any()
    return CategoryTerm(name, tuple(levels[counts >= 3].tolist())) if varies and len(levels) else None


def _number(name: str, values: Doubles, bends: bool) -> NumberTerm | None:
    known = values[~np.isnan(values)]
    if len(known) < 2 or (np.ptp(known) == 0 and len(known) == len(values)):
        return None
    centre, scale = float(known.mean()), float(known.std()) or 1.0
    knots = _knots((known - centre) / scale) if bends else ()
    return NumberTerm(name, centre, scale, knots, float(known.min()), float(known.max()))


def _knots(z: Doubles) -> tuple[float, ...]:
    """Knots at quantiles, where there are enough different values for a bend to mean something."""
    if len(np.unique(z)) <= len(KNOTS) + 2:
        return ()
    return tuple(np.unique(np.quantile(z, KNOTS)).tolist())


def lay_out(terms: tuple[Term, ...], features: pd.DataFrame) -> NDArray[np.float64]:
    """The design matrix; shape (voters, columns), float64, never NaN."""
    blocks = [term.columns(features[term.feature].to_numpy(np.float64)) for term in terms]
    return np.column_stack(blocks) if blocks else np.zeros((len(features), 0))


def term_to_json(term: Term) -> dict[str, Any]:
    """A term as plain JSON."""
    return {"term": type(term).__name__, **asdict(term)}


def term_from_json(data: dict[str, Any]) -> Term:
    """The term that `term_to_json` wrote."""
    if data["term"] == "NumberTerm":
        return NumberTerm(
            data["feature"], data["centre"], data["scale"], tuple(data["knots"]), data["least"], data["most"]
        )
    return CategoryTerm(data["feature"], tuple(data["levels"]))
