"""Log odds term by term are those of the laid out design, and the same bits whatever is beside a voter."""

import numpy as np
import pandas as pd
import pytest

from models.design import CategoryTerm, NumberTerm, lay_out
from models.log_odds import log_odds, tabulate

TERMS = (
    NumberTerm("a", 0.3, 1.7, (-0.5, 0.1, 0.9, 1.4), -2.5, 3.0),
    CategoryTerm("w", tuple(float(level) for level in range(3, 40, 2))),
    NumberTerm("b", -1.0, 0.5, (), -4.0, 4.0),
    CategoryTerm("v", ()),
    CategoryTerm("u", (2.0,)),
    NumberTerm("a", 0.0, 1.0, (0.2,), -1.0, 1.0),
)
ROW_OF = {"unused": 0, "a": 1, "b": 2, "u": 3, "v": 4, "w": 5}


def frame(rows: int = 3_000) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(rows, 6)) * 2
    values[:, 3:] = rng.integers(0, 45, (rows, 3))
    odd = rng.random(values.shape) < 0.2
    values[odd] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 2.0, 2.5, -1e30, 1e30], odd.sum())
    return pd.DataFrame(values.astype(np.float32), columns=list(ROW_OF))


def coefficients() -> np.ndarray:
    return np.random.default_rng(2).normal(size=lay_out(TERMS, frame(1)).shape[1])


def test_they_are_the_design_times_the_coefficients() -> None:
    beta, table = coefficients(), tabulate(TERMS, coefficients(), ROW_OF)
    found = log_odds(frame().to_numpy().T.copy(), table, 0.7)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, lay_out(TERMS, frame()) @ beta + 0.7, rtol=1e-12, atol=1e-12)


def test_a_voter_has_the_same_bits_alone_and_in_double_precision() -> None:
    values, table = frame().to_numpy().T.copy(), tabulate(TERMS, coefficients(), ROW_OF)
    whole = log_odds(values, table, 0.7)
    np.testing.assert_array_equal(log_odds(values.astype(np.float64), table, 0.7), whole)
    for start, stop in ((0, 1), (5, 18), (511, 1_030), (3_000, 3_000)):
        np.testing.assert_array_equal(log_odds(values[:, start:stop].copy(), table, 0.7), whole[start:stop])


def test_every_operation_is_rounded() -> None:
    """As numpy does it, one operation after the other: nothing is fused, and nothing is added in another order."""
    term = NumberTerm("a", 0.3, 1.7, (-0.5, 0.9), -2.5, 3.0)
    beta, x = np.array([0.3, 0.7, -1.1, 0.0]), frame()["a"].dropna().to_numpy(np.float64)
    z = (np.clip(x, -2.5, 3.0) - 0.3) / 1.7
    expected = z * beta[0] + np.maximum(z + 0.5, 0) * beta[1] + np.maximum(z - 0.9, 0) * beta[2] + 0.4
    np.testing.assert_array_equal(log_odds(x[None].copy(), tabulate((term,), beta, {"a": 0}), 0.4), expected)


@pytest.mark.parametrize("rows", [0, 3])
def test_without_terms_the_intercept_is_left(rows: int) -> None:
    table = tabulate((), np.zeros(0), {})
    np.testing.assert_array_equal(log_odds(np.zeros((0, rows)), table, 0.25), np.full(rows, 0.25))
