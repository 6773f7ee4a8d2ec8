import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.margins import Cells
from models.raking import LARGEST, TOLERANCE, rake, trim, widest_gap


def cells(answered: list[int], file: list[int]) -> Cells:
    levels = tuple(str(level) for level in range(max(answered + file) + 1))
    return Cells("x", levels, True, np.asarray(answered), np.asarray(file))


def test_weights_meet_every_margin() -> None:
    one = cells([0] * 30 + [1] * 70, [0, 1])
    two = cells([0, 1, 1, 1] * 25, [0, 0, 1, 1, 1])
    weight = rake(np.ones(100), [one, two])
    np.testing.assert_allclose(one.answered_shares(weight), [0.5, 0.5], atol=TOLERANCE)
    np.testing.assert_allclose(two.answered_shares(weight), [0.4, 0.6], atol=TOLERANCE)
    assert widest_gap(weight, [one, two]) < TOLERANCE


def test_one_margin_alone_is_the_quotient_of_shares() -> None:
    weight = rake(np.ones(10), [cells([0] * 4 + [1] * 6, [0, 1])])
    np.testing.assert_allclose(weight, [1.25] * 4 + [5 / 6] * 6, rtol=1e-3)


def test_margins_that_are_met_already_change_nothing() -> None:
    start = np.array([0.5, 1.5, 0.5, 1.5])
    np.testing.assert_allclose(rake(start, [cells([0, 0, 1, 1], [0, 1])]), start)
    np.testing.assert_allclose(rake(start, []), start)
    assert widest_gap(start, []) == 0.0


def test_what_trimming_forbids_is_not_met_and_said() -> None:
    # One answer in a hundred would have to speak for half of the file.
    rare = cells([0] * 99 + [1], [0, 1])
    weight = rake(np.ones(100), [rare])
    assert weight.max() <= LARGEST * (1 + TOLERANCE)
    assert 0.4 < widest_gap(weight, [rare]) < 0.5


def test_trimming_cuts_at_the_largest() -> None:
    weight = trim(np.array([1.0] * 98 + [30.0, 300.0]))
    np.testing.assert_allclose(weight[-2:], LARGEST, rtol=TOLERANCE)
    np.testing.assert_allclose(weight[:-2], (100 - 2 * LARGEST) / 98, rtol=TOLERANCE)
    np.testing.assert_allclose(trim(np.array([2.0, 4.0, 6.0])), [0.5, 1.0, 1.5])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 200))
def test_weights_are_positive_finite_and_one_on_average(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    margins = [
        cells([0, 1, 2, *rng.choice(3, rows - 3, p=p)], [0, 1, 2, *rng.choice(3, 500).tolist()])
        for p in ([0.8, 0.1, 0.1], [0.3, 0.3, 0.4])
    ]
    weight = rake(np.exp(rng.normal(0, 1, rows)), margins)
    assert weight.shape == (rows,) and np.isfinite(weight).all() and weight.min() > 0
    np.testing.assert_allclose(weight.mean(), 1.0)
    assert weight.max() <= LARGEST * (1 + TOLERANCE)
