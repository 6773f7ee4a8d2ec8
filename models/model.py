"""A trained model: a calibrated blend of its members, stored as JSON, never unpickled."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from data.errors import InputError
from models.area_shifts import AreaShifts
from models.boosted import FittedBoosted
from models.calibration import Line
from models.logistic import FittedLogistic
from models.rates import FittedRate
from models.training_set import Doubles

Fitted = FittedLogistic | FittedBoosted | FittedRate
KINDS: dict[str, type[Fitted]] = {made.kind: made for made in (FittedLogistic, FittedBoosted, FittedRate)}


@dataclass(frozen=True)
class PropensityModel:
    """Predicts one outcome; `columns` are the features it was trained with, in their order.

    `areas` are levels of areas that the features do not tell; None where none are stated.
    """

    outcome: str
    columns: tuple[str, ...]
    members: tuple[tuple[float, Fitted], ...]
    line: Line
    vocabulary: dict[str, tuple[str, ...]]
    areas: AreaShifts | None = None

    def predict(self, features: pd.DataFrame, by: Doubles | float = 0.0) -> Doubles:
        """The probability of the outcome; float64, one per row, same order, never NaN.

        `by` is how far each row is moved on the logit scale, such as `shift_areas` of the same voters.
        Raises InputError when the columns are not exactly those of training, in the same order.
        """
        self.check(features)
        return self.combine((member.predict(features) for _, member in self.members), len(features), by)

    def check(self, features: pd.DataFrame) -> None:
        """Raises InputError when the columns are not exactly those of training, in the same order."""
        if tuple(features.columns) != self.columns:
            raise InputError(f"the {self.outcome} model was trained with other features", self._differences(features))

    def combine(self, predictions: Iterable[Doubles], rows: int, by: Doubles | float = 0.0) -> Doubles:
        """The calibrated blend of the members' predictions for so many rows, in the order of the members."""
        blended = np.zeros(rows)
        for (weight, _), p in zip(self.members, predictions, strict=True):
            blended += weight * p
        return self.line.apply(blended, by)

    def shift_areas(self, voters: pd.DataFrame) -> Doubles:
        """How far the level of each voter's area is from the common one, on the logit scale; 0 where none is stated."""
        return np.zeros(len(voters)) if self.areas is None else self.areas.of(voters)

    def _differences(self, features: pd.DataFrame) -> tuple[str, ...]:
        given = set(features.columns)
        missing = [f"missing: {name}" for name in self.columns if name not in given]
        unknown = [f"unknown: {name}" for name in features.columns if name not in self.columns]
        return (*missing, *unknown) or ("the order of the columns differs",)

    def shifted(self, by: float) -> "PropensityModel":
        """The same model with its level moved by `by` on the logit scale."""
        return replace(self, line=self.line.shifted(by))

    def to_bytes(self) -> bytes:
        """The model as JSON; the same model gives the same bytes."""
        members = [{"weight": w, "kind": m.kind, **m.to_json()} for w, m in self.members]
        data: dict[str, Any] = {
            "format": 1,
            "outcome": self.outcome,
            "columns": list(self.columns),
            "members": members,
            "line": {"slope": self.line.slope, "shift": self.line.shift},
            "vocabulary": {name: list(words) for name, words in self.vocabulary.items()},
        }
        if self.areas is not None:
            data["areas"] = {"area_type": self.areas.area_type, "shifts": dict(self.areas.shifts)}
        return json.dumps(data, sort_keys=True).encode()

    @property
    def digest(self) -> str:
        return sha256(self.to_bytes()).hexdigest()


def read_model(data: bytes) -> PropensityModel:
    """The model that `to_bytes` wrote; the caller checks the digest first."""
    stored = json.loads(data)
    return PropensityModel(
        stored["outcome"],
        tuple(stored["columns"]),
        tuple((member["weight"], KINDS[member["kind"]].from_json(member)) for member in stored["members"]),
        Line(stored["line"]["slope"], stored["line"]["shift"]),
        {name: tuple(words) for name, words in stored["vocabulary"].items()},
        AreaShifts(**stored["areas"]) if "areas" in stored else None,
    )
