from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from scipy.special import expit

from models.inspection import suspect
from models.reversals import Expected
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, TrainingSet

VOTES = Expected(rises_with=("votes_of_last_4",))
LIMITS = SuspicionLimits()


def look(data: TrainingSet, p: Doubles | None = None, **more: Any) -> list[Suspicion]:
    """Suspicions of the rows of the last era, by default of scores that follow the age."""
    rows = np.flatnonzero(data.era == data.era.max())
    scores = expit(np.nan_to_num(data.features["age"].to_numpy(np.float64))) if p is None else p
    return list(suspect(data, rows, scores[rows], VOTES, LIMITS, **{"replayed": True, **more}))


def kinds(found: list[Suspicion]) -> list[str]:
    return sorted({one.kind for one in found if one.blocks})


def with_column(data: TrainingSet, values: Doubles) -> TrainingSet:
    return replace(data, features=data.features.assign(extra_x=values.astype(np.float32)))


def test_a_healthy_model_is_not_suspect(make: Any) -> None:
    assert look(make(1_200)) == look(make(1_800, eras=3)) == []


def test_every_kind_is_found(make: Any) -> None:
    data = make(1_800, eras=3)
    last = data.era == 2
    assert kinds(look(replace(data, label=1 - data.label))) == ["reversed"]
    assert kinds(look(with_column(data, data.label))) == ["leak"]
    assert kinds(look(data, np.full(1_800, 0.3))) == ["constant"]
    assert kinds(look(data, np.full(1_800, np.nan))) == ["not a chance"]
    assert kinds(look(data, data.label * 0.8 + 0.1)) == ["leak"]
    assert kinds(look(replace(data, label=np.where(last, 1.0, data.label)))) == ["one class"]


def test_everything_wrong_is_told_at_once(make: Any) -> None:
    data = make(900)
    spoiled = with_column(replace(data, label=1 - data.label), data.label)
    assert kinds(look(spoiled, np.full(900, 0.3))) == ["constant", "leak", "reversed"]


def test_foresight_and_dates_are_asked_of_past_elections_only(make: Any) -> None:
    data = make(2_000, effect=0.3, party=0.3)
    told = np.where(np.random.default_rng(1).random(2_000) < 0.1, 1 - data.label, data.label)
    vendor = with_column(data, told)
    assert kinds(look(vendor)) == ["leak"] and kinds(look(vendor, replayed=False)) == []
    dated = with_column(data, np.where(data.label == 1, 2023, 2010) + 0 * told)
    mixed = with_column(
        data, np.where(np.random.default_rng(2).random(2_000) < 0.5, 2010, np.where(data.label == 1, 2023, 2010))
    )
    assert kinds(look(dated, days=(date(2022, 11, 8),))) == ["leak"]
    assert any("2022-11-08" in one.what for one in look(mixed, days=(date(2022, 11, 8),)))
    assert look(mixed, replayed=False) == []


def test_an_earlier_model_is_asked_where_there_is_one(make: Any) -> None:
    data = make(900)
    against = expit(-np.nan_to_num(data.features["age"].to_numpy(np.float64)))
    unasked = replace(data, features=data.features.drop(columns="votes_of_last_4"))
    assert look(unasked) == []
    assert kinds(look(unasked, previous=against)) == ["reversed"]


def test_rows_that_nobody_judged_do_not_count(make: Any) -> None:
    """Predictions of the first era do not exist; it may be of one class, too."""
    data = make(1_800, eras=3)
    assert look(replace(data, label=np.where(data.era == 0, 1.0, data.label))) == []
