"""Gradient-boosted trees: LightGBM, small and regularised, stored as its own text."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import lightgbm as lgb
import numpy as np
import pandas as pd
from scipy.special import expit

from models.calibration import TINY, shift_to_mean
from models.training_set import Doubles, TrainingSet

WORTH_THREADS = 20_000


@dataclass(frozen=True)
class Boosted:
    """The recipe: how many trees of how many leaves; a leaf holds at least `smallest_leaf` voters.

    With fewer than `fewest` labels it is not tried: trees then do worse than the base rate, and a blend cannot know.
    """

    trees: int = 300
    leaves: int = 15
    rate: float = 0.03
    smallest_leaf: int = 100
    seed: int = 1
    threads: int = 0
    fewest: int = 0

    @property
    def name(self) -> str:
        return f"trees {self.trees}x{self.leaves}"

    def fit(self, data: TrainingSet) -> "FittedBoosted":
        base = start_beside(data)
        dataset = lgb.Dataset(
            data.features.to_numpy(np.float32),
            data.label,
            weight=data.weight / data.weight.mean(),
            init_score=None if data.offset is None else data.offset + base,
            # By number: LightGBM refuses names with a quote, bracket, comma or colon, which a column may have.
            categorical_feature=[data.features.columns.get_loc(name) for name in data.categories],
            free_raw_data=True,
        )
        booster = lgb.train(self._parameters(len(data)), dataset, num_boost_round=self.trees)
        return FittedBoosted(tuple(data.features.columns), booster.model_to_string(), base)

    def _parameters(self, rows: int) -> dict[str, Any]:
        return {
            "objective": "binary",
            "learning_rate": self.rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.smallest_leaf,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "feature_fraction": 0.8,
            "lambda_l2": 1.0,
            "cat_smooth": 20.0,
            "seed": self.seed,
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": self.threads or threads_for(rows),
            "verbose": -1,
        }


def start_beside(data: TrainingSet) -> float:
    """The log odds that everybody has beside the offset; 0 without one, for LightGBM then finds them itself."""
    if data.offset is None:
        return 0.0
    mean = float(np.clip(np.average(data.label, weights=data.weight), TINY, 1 - TINY))
    return shift_to_mean(expit(data.offset), mean, data.weight)


def threads_for(rows: int) -> int:
    """How many threads LightGBM is worth: one for few rows, else as many as there are (0). Scores are the same.

    Threads that share little work wait for each other by spinning, and beside any other load take minutes for seconds.
    """
    return 1 if rows < WORTH_THREADS else 0


@dataclass(frozen=True)
class FittedBoosted:
    """A LightGBM model as its text, and the log odds that its trees start from.

    Columns are given to it in the order it was trained with.
    """

    kind: ClassVar[str] = "boosted"
    columns: tuple[str, ...]
    text: str
    base: float = 0.0

    @cached_property
    def booster(self) -> lgb.Booster:
        return lgb.Booster(model_str=self.text)

    def predict(self, features: pd.DataFrame) -> Doubles:
        numbers = features[list(self.columns)].to_numpy(np.float32)
        raw = self.booster.predict(numbers, raw_score=True, num_threads=threads_for(len(numbers)))
        return self.chances(np.asarray(raw))

    def chances(self, raw: Doubles) -> Doubles:
        """The prediction where the trees sum to `raw`."""
        return np.asarray(expit(self.base + raw))

    def to_json(self) -> dict[str, Any]:
        return {"columns": list(self.columns), "text": self.text, "base": self.base}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FittedBoosted":
        return cls(tuple(data["columns"]), data["text"], data["base"])
