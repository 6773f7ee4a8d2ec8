from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from models.leaks import (
    Telling,
    suspect_columns,
    suspect_dates,
    suspect_foresight,
    suspect_model,
    tell_each,
)
from models.metrics import auc
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, TrainingSet

LIMITS = SuspicionLimits()
DAYS = (date(2018, 11, 6), date(2022, 11, 8))


def with_column(data: TrainingSet, values: Doubles, *, name: str = "extra_x", category: bool = False) -> TrainingSet:
    features = data.features.assign(**{name: values.astype(np.float32)})
    return replace(data, features=features, categories=(*data.categories, name) if category else data.categories)


def columns(data: TrainingSet, limits: SuspicionLimits = LIMITS) -> list[Suspicion]:
    return list(suspect_columns(tell_each(data), limits))


def test_each_column_tells_what_it_tells_by_itself(make: Any) -> None:
    data = make(4_000)
    found = {one.column: one for one in tell_each(data)}
    age = data.features["age"].to_numpy(np.float64)
    known = ~np.isnan(age)
    assert set(found) == set(data.features)
    assert found["age"].auc == pytest.approx(auc(age[known], data.label[known]), abs=0.03)
    assert found["noise"].auc == pytest.approx(0.5, abs=0.03)
    assert found["age"].low < found["age"].auc


def test_a_column_without_a_say_does_not_gain_one_by_having_many_words(make: Any) -> None:
    """Of 300 rows with 150 words, rates learned from the rows themselves would tell everything."""
    data = make(300, effect=0.0, party=0.0)
    words = np.random.default_rng(1).integers(0, 150, 300).astype(float)
    found = {one.column: one.auc for one in tell_each(with_column(data, words, category=True))}
    assert found["extra_x"] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("made", ["word", "number", "middle", "filled"])
def test_a_column_that_gives_the_label_away_is_named(make: Any, made: str, seed: int) -> None:
    data, rng = make(600, seed=seed), np.random.default_rng(seed)
    label = np.where(rng.random(600) < 0.01, 1 - data.label, data.label)
    values = {
        "word": 3 - 2 * label,
        "number": -5 * label + rng.normal(size=600),
        "middle": np.where(label == 1, 0, rng.choice([-5, 5], 600)) + rng.normal(size=600),
        "filled": np.where(label == 1, 7.0, np.nan),
    }
    (found,) = columns(with_column(data, values[made], category=made == "word"))
    assert found.kind == "leak" and found.blocks
    assert "“extra_x” (AUC 0.9" in found.what and "leave it out of the mapping" in found.remedy


def test_a_leak_of_one_era_is_seen(make: Any) -> None:
    data = make(1_500, eras=3)
    telling = np.where(data.era == 1, data.label, np.random.default_rng(1).integers(0, 2, 1_500))
    (found,) = columns(with_column(data, telling))
    assert "extra_x" in found.what


@pytest.mark.parametrize("seed", range(5))
def test_healthy_columns_are_not_suspect_not_even_a_party_that_tells_nearly_all(make: Any, seed: int) -> None:
    """A party of AUC .946 was measured on real answers."""
    data = make(600, seed=seed)
    assert columns(data) == []
    party = np.where(np.random.default_rng(seed).random(600) < 0.05, 1 - data.label, data.label)
    told = with_column(data, party, name="party", category=True)
    assert next(one for one in tell_each(told) if one.column == "party").auc > 0.92
    assert columns(told) == []
    assert columns(with_column(data, np.where(np.arange(600) % 12 == 0, 1 - data.label, data.label))) == []


def test_the_campaigns_own_columns_are_looked_at_more_strictly(make: Any) -> None:
    data = make(4_000)
    values = np.where(np.arange(4_000) % 33 == 0, 1 - data.label, data.label)
    assert columns(with_column(data, values, name="party")) == []
    assert len(columns(with_column(data, values))) == 1
    assert columns(with_column(data, values), SuspicionLimits(largest_column_auc=0.98)) == []


def test_a_column_that_may_be_too_good_by_chance_is_not_suspect(make: Any) -> None:
    data = make(200)
    told = with_column(data, np.where(np.arange(200) % 33 == 0, 1 - data.label, data.label))
    assert max(one.auc for one in tell_each(told)) > 0.95
    assert columns(told) == []


def test_too_few_of_a_class_tell_nothing(make: Any) -> None:
    data = make(600)
    rare = replace(data, label=(np.arange(600) < 19).astype(float))
    assert tell_each(rare) == () and columns(rare) == []


def test_a_column_of_today_that_foresees_an_election_is_named() -> None:
    votes, vendor, weak = (
        Telling(n, 0, a, 0.01) for n, a in (("share_all", 0.75), ("extra_v", 0.85), ("extra_w", 0.79))
    )
    (found,) = suspect_foresight((vendor, weak, votes), LIMITS)
    assert "“extra_v” (AUC 0.850) tells more of a past election than any past vote (AUC 0.750)" in found.what
    assert list(suspect_foresight((weak, votes), LIMITS)) == []
    unsure = Telling("extra_v", 0, 0.85, 0.06)
    assert list(suspect_foresight((unsure, votes), LIMITS)) == []
    assert list(suspect_foresight((vendor, Telling("share_all", 0, 0.84, 0.01)), LIMITS)) == []
    elsewhere = Telling("share_all", 1, 0.84, 0.01)
    assert len(list(suspect_foresight((vendor, votes, elsewhere), LIMITS))) == 1


def dated(data: TrainingSet, values: Doubles, name: str = "extra_day") -> list[Suspicion]:
    # float32, as features are, keeps dates such as 20221108 apart: they are below 2**25 and rounded to even days
    return list(suspect_dates(with_column(data, values, name=name), DAYS))


def test_a_date_after_the_election_that_goes_with_the_vote_blocks(make: Any) -> None:
    data = make(1_000, eras=2)
    (found,) = dated(data, np.where((data.era == 1) & (data.label == 1), 20221204, 20101106))
    assert found.kind == "leak" and found.blocks
    assert "after the election of 2022-11-08 in the column “extra_day”" in found.what
    (year,) = dated(data, np.where((data.era == 1) & (data.label == 1), 2023, 2010))
    assert year.blocks


def test_a_date_after_the_election_that_goes_with_nothing_is_told_only(make: Any) -> None:
    data = make(1_000, eras=2)
    late = np.random.default_rng(1).random(1_000) < 0.1
    found = dated(data, np.where(late, 20250630, 20101106))
    assert len(found) == 2 and not any(one.blocks for one in found)


def test_dates_of_before_and_numbers_that_are_no_dates_are_not_suspect(make: Any) -> None:
    data = make(1_000, eras=2)
    assert dated(data, np.full(1_000, 20101106.0)) == []
    assert dated(data, np.linspace(2_000, 90_000, 1_000)) == []
    assert dated(data, np.full(1_000, np.nan)) == []
    assert dated(data, np.full(1_000, 20251310.0)) == []
    assert dated(data, np.where(data.label == 1, 20250630, 20101106), name="year") == []


def test_a_model_too_good_to_be_true_names_what_tells_most(make: Any) -> None:
    data = make(600)
    p = np.where(data.label == 1, 0.9, 0.1) + 0.05 * np.random.default_rng(1).random(600)
    (found,) = suspect_model(p, data.label, data.household, tell_each(data), LIMITS)
    assert found.what.startswith("probable leakage, the model's AUC is 1.000; most telling are “")
    assert all(f"“{name}” (AUC 0." in found.what for name in ("age", "votes_of_last_4", "party"))
    assert "noise" not in found.what
    good = np.where(np.random.default_rng(2).random(600) < 0.1, 1 - p, p)
    assert list(suspect_model(good, data.label, data.household, tell_each(data), LIMITS)) == []


def test_an_auc_that_only_may_be_too_good_is_not_suspect(make: Any) -> None:
    data = make(200)
    p = np.where(np.arange(200) % 60 == 0, 1 - data.label, data.label)
    assert auc(p, data.label) > 0.98
    assert list(suspect_model(p, data.label, data.household, (), LIMITS)) == []
