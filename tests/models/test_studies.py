import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from models.experiments import Experiment
from models.qini import LEARNER
from models.studies import CLOSEST, TURNOUT, Study, study_experiment

CATEGORIES = ("party",)


def make(
    seed: int, *, rows: int = 1_500, effect: float = 0.0, everybody: bool = False
) -> tuple[Experiment, pd.DataFrame, np.ndarray]:
    """Contact moves by `effect` those of party 1, or everybody; two alike voters a door, half of the doors drawn."""
    rng = np.random.default_rng(seed)
    party, age = rng.integers(0, 3, rows).astype(float), rng.normal(size=rows)
    home = np.repeat(rng.normal(size=rows // 2), 2)
    moved = np.where((party == 1) | everybody, effect, 0.0)
    chance = np.clip(expit(-0.5 + 0.6 * age + 0.5 * home), 0, 1 - effect)
    assigned = np.repeat(rng.permutation(np.arange(rows // 2) % 2), 2).astype(float)
    outcome = (rng.random(rows) < chance + assigned * moved).astype(float)
    features = pd.DataFrame({"age": age, "party": party, "noise": rng.normal(size=rows)}).astype(np.float32)
    return Experiment(assigned, outcome, np.arange(rows) // 2, np.zeros(rows, np.int64)), features, moved


def study(seed: int, **drawn: object) -> tuple[Study, np.ndarray]:
    experiment, features, moved = make(seed, **drawn)  # type: ignore[arg-type]
    return study_experiment(experiment, features, CATEGORIES, seed=seed), moved


def test_an_effect_on_some_is_found_with_its_sign_and_its_size() -> None:
    covered, size, claimed = [], [], []
    for seed in range(8):
        found, moved = study(seed, effect=0.35)
        assert found.effect is not None and found.adjusted is not None and found.rankings and found.verdict
        covered += [one.low <= moved.mean() <= one.high for one in (found.effect.assigned, found.adjusted)]
        claimed.append(found.verdict.moved and found.verdict.by == LEARNER)
        if found.moved is not None:
            size += [found.moved[moved > 0].mean() - 0.35, found.moved[moved == 0].mean()]
        assert found.rankings[LEARNER].qini.value > max(found.rankings[name].qini.value for name in (CLOSEST, TURNOUT))
    assert np.mean(claimed) >= 0.8
    assert np.mean(covered) >= 0.83
    assert np.abs(size).mean() < 0.08


@pytest.mark.parametrize("effect", [0.0, 0.15])
def test_where_nobody_is_moved_more_than_others_nothing_is_claimed(effect: float) -> None:
    claims = [study(100 + seed, rows=900, effect=effect, everybody=True)[0].verdict for seed in range(8)]
    assert sum(one is not None and one.moved for one in claims) <= 1


def test_a_study_says_the_same_again() -> None:
    first, again = study(3, effect=0.35)[0], study(3, effect=0.35)[0]
    assert first.rankings == again.rankings and first.verdict == again.verdict
    assert first.moved is not None and again.moved is not None
    np.testing.assert_array_equal(first.moved, again.moved)


def test_no_draw_no_effect() -> None:
    experiment, features, _ = make(4)
    chosen = (features["age"].to_numpy() > 0).astype(float)
    found = study_experiment(
        Experiment(chosen, experiment.outcome, experiment.cluster, experiment.block), features, CATEGORIES, seed=1
    )
    assert found.randomisation.against and found.effect is None and found.verdict is None and found.moved is None


def test_too_few_have_an_effect_but_no_ranking() -> None:
    found, _ = study(5, rows=300, effect=0.2)
    assert found.effect is not None and found.rankings == {} and found.adjusted is None
    assert (
        found.verdict is not None and not found.verdict.moved and "too few to tell anyone apart" in found.verdict.words
    )


def test_rows_without_an_outcome_or_a_second_arm_are_left_out() -> None:
    experiment, features, _ = make(6, effect=0.35)
    outcome = experiment.outcome.copy()
    outcome[::10] = np.nan
    block = np.where(np.arange(len(outcome)) < 6, 1, 0)
    assigned = np.where(block == 1, 1.0, experiment.assigned)
    found = study_experiment(Experiment(assigned, outcome, experiment.cluster, block), features, CATEGORIES, seed=1)
    assert found.randomisation.one_armed == 6
    assert found.moved is not None
    np.testing.assert_array_equal(np.isnan(found.moved), np.isnan(outcome) | (block == 1))


def test_an_experiment_without_two_arms_anywhere_is_none() -> None:
    experiment, features, _ = make(7)
    alone = Experiment(
        experiment.assigned, experiment.outcome, experiment.cluster, experiment.assigned.astype(np.int64)
    )
    with pytest.raises(ValueError, match="no block has both arms"):
        study_experiment(alone, features, CATEGORIES, seed=1)
