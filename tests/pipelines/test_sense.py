from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.elections import Election
from features.matrix import features_of
from models.calibration import Line
from models.levels import Level
from models.logistic import Logistic
from models.model import PropensityModel
from models.rates import FittedRate
from models.training_set import TrainingSet
from pipelines.lessons import Lesson
from pipelines.sense import LIKELY, describe_levels, rank_topics

ELECTIONS = (Election(date(2018, 11, 6), "general"), Election(date(2020, 11, 3), "general"))
REFERENCE = pd.DataFrame({"keen": np.linspace(0, 1, 101)}, dtype=np.float32)
RULE = FittedRate("keen", 0.5, ((0.0, 0.1), (1.0, 0.9)), 0.5)
MODEL = PropensityModel("turnout", ("keen",), ((1.0, RULE),), Line(), {})
LEVEL = Level(0.2, 0.5, ELECTIONS[:1], np.array([0.2, 1.0]))


def lesson() -> Lesson:
    """Ten voters of 2018, four of whom voted, and five of 2020, four of whom voted."""
    label, era = np.array([1.0] * 4 + [0.0] * 6 + [1.0] * 4 + [0.0]), np.repeat([0, 1], [10, 5])
    features = pd.DataFrame({"keen": label}, dtype=np.float32)
    data = TrainingSet(features, label, np.ones(15), np.arange(15), era, (), ELECTIONS)
    return Lesson(data, era == 1, "x", {}, "")


def described() -> dict[str, Any]:
    found = describe_levels(LEVEL, lesson(), MODEL, REFERENCE)
    assert found is not None
    return found


def test_the_rates_of_past_elections_are_told_and_what_the_level_rests_on() -> None:
    found = described()
    assert found["past"] == [
        {"election": "Nov 2018, midterm", "level": pytest.approx(0.4)},
        {"election": "Nov 2020, presidential", "level": pytest.approx(0.8)},
    ]
    assert found["rests_on"] == ["2018-11-06"] and found["spread"] == 0.5


def test_what_another_level_would_change_is_told_by_spreads() -> None:
    steps = described()["sensitivity"]
    assert len(steps) == 5
    for step, told in zip((-2, -1, 0, 1, 2), steps, strict=True):
        p = MODEL.shifted(step * 0.5).predict(REFERENCE)
        assert told == {"level": pytest.approx(p.mean()), "likely to vote": pytest.approx((p >= LIKELY).mean())}
    assert [*np.diff([told["level"] for told in steps])] == pytest.approx([0.1] * 4, abs=0.05)


def test_what_has_no_elections_has_no_levels() -> None:
    assert describe_levels(None, lesson(), MODEL, REFERENCE) is None
    nothing = Lesson(None, np.zeros(0, bool), "", {}, "no answers")
    assert describe_levels(LEVEL, nothing, MODEL, REFERENCE) is None


def test_topics_are_ranked_by_their_share_of_the_differences_between_scores() -> None:
    """Votes tell nearly all, the size of the household a little, and nothing else anything."""
    rng, n = np.random.default_rng(1), 2_000
    names = [feature.name for feature in features_of({})]
    features = pd.DataFrame(0.0, index=range(n), columns=names, dtype=np.float32)
    votes, size = rng.integers(0, 5, n), rng.integers(1, 5, n)
    features = features.assign(votes_of_last_4=votes.astype(np.float32), household_size=size.astype(np.float32))
    label = (rng.random(n) < 1 / (1 + np.exp(-(1.5 * (votes - 2) + 0.3 * (size - 2))))).astype(float)
    data = TrainingSet(features, label, np.ones(n), np.arange(n), np.zeros(n, np.int64), ())
    model = PropensityModel("turnout", tuple(names), ((1.0, Logistic(1.0).fit(data)),), Line(), {})
    found = rank_topics(model, features, {})
    topic = {feature.name: feature.topic for feature in features_of({})}
    assert list(found)[:2] == [topic["votes_of_last_4"], topic["household_size"]]
    assert sum(found.values()) == pytest.approx(1.0) and found[topic["votes_of_last_4"]] > 0.7
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_a_model_that_tells_nobody_apart_rests_on_nothing() -> None:
    names = tuple(feature.name for feature in features_of({}))
    model = PropensityModel("turnout", names, ((1.0, FittedRate(None, 0.4, (), 0.4)),), Line(), {})
    reference = pd.DataFrame(0.0, index=range(50), columns=list(names), dtype=np.float32)
    assert rank_topics(model, reference, {}) == {}
