from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from models import uplift as module
from models.experiments import Experiment
from models.uplift import calibrate_uplift, learn_uplift

ROWS = 1_200


def make(seed: int, *, effect: float = 0.4, block: bool = False) -> tuple[Experiment, pd.DataFrame, np.ndarray]:
    """Contact moves those of party 1 by `effect` and nobody else; two voters a door, doors drawn."""
    rng = np.random.default_rng(seed)
    party, age = rng.integers(0, 3, ROWS).astype(float), rng.normal(size=ROWS)
    blocks = np.arange(ROWS) // (ROWS // 2) if block else np.zeros(ROWS, np.int64)
    chance = np.where(blocks == 1, 0.25, 0.5)
    assigned = np.repeat(rng.random(ROWS // 2), 2) < chance
    moved = effect * (party == 1)
    outcome = (rng.random(ROWS) < 0.2 + 0.1 * (age > 0) + assigned * moved).astype(float)
    features = pd.DataFrame({"age": age, "party": party, "noise": rng.normal(size=ROWS)}).astype(np.float32)
    return Experiment(assigned.astype(float), outcome, np.arange(ROWS) // 2, blocks), features, moved


def test_who_is_moved_is_found_out_of_sample() -> None:
    experiment, features, moved = make(1)
    found = learn_uplift(experiment, features, ("party",), seed=1)
    assert found.moved[moved > 0].mean() > 0.2 > 0.1 > found.moved[moved == 0].mean()
    assert np.corrcoef(found.moved, moved)[0, 1] > 0.8
    assert np.abs(found.left_alone.mean() - 0.25) < 0.05


def test_a_household_is_in_one_fold_and_taught_nothing_that_it_is_judged_by() -> None:
    experiment, features, _ = make(2)
    before = learn_uplift(experiment, features, ("party",), seed=1)
    for door in range(0, ROWS, 2):
        assert before.fold[door] == before.fold[door + 1]
    held = before.fold == 3
    changed = replace(experiment, outcome=np.where(held, 1 - experiment.outcome, experiment.outcome))
    after = learn_uplift(changed, features, ("party",), seed=1)
    for name in ("left_alone", "contacted", "moved"):
        np.testing.assert_array_equal(getattr(before, name)[held], getattr(after, name)[held])
        assert (getattr(before, name)[~held] != getattr(after, name)[~held]).any()


def test_the_signal_and_what_was_expected_keep_the_effect() -> None:
    experiment, features, moved = make(3, block=True)
    found = learn_uplift(experiment, features, ("party",), seed=1)
    weight = experiment.chance * (1 - experiment.chance)
    assert np.average(found.signal(experiment), weights=weight) == pytest.approx(moved.mean(), abs=0.08)
    finer = experiment.beyond(found.expected(experiment))
    assert finer.outcome.std() < experiment.outcome.std()


def test_large_experiments_teach_a_part_of_their_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment, features, moved = make(4)
    monkeypatch.setattr(module, "LEARNED_AT_MOST", 500)
    found = learn_uplift(experiment, features, ("party",), seed=1)
    assert not np.isnan(found.moved).any()
    assert np.corrcoef(found.moved, moved)[0, 1] > 0.5


def test_features_that_say_nothing_are_no_fault() -> None:
    experiment, features, _ = make(5, effect=0.0)
    found = learn_uplift(experiment, features[["age"]] * 0, (), seed=1)
    assert np.ptp(found.moved[found.fold == 0]) < 1e-9


def test_calibration_gives_scores_the_size_of_the_effect() -> None:
    rng = np.random.default_rng(6)
    score = rng.normal(size=4000)
    experiment = Experiment(np.arange(4000) % 2.0, np.zeros(4000), np.arange(4000), np.zeros(4000, np.int64))
    signal = 0.1 + 0.02 * score + 0.01 * rng.normal(size=4000)
    np.testing.assert_allclose(calibrate_uplift(5 * score + 3, signal, experiment), 0.1 + 0.02 * score, atol=0.005)
    flat = calibrate_uplift(-score, signal, experiment)
    np.testing.assert_allclose(flat, 0.1, atol=0.005)
