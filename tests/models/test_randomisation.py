import numpy as np
import pandas as pd
import pytest

from models.experiments import Experiment
from models.randomisation import Randomisation, check_randomisation, find_leak, measure_balance

ROWS = 1_000


def draw(rng: np.random.Generator, *, block: int = ROWS, by_door: bool = True) -> Experiment:
    """Half of the doors of each block, or half of its voters; two voters a door."""
    unit = 2 if by_door else 1
    sides = [rng.permutation(np.arange(block // unit) % 2) for _ in range(ROWS // block)]
    assigned = np.repeat(np.concatenate(sides), unit).astype(float)
    outcome = (rng.random(ROWS) < 0.4).astype(float)
    return Experiment(assigned, outcome, np.arange(ROWS) // 2, np.arange(ROWS) // block)


def known_before(rng: np.random.Generator) -> pd.DataFrame:
    """Features that doors share, one of them skewed, one with gaps, one a category."""
    door = rng.normal(size=(ROWS // 2, 8)).repeat(2, axis=0)
    frame = pd.DataFrame(door + rng.normal(size=(ROWS, 8)), columns=[f"x{i}" for i in range(8)])
    gaps = np.where(rng.random(ROWS) < 0.1, np.nan, frame["x1"])
    return frame.assign(x0=np.exp(frame["x0"]), x1=gaps, party=rng.integers(0, 4, ROWS)).astype(np.float32)


def check(experiment: Experiment, features: pd.DataFrame, known: object = None) -> Randomisation:
    told = np.ones(len(experiment)) if known is None else np.asarray(known, float)
    return check_randomisation(experiment, told, features, ("party",), 0)


@pytest.mark.parametrize(("block", "by_door"), [(ROWS, True), (ROWS, False), (20, True), (4, True), (2, False)])
def test_a_true_draw_is_refused_as_seldom_as_stated(block: int, by_door: bool) -> None:
    p = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        features = known_before(rng)
        p.append(measure_balance(draw(rng, block=block, by_door=by_door), features, ("party",)).p)
    assert 0.01 <= np.mean(np.array(p) < 0.05) <= 0.10
    assert np.mean(np.array(p) < 0.001) <= 0.01
    assert 0.35 <= np.mean(p) <= 0.65


def test_whom_volunteers_chose_themselves_was_not_drawn() -> None:
    rng = np.random.default_rng(1)
    features, experiment = known_before(rng), draw(rng)
    chosen = (features["x3"].to_numpy() + rng.normal(size=ROWS) > 0).astype(float)
    found = check(Experiment(chosen, experiment.outcome, experiment.cluster, experiment.block), features)
    assert found.balance.p < 1e-6 and found.balance.uneven[0].feature == "x3"
    assert found.balance.uneven[0].difference > 0
    assert "x3" in found.against[0] and "can be told" in found.against[0]


def test_a_category_that_decides_is_found() -> None:
    rng = np.random.default_rng(2)
    features, experiment = known_before(rng), draw(rng)
    chosen = (features["party"].to_numpy() == 2).astype(float)
    found = check(Experiment(chosen, experiment.outcome, experiment.cluster, experiment.block), features)
    assert "party" in {one.feature for one in found.balance.uneven} and found.against


def test_draws_in_blocks_of_different_shares_are_draws() -> None:
    rng = np.random.default_rng(3)
    features = known_before(rng)
    block = np.arange(ROWS) // 250
    features["x4"] += block * 3
    assigned = (np.repeat(rng.random(ROWS // 2), 2) < np.array([0.2, 0.4, 0.6, 0.8])[block]).astype(float)
    outcome, cluster = rng.integers(0, 2, ROWS).astype(float), np.arange(ROWS) // 2
    assert not check(Experiment(assigned, outcome, cluster, block), features).against
    assert check(Experiment(assigned, outcome, cluster, np.zeros(ROWS, int)), features).against


def test_outcomes_lost_in_one_arm_are_refused_and_lost_in_both_are_told() -> None:
    rng = np.random.default_rng(4)
    features, experiment = known_before(rng), draw(rng)
    evenly = rng.random(ROWS) > 0.3
    assert any("outcomes are missing" in warning for warning in check(experiment, features, evenly).warnings)
    assert not check(experiment, features, evenly).against
    unevenly = (rng.random(ROWS) > 0.2) | (experiment.assigned == 1)
    assert "missing unevenly" in check(experiment, features, unevenly).against[0]


def test_few_clusters_are_told() -> None:
    rng = np.random.default_rng(5)
    features, experiment = known_before(rng), draw(rng, block=ROWS)
    wards = np.arange(ROWS) // 100
    found = check(Experiment((wards % 2).astype(float), experiment.outcome, wards, experiment.block), features)
    assert any("5 clusters only" in warning for warning in found.warnings) and not found.against


def test_contact_of_the_control_group_is_told() -> None:
    rng = np.random.default_rng(6)
    experiment = draw(rng)
    reached = np.where(experiment.assigned == 1, 1.0, rng.random(ROWS) < 0.1)
    noted = Experiment(experiment.assigned, experiment.outcome, experiment.cluster, experiment.block, reached)
    assert any("were contacted all the same" in warning for warning in check(noted, known_before(rng)).warnings)


def test_a_feature_that_is_the_outcome_is_named() -> None:
    rng = np.random.default_rng(7)
    features = known_before(rng)
    outcome = (features["x2"] > 0).to_numpy(float)
    assert find_leak(features, outcome) is None
    outcome[:50] = np.nan
    assert find_leak(features.assign(voted_last=(features["x2"] > 0)), outcome) == "voted_last"
