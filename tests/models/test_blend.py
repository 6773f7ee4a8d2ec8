import numpy as np
import pytest

from models.blend import blend_weights, free_of_level
from models.calibration import to_logit

rng = np.random.default_rng(4)
TRUTH = rng.uniform(0.01, 0.99, 20_000)
LABEL = (rng.random(20_000) < TRUTH).astype(float)
ONES = np.ones(20_000)


def loss(p: np.ndarray) -> float:
    return float(-np.mean(np.where(LABEL == 1, np.log(p), np.log1p(-p))))


@pytest.mark.parametrize(("up", "down"), [(0.2, 0.2), (0.1, 0.3), (0.3, 0.15)])
def test_the_weights_are_those_of_the_lowest_loss(up: float, down: float) -> None:
    members = np.column_stack([np.clip(TRUTH + up, 0.01, 0.99), np.clip(TRUTH - down, 0.01, 0.99)])
    grid = np.linspace(0, 1, 201)
    best = min(grid, key=lambda w: loss(members @ np.array([w, 1 - w])))
    found = blend_weights(members, LABEL, ONES)
    assert found.sum() == pytest.approx(1.0) and (found >= 0).all()
    assert found[0] == pytest.approx(best, abs=0.01)


def test_three_members_come_as_near_the_lowest_loss_as_matters() -> None:
    members = np.column_stack([np.clip(TRUTH + d, 0.01, 0.99) for d in (0.3, -0.25, -0.1)])
    grid = [np.array([a, b, 20 - a - b]) / 20 for a in range(21) for b in range(21 - a)]
    found = blend_weights(members, LABEL, ONES)
    assert found.sum() == pytest.approx(1.0) and (found >= 0).all()
    lowest = min(loss(members @ w) for w in grid)
    assert loss(members @ found) < lowest + 1e-3 < loss(members.mean(axis=1)) - 2e-3


def test_a_useless_member_gets_nothing_at_all() -> None:
    assert blend_weights(np.column_stack([TRUTH, np.full(20_000, 0.5)]), LABEL, ONES).tolist() == [1.0, 0.0]


def test_a_few_rows_do_not_decide() -> None:
    found = blend_weights(np.array([[0.9, 0.6], [0.1, 0.4]]), np.array([1.0, 0.0]), np.ones(2))
    assert 0.5 < found[0] < 0.7


def test_members_that_are_the_same_share() -> None:
    assert blend_weights(np.column_stack([TRUTH, TRUTH]), LABEL, ONES) == pytest.approx([0.5, 0.5])


def test_weighted_rows_count_more() -> None:
    members = np.column_stack([np.full(200, 0.9), np.full(200, 0.1)])
    label = np.r_[np.ones(100), np.zeros(100)]
    weight = np.r_[np.full(100, 9.0), np.full(100, 1.0)]
    found = blend_weights(members, label, weight)
    assert found[0] > 0.8
    np.testing.assert_allclose(blend_weights(members, label, 7 * weight), found)


def test_members_that_are_certain_and_wrong_do_not_make_it_nothing() -> None:
    assert blend_weights(np.ones((200, 2)), np.r_[0.0, np.ones(199)], np.ones(200)) == pytest.approx([0.5, 0.5])


ERA = np.repeat([3, 7], 10_000)


def test_free_of_level_each_member_has_the_rate_of_each_era_and_its_own_order() -> None:
    members = np.column_stack([TRUTH**2, np.sqrt(TRUTH)])
    freed = free_of_level(members, LABEL, ERA)
    for number in (3, 7):
        rows = number == ERA
        np.testing.assert_allclose(freed[rows].mean(axis=0), LABEL[rows].mean(), atol=1e-6)
        shift = to_logit(freed[rows]) - to_logit(members[rows])
        np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-6)


def test_who_is_told_decides_the_blend_and_not_who_guessed_the_level() -> None:
    """One member knows who votes and missed both levels; the other knows nothing but the levels."""
    label = np.where(ERA == 3, LABEL, 1 - LABEL)
    who = np.where(ERA == 3, TRUTH, 1 - TRUTH)
    missed = 1 / (1 + np.exp(-to_logit(who) - np.where(ERA == 3, 4.0, -4.0)))
    members = np.column_stack([missed, np.full(20_000, 0.5)])
    assert blend_weights(members, label, ONES)[1] > 0.3
    assert blend_weights(free_of_level(members, label, ERA), label, ONES).tolist() == [1.0, 0.0]


def test_an_era_of_one_answer_only_stays_finite() -> None:
    freed = free_of_level(np.full((40, 1), 0.4), np.repeat([0.0, 1.0], 20), np.repeat([0, 1], 20))
    assert freed[0] < 1e-5 and freed[-1] > 1 - 1e-5 and np.isfinite(freed).all()
