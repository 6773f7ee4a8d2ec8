import numpy as np
import pytest

from models.blend import blend_weights

rng = np.random.default_rng(4)
TRUTH = rng.random(20_000)
LABEL = (rng.random(20_000) < TRUTH).astype(float)
ONES = np.ones(20_000)


def loss(p: np.ndarray) -> float:
    return float(-np.mean(np.where(LABEL == 1, np.log(p), np.log1p(-p))))


def test_the_weights_are_those_of_the_lowest_loss() -> None:
    members = np.column_stack([np.clip(TRUTH + 0.2, 0.01, 0.99), np.clip(TRUTH - 0.2, 0.01, 0.99)])
    grid = np.linspace(0, 1, 201)
    best = min(grid, key=lambda w: loss(members @ np.array([w, 1 - w])))
    found = blend_weights(members, LABEL, ONES)
    assert found.sum() == pytest.approx(1.0) and (found >= 0).all()
    assert found[0] == pytest.approx(best, abs=0.02)


def test_a_useless_member_gets_nothing() -> None:
    found = blend_weights(np.column_stack([TRUTH.clip(0.01, 0.99), np.full(20_000, 0.5)]), LABEL, ONES)
    assert found.tolist() == [1.0, 0.0]


def test_a_few_rows_do_not_decide() -> None:
    found = blend_weights(np.array([[0.9, 0.6], [0.1, 0.4]]), np.array([1.0, 0.0]), np.ones(2))
    assert 0.5 < found[0] < 0.7


def test_weighted_rows_count_more() -> None:
    members = np.column_stack([np.full(200, 0.9), np.full(200, 0.1)])
    label = np.r_[np.ones(100), np.zeros(100)]
    found = blend_weights(members, label, np.r_[np.full(100, 9.0), np.full(100, 1.0)])
    assert found[0] > 0.8
