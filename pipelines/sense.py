"""What a trained outcome means for the file: what its level rests on and changes, and what its scores rest on."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from features.matrix import features_of
from models.levels import Level
from models.model import PropensityModel
from models.reasons import learn_explainer
from pipelines.lessons import Lesson

LIKELY = 0.5
STEPS = (-2, -1, 0, 1, 2)
EXPLAINED = 5_000


def describe_levels(
    level: Level | None, lesson: Lesson, model: PropensityModel, reference: pd.DataFrame
) -> dict[str, Any] | None:
    """The rates of past elections, which of them the level rests on, and what one or two spreads more or less change.

    None for an outcome that has no elections.
    """
    if level is None or lesson.data is None:
        return None
    rates = pd.Series(lesson.data.label).groupby(lesson.data.era).mean()
    past = [
        {"election": f"{e.date:%b %Y}, {e.kind.replace('_', ' ')}", "level": float(rates[number])}
        for number, e in enumerate(lesson.data.elections)
    ]
    rests_on = [election.date.isoformat() for election in level.rests_on]
    scores = [model.shifted(step * level.spread).predict(reference) for step in STEPS]
    sensitivity = [{"level": float(p.mean()), "likely to vote": float((p >= LIKELY).mean())} for p in scores]
    stated = {"areas": len(model.areas.shifts)} if model.areas else {}
    return {"past": past, "rests_on": rests_on, "spread": level.spread, "sensitivity": sensitivity, **stated}


def rank_topics(model: PropensityModel, reference: pd.DataFrame, extras: Mapping[str, str]) -> dict[str, float]:
    """The share of each topic of features in the differences between scores, the largest first."""
    learned = learn_explainer(model, reference.iloc[:EXPLAINED], features_of(extras)).learned()
    total = sum(one.importance for one in learned)
    return {one.topic: one.importance / total for one in learned}
