"""The level of an election: how many vote at all, apart from who does.

Elections differ in level, and a model that learns from several at once must not take that for a difference between
voters. So each election has a level of its own, estimated beside the voters' differences, and the coming one is given
the level that its past tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from data.elections import Election
from models.calibration import LEVEL_SPREAD
from models.design import lay_out, plan_terms
from models.ridge import fit_ridge
from models.training_set import Doubles, TrainingSet, Whole

STRENGTH = 1.0
ROWS_AN_ERA = 20_000
HALF_LIFE_YEARS = 8.0
# For how many elections the usual spread is believed.
USUAL_SPREAD, BELIEF = LEVEL_SPREAD, 4
PROVEN = 0.01


@dataclass(frozen=True)
class Level:
    """The level to expect of the coming election, from those of the `past` that it `rests_on`, on the logit scale.

    `spread` is how far elections of one kind lie apart, the standard deviation.
    """

    value: float
    spread: float
    rests_on: tuple[Election, ...]
    past: Doubles


def age_weight(election: Election, coming: Election) -> float:
    """What the age of a past election leaves of its weight: `HALF_LIFE_YEARS` halve it."""
    years = (coming.date - election.date).days / 365.25
    return float(0.5 ** (years / HALF_LIFE_YEARS))


def era_levels(data: TrainingSet) -> Doubles:
    """The level of each election of `data.elections` on the logit scale, for the same voters; NaN where no rows are.

    A ridge regression with an intercept for each election, on at most `ROWS_AN_ERA` rows of each.
    """
    few = data.take(_first_rows(data.era))
    terms = plan_terms(few)
    eras = np.unique(few.era)
    which = (few.era[:, None] == eras[None, :]).astype(np.float64)
    design = np.column_stack([lay_out(terms, few.features), which])
    intercept, coefficients = fit_ridge(design, few.label, np.ones(len(few)), np.zeros(len(few)), STRENGTH)
    levels = np.full(len(data.elections), np.nan)
    levels[eras] = intercept + coefficients[-len(eras) :]
    return levels


def _first_rows(era: Whole) -> NDArray[np.bool_]:
    place = pd.Series(era).groupby(era).cumcount().to_numpy()
    return np.asarray(place < ROWS_AN_ERA)


def coming_level(levels: Doubles, elections: Sequence[Election], coming: Election) -> Level:
    """The level to expect, the mean of past levels with age halving their weight every `HALF_LIFE_YEARS`.

    Elections of the coming one's kind count, and those of another kind unless its level is proven to differ: a test of
    the two means at `PROVEN`, the variance within kinds moderated by `USUAL_SPREAD` (Smyth 2004, section 4), because a
    handful of elections tells little of their own spread. Where no kind has two elections nothing can be tested, and
    its own kind counts alone. Without one of its kind, all count.
    """
    table = pd.DataFrame({"level": levels, "kind": [e.kind for e in elections], "election": elections})
    table["weight"] = [age_weight(election, coming) for election in elections]
    table = table.dropna(subset=["level"])
    kinds = table.groupby("kind")["level"].agg(["mean", "size"])
    free = len(table) - len(kinds)
    within = float(((table["level"] - table["kind"].map(kinds["mean"])) ** 2).sum())
    spread = float(np.sqrt((BELIEF * USUAL_SPREAD**2 + within) / (BELIEF + free)))
    if coming.kind in kinds.index:
        own = kinds.loc[coming.kind]
        error = spread * np.sqrt(1 / kinds["size"] + 1 / own["size"])
        proof = student.ppf(1 - PROVEN / 2, BELIEF + free) if free else 0.0
        alike = (kinds["mean"] - own["mean"]).abs() <= error * proof
        table = table[table["kind"].map(alike)]
    value = float(np.average(table["level"], weights=table["weight"]))
    return Level(value, spread, tuple(table["election"]), levels)


def expect_level(data: TrainingSet, coming: Election) -> Level:
    """The level to expect of the coming election from those of the rows."""
    return coming_level(era_levels(data), data.elections, coming)


def beside_level(data: TrainingSet, level: Level | None) -> TrainingSet:
    """The same rows, each with the level of its election above the expected one as `offset`; as they are without one.

    What learns beside the offset predicts at the expected level.
    """
    return data if level is None else replace(data, offset=(level.past - level.value)[data.era])
