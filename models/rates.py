"""The simple rules that a model must beat: the base rate, and the rate by one feature (vote count, party)."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from models.calibration import TINY
from models.training_set import Doubles, TrainingSet

SMOOTHING = 20.0
MOST_CELLS = 250


@dataclass(frozen=True)
class Rate:
    """The recipe of a rule: the observed rate by the values of one feature, or overall when `feature` is None.

    A rate is pulled towards the overall rate by `SMOOTHING` observations, and freed of the mean offset of its rows.
    """

    name: str
    feature: str | None = None

    def fit(self, data: TrainingSet) -> "FittedRate":
        overall = float(np.average(data.label, weights=data.weight))
        freed = _without(overall, float(np.average(data.offsets, weights=data.weight)))
        if self.feature is None:
            return FittedRate(None, freed, (), freed)
        cells = pd.DataFrame({"value": data.features[self.feature].to_numpy(), "w": data.weight})
        cells["wy"], cells["wo"] = data.weight * data.label, data.weight * data.offsets
        sums = cells.groupby("value", dropna=False).sum().nlargest(MOST_CELLS, "w").sort_index()
        rates = _without((sums["wy"] + SMOOTHING * overall) / (sums["w"] + SMOOTHING), sums["wo"] / sums["w"])
        missing = float(rates[rates.index.isna()].iloc[0]) if rates.index.hasnans else freed
        known = rates[rates.index.notna()]
        by_value = tuple((float(value), float(rate)) for value, rate in known.items())
        return FittedRate(self.feature, freed, by_value, missing, self.feature in data.categories)


def _without(rate: Any, offset: Any) -> Any:
    return expit(logit(np.clip(rate, TINY, 1 - TINY)) - offset)


@dataclass(frozen=True)
class FittedRate:
    """Rates by value, in order of value; `missing` is the rate of NaN.

    A number between those seen is interpolated, one beyond them takes the nearest rate; a word not seen is `overall`.
    """

    kind: ClassVar[str] = "rate"
    feature: str | None
    overall: float
    rates: tuple[tuple[float, float], ...]
    missing: float
    category: bool = False

    def predict(self, features: pd.DataFrame) -> Doubles:
        if self.feature is None or not self.rates:
            return np.full(len(features), self.overall)
        values = features[self.feature].to_numpy(np.float64)
        seen, rates = np.array(self.rates).T
        p = np.interp(values, seen, rates)
        if self.category:
            p = np.where(np.isin(values, seen), p, self.overall)
        return np.where(np.isnan(values), self.missing, p)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "rates": [list(pair) for pair in self.rates]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FittedRate":
        rates = tuple((float(value), float(rate)) for value, rate in data["rates"])
        return cls(data["feature"], data["overall"], rates, data["missing"], data["category"])
