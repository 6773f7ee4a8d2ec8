from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.reversals import CERTIFIED_RESULTS, PAST_VOTES, Expected, suspect_reversal
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, TrainingSet

LIMITS = SuspicionLimits()
VOTES = Expected(rises_with=("votes_of_last_4", "age"), remedy="look at the history")


def look(data: TrainingSet, expected: Expected, previous: Doubles | None = None) -> list[Suspicion]:
    return list(suspect_reversal(data, previous, expected, LIMITS))


def flip(data: TrainingSet, rows: Any = True) -> TrainingSet:
    return replace(data, label=np.where(rows, 1 - data.label, data.label))


def survey(
    areas: int = 12, *, spread: float = 0.5, seed: int = 1, rows: int = 1_200, known: bool = True, side: int = 1
) -> TrainingSet:
    """Answers in areas that lean; the party `side` goes with the campaign's side and lives where it wins."""
    rng = np.random.default_rng(seed)
    lean = np.linspace(-spread, spread, areas)
    here = rng.integers(0, areas, rows)
    ours = rng.random(rows) < expit(lean[here])
    label = (rng.random(rows) < expit(np.where(ours, 1.5, -1.5) + 0.5 * lean[here])).astype(float)
    features = pd.DataFrame(
        {
            "party": np.where(ours, side, 3 - side),
            f"precinct_party_{side}": expit(lean)[here],
            f"precinct_party_{3 - side}": 1 - expit(lean)[here],
            "precinct_lean": expit(lean)[here] if known else np.full(rows, np.nan),
            "zip_lean": np.full(rows, np.nan),
        },
        dtype=np.float32,
    )
    return TrainingSet(features, label, np.ones(rows), np.arange(rows) // 2, np.zeros(rows, np.int64), ("party",))


@pytest.mark.parametrize("seed", range(3))
def test_labels_that_fall_with_past_votes_are_reversed(make: Any, seed: int) -> None:
    data = make(600, seed=seed)
    assert look(data, VOTES) == []
    (found,) = look(flip(data), VOTES)
    assert (found.kind, found.blocks, found.remedy) == ("reversed", True, "look at the history")
    assert "“votes_of_last_4” (-" in found.what and "“age” (-" in found.what


def test_labels_that_have_nothing_to_do_with_past_votes_are_not_reversed(make: Any) -> None:
    assert not any(look(make(600, seed=seed, effect=0.0), VOTES) for seed in range(6))


def test_one_era_the_wrong_way_round_is_seen_among_others(make: Any) -> None:
    data = make(1_800, eras=3)
    assert look(data, VOTES) == []
    assert len(look(flip(data, data.era == 1), VOTES)) == 1


def test_what_runs_against_one_thing_and_more_surely_with_another_is_told_only(make: Any) -> None:
    data = make(600)
    noise = np.random.default_rng(99).normal(size=600)
    surely = -data.features["age"]
    (found,) = look(replace(data, features=data.features.assign(age=surely + noise)), VOTES)
    assert not found.blocks and "though with “votes_of_last_4”" in found.what
    (found,) = look(replace(data, features=data.features.assign(age=surely)), VOTES)
    assert found.blocks and "against “age”" in found.what


def test_features_that_are_not_there_are_not_asked(make: Any) -> None:
    data = make(600)
    alone = replace(data, features=data.features[["noise"]])
    assert look(flip(alone), PAST_VOTES) == []


@pytest.mark.parametrize("side", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_answers_that_fall_with_the_results_are_reversed(seed: int, side: int) -> None:
    """Whichever of the two parties is the larger one."""
    data = survey(seed=seed, side=side)
    assert look(data, CERTIFIED_RESULTS) == []
    (found,) = look(flip(data), CERTIFIED_RESULTS)
    assert found.kind == "reversed" and found.blocks
    assert "check that 1 is strong support" in found.remedy
    assert "the certified results of the precinct (-" in found.what
    assert "the party that the results of the precinct go with (-" in found.what


def test_the_party_shows_it_where_areas_alone_cannot() -> None:
    """Few answers an area: support by area is noise, but the members of the two parties are far apart."""
    data = survey(rows=200, spread=0.3, seed=1)
    (found,) = look(flip(data), CERTIFIED_RESULTS)
    assert found.blocks and "the party that the results" in found.what
    assert "the certified results" not in found.what


def test_without_party_the_areas_show_it() -> None:
    data = survey(rows=3_000)
    data = replace(data, features=data.features[["precinct_lean"]], categories=())
    assert look(data, CERTIFIED_RESULTS) == []
    assert [one.blocks for one in look(flip(data), CERTIFIED_RESULTS)] == [True]


def test_areas_that_are_alike_or_unknown_tell_nothing_and_that_is_said() -> None:
    for data in (survey(spread=0.01), survey(known=False), survey(areas=1)):
        for labels in (data, flip(data)):
            (found,) = look(labels, CERTIFIED_RESULTS)
            assert (found.kind, found.blocks) == ("unchecked", False)
            assert "propensity import results" in found.remedy


@pytest.mark.parametrize(("areas", "scatter", "rows"), [(3, 0.15, 20_000), (40, 0.6, 8_000)])
def test_areas_that_differ_for_other_reasons_seldom_prove_anything(areas: int, scatter: float, rows: int) -> None:
    """Answers by area that have nothing to do with the results, few areas or many, asked so often that it is sure."""
    blocked = 0
    for seed in range(80):
        data = survey(areas=areas, spread=0.3, seed=seed, rows=rows)
        rng = np.random.default_rng(seed)
        here = np.unique(data.features["precinct_lean"], return_inverse=True)[1]
        label = (rng.random(rows) < expit(rng.normal(0, scatter, areas)[here])).astype(float)
        alone = replace(data, features=data.features[["precinct_lean"]], label=label, categories=())
        blocked += any(one.blocks for one in look(alone, CERTIFIED_RESULTS))
    assert blocked <= 4


def test_an_earlier_model_that_the_labels_run_against_speaks_against_them(make: Any) -> None:
    data = make(600)
    earlier = expit(data.features["age"].to_numpy(np.float64))  # sometimes missing
    nothing = Expected()
    assert look(data, nothing, earlier) == []
    (found,) = look(flip(data), nothing, earlier)
    assert found.blocks and "the previous model's scores (-" in found.what


def test_who_has_no_score_of_an_earlier_model_is_left_out(make: Any) -> None:
    data = make(600)
    earlier = np.where((data.label == 0) & (np.arange(600) % 4 > 0), np.nan, np.random.default_rng(1).random(600))
    assert look(data, Expected(), earlier) == []


def test_an_earlier_model_acquits_nobody() -> None:
    """It may have learned the same error."""
    data = flip(survey())
    learned = expit(2 * data.label - 1 + np.random.default_rng(1).normal(size=len(data)))
    (found,) = look(data, CERTIFIED_RESULTS, learned)
    assert found.blocks and "though" not in found.what


def test_one_class_is_another_matter(make: Any) -> None:
    data = make(600)
    assert look(replace(data, label=np.ones(600)), VOTES) == []
