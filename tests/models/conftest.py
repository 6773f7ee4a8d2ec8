"""Training sets with a known truth, drawn by numpy."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.training_set import TrainingSet

Make = Callable[..., TrainingSet]


def make_training_set(
    rows: int = 600,
    *,
    seed: int = 1,
    effect: float = 1.5,
    eras: int = 1,
    levels: tuple[float, ...] = (),
    party: float = 1.5,
) -> TrainingSet:
    """Labels from logit = level + effect × age + party; `noise` has nothing to say, `age` is sometimes missing."""
    rng = np.random.default_rng(seed)
    age, noise = rng.normal(size=rows), rng.normal(size=rows)
    sides = rng.integers(0, 3, rows).astype(float)
    era = np.sort(np.arange(rows) % eras)
    level = np.asarray(levels or (0.0,) * eras)[era]
    chance = expit(level + effect * age + party * (sides == 1))
    features = pd.DataFrame(
        {
            "age": np.where(rng.random(rows) < 0.05, np.nan, age),
            "noise": noise,
            "party": np.where(rng.random(rows) < 0.02, np.nan, sides),
            "votes_of_last_4": np.clip(np.round(2 + age), 0, 4),
        }
    ).astype(np.float32)
    label = (rng.random(rows) < chance).astype(float)
    return TrainingSet(features, label, np.ones(rows), np.arange(rows) // 2, era, ("party",))


@pytest.fixture
def make() -> Make:
    return make_training_set
