"""The simple rules that a model must beat: the base rate, and the rate by one feature (vote count, party)."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from models.training_set import Doubles, TrainingSet

SMOOTHING = 20.0
MOST_CELLS = 250


@dataclass(frozen=True)
class Rate:
    """The recipe of a rule: the observed rate by the values of one feature, or overall when `feature` is None.

    A rate is pulled towards the overall rate by `SMOOTHING` observations.
    """

    name: str
    feature: str | None = None

    def fit(self, data: TrainingSet) -> "FittedRate":
        overall = float(np.average(data.label, weights=data.weight))
        if self.feature is None:
            return FittedRate(None, overall, {}, overall)
        cells = pd.DataFrame({"value": data.features[self.feature].to_numpy(), "w": data.weight})
        cells["wy"] = data.weight * data.label
        sums = cells.groupby("value", dropna=False).sum().nlargest(MOST_CELLS, "w")
        rates = (sums["wy"] + SMOOTHING * overall) / (sums["w"] + SMOOTHING)
        missing = float(rates[rates.index.isna()].iloc[0]) if rates.index.hasnans else overall
        return FittedRate(self.feature, overall, {float(v): float(r) for v, r in rates.items() if v == v}, missing)


@dataclass(frozen=True)
class FittedRate:
    """Rates by value; `overall` for a value that was not seen, `missing` for NaN."""

    kind: ClassVar[str] = "rate"
    feature: str | None
    overall: float
    rates: dict[float, float]
    missing: float

    def predict(self, features: pd.DataFrame) -> Doubles:
        if self.feature is None:
            return np.full(len(features), self.overall)
        values = features[self.feature]
        known = values.map(self.rates).fillna(self.overall)
        return np.asarray(known.where(values.notna(), self.missing), np.float64)

    def to_json(self) -> dict[str, Any]:
        rates = [[value, rate] for value, rate in sorted(self.rates.items())]
        return {"feature": self.feature, "overall": self.overall, "rates": rates, "missing": self.missing}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FittedRate":
        rates = {float(value): float(rate) for value, rate in data["rates"]}
        return cls(data["feature"], data["overall"], rates, data["missing"])
