import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.experiments import Experiment, average_effect, drawn_both_ways

DATA = os.environ.get("PROPENSITY_REAL_DATA")
on_real_data = pytest.mark.skipif(
    not DATA, reason="PROPENSITY_REAL_DATA is not set: the published effects were not reproduced"
)


def alone(assigned: object, outcome: object, block: object = None, contacted: object = None) -> Experiment:
    """An experiment of voters who live alone."""
    a, y = np.asarray(assigned, float), np.asarray(outcome, float)
    blocks = np.zeros(len(a), np.int64) if block is None else np.asarray(block, np.int64)
    return Experiment(a, y, np.arange(len(a)), blocks, None if contacted is None else np.asarray(contacted, float))


def test_the_effect_is_the_difference_of_the_arms() -> None:
    found = average_effect(alone([1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0])).assigned
    assert found.value == pytest.approx(0.25)
    assert found.low < found.value < found.high


def test_blocks_are_compared_within_themselves() -> None:
    assigned, outcome = [1, 0, 0, 0, 1, 1, 1, 0], [1, 1, 0, 1, 0, 1, 0, 0]
    block = [0, 0, 0, 0, 7, 7, 7, 7]
    found = average_effect(alone(assigned, outcome, block)).assigned
    # 1/3 in each block; where a draw took one of four and the other three of four, pooling would say 0
    assert found.value == pytest.approx(1 / 3)


def test_the_difference_under_overlap_weights_is_that_with_fixed_effects() -> None:
    rng = np.random.default_rng(1)
    block = rng.integers(0, 5, 400)
    assigned = (rng.random(400) < 0.2 + 0.1 * block).astype(float)
    experiment = alone(assigned, rng.random(400) < 0.5, block)
    means = [
        np.average(experiment.outcome[arm], weights=experiment.overlap[arm]) for arm in (assigned == 1, assigned == 0)
    ]
    assert means[0] - means[1] == pytest.approx(average_effect(experiment).assigned.value)


def test_contact_divides_the_effect_of_assignment() -> None:
    rng = np.random.default_rng(2)
    assigned = np.arange(4000) % 2
    reached = assigned * (rng.random(4000) < 0.3)
    outcome = rng.random(4000) < 0.4 + 0.2 * reached
    found = average_effect(alone(assigned, outcome, contacted=reached))
    assert found.contact is not None and found.reached is not None
    assert found.contact.value == pytest.approx(0.3, abs=0.03)
    assert found.reached.value == pytest.approx(found.assigned.value / found.contact.value)
    assert found.reached.low < 0.2 < found.reached.high


def test_contact_that_assignment_hardly_changes_is_no_instrument() -> None:
    rng = np.random.default_rng(3)
    found = average_effect(alone(np.arange(400) % 2, rng.random(400) < 0.5, contacted=rng.random(400) < 0.5))
    assert found.contact is not None and found.reached is None


def test_rows_of_a_household_count_as_one() -> None:
    rng = np.random.default_rng(4)
    assigned, outcome = (
        np.repeat(np.arange(500) % 2, 4).astype(float),
        np.repeat(rng.random(500) < 0.5, 4).astype(float),
    )
    together = average_effect(Experiment(assigned, outcome, np.repeat(np.arange(500), 4), np.zeros(2000, int))).assigned
    apart = average_effect(alone(assigned, outcome)).assigned
    assert together.value == apart.value
    assert together.se == pytest.approx(2 * apart.se, rel=0.01)


@pytest.mark.parametrize("size", [2, 6, 100])
def test_the_standard_error_is_that_of_the_draw_however_small_the_blocks(size: int) -> None:
    rng = np.random.default_rng(5)
    block = np.arange(1200) // size
    level = rng.normal(size=1200)[block]
    found = []
    for _ in range(300):
        assigned = np.concatenate([rng.permutation(np.arange(size) % 2) for _ in range(1200 // size)])
        found.append(average_effect(alone(assigned, level + rng.normal(size=1200), block)).assigned)
    spread = np.std([one.value for one in found])
    assert np.mean([one.se for one in found]) == pytest.approx(spread, rel=0.12)


def test_a_covariate_that_explains_the_outcome_makes_the_effect_finer() -> None:
    rng = np.random.default_rng(6)
    known = rng.normal(size=(2000, 1))
    experiment = alone(np.arange(2000) % 2, known[:, 0] + 0.3 * (np.arange(2000) % 2) + 0.3 * rng.normal(size=2000))
    plain, finer = average_effect(experiment).assigned, average_effect(experiment, known).assigned
    assert finer.se < plain.se / 2 and finer.low < 0.3 < finer.high


def test_a_block_with_one_arm_says_nothing() -> None:
    found = drawn_both_ways(alone([1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [1, 1, 2, 2, 3]))
    assert found.tolist() == [True, True, False, False, False]


@pytest.fixture(scope="module")
def canvassed() -> tuple[Experiment, np.ndarray]:
    rows = pd.read_parquet(Path(str(DATA)) / "ggn2003_canvass.parquet")
    block = rows.groupby(["city", "turf"], observed=True).ngroup().to_numpy()
    columns = (rows[name].to_numpy(float) for name in ("treat", "voted01", "contact", "voted00"))
    assigned, outcome, contacted, before = columns
    experiment = Experiment(assigned, outcome, rows["hh_id"].to_numpy(np.int64), block, contacted)
    drawn = drawn_both_ways(experiment)
    return experiment.take(drawn), before[drawn][:, None]


@on_real_data
def test_the_published_effect_of_canvassing_is_reproduced(canvassed: tuple[Experiment, np.ndarray]) -> None:
    found = average_effect(canvassed[0])
    assert found.contact is not None and found.reached is not None
    assert round(found.assigned.value * 100, 2) == 2.10
    assert round(found.contact.value * 100, 1) == 29.7
    assert round(found.reached.value * 100, 2) == 7.07
    assert found.reached.se * 100 == pytest.approx(2.17, abs=0.05)


@on_real_data
def test_the_effect_of_canvassing_with_the_last_vote_held_equal(canvassed: tuple[Experiment, np.ndarray]) -> None:
    found = average_effect(*canvassed)
    assert found.reached is not None
    assert round(found.assigned.value * 100, 2) == 1.96
    assert round(found.reached.value * 100, 2) == 6.58
    assert found.reached.se * 100 == pytest.approx(1.92, abs=0.05)


@on_real_data
@pytest.mark.parametrize(
    ("arm", "turnout"), [("civic_duty", 31.45), ("hawthorne", 32.24), ("self", 34.52), ("neighbors", 37.79)]
)
def test_the_published_effects_of_social_pressure_are_reproduced(arm: str, turnout: float) -> None:
    rows = pd.read_parquet(Path(str(DATA)) / "ggl2008.parquet", columns=["treatment", "voted", "hh_id"])
    rows = rows[rows["treatment"].isin(["control", arm])]
    assigned = (rows["treatment"] == arm).to_numpy(float)
    one_draw = np.zeros(len(rows), np.int64)
    experiment = Experiment(assigned, rows["voted"].to_numpy(float), rows["hh_id"].to_numpy(np.int64), one_draw)
    found = average_effect(experiment).assigned
    assert found.value * 100 == pytest.approx(turnout - 29.66, abs=0.011)
    assert 0.3 < found.se * 100 < 0.4
