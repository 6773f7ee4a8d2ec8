import numpy as np
import pandas as pd
from scipy.special import expit

from models.response import REFERENCE_ROWS, undo_response


def people(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {"age": rng.normal(50, 15, rows), "party": rng.integers(1, 4, rows), "noise": rng.normal(size=rows)}
    return pd.DataFrame(columns).astype(np.float32)


def reach(file: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """Older people and one party, too often."""
    rng = np.random.default_rng(seed)
    chance = expit((file["age"] - 50) / 15 + 1.0 * (file["party"] == 1) - 2).to_numpy()
    return file.iloc[np.sort(rng.choice(len(file), rows, replace=False, p=chance / chance.sum()))]


def test_weights_undo_who_answers() -> None:
    file = people(20_000, 1)
    answered = reach(file, 1_500, 2)
    weight = undo_response(answered, file, ("party",))
    assert abs(answered["age"].mean() - file["age"].mean()) > 5
    assert abs(np.average(answered["age"], weights=weight) - file["age"].mean()) < 1.5
    assert abs(np.average(answered["party"] == 1, weights=weight) - (file["party"] == 1).mean()) < 0.06
    chance = expit((answered["age"] - 50) / 15 + 1.0 * (answered["party"] == 1) - 2).to_numpy()
    assert np.corrcoef(np.log(weight), -np.log(chance))[0, 1] > 0.9


def test_a_random_sample_weighs_alike() -> None:
    for seed in range(3):
        weight = undo_response(people(500, 10 + seed), people(5_000, seed), ("party",))
        assert weight.min() > 0.6 and weight.max() < 1.5 and weight.std() < 0.13


def test_weights_are_one_on_average_and_the_same_each_time() -> None:
    file = people(3_000, 3)
    answered = reach(file, 30, 4)
    weight = undo_response(answered, file, ("party",))
    assert weight.shape == (30,) and weight.min() > 0 and np.isfinite(weight).all()
    np.testing.assert_allclose(weight.mean(), 1.0)
    np.testing.assert_array_equal(weight, undo_response(answered, file, ("party",)))


def test_the_first_rows_of_the_file_are_enough() -> None:
    file = people(REFERENCE_ROWS + 500, 5)
    answered = reach(file, 200, 6)
    short = undo_response(answered, file.iloc[:REFERENCE_ROWS], ("party",))
    np.testing.assert_array_equal(undo_response(answered, file, ("party",)), short)


def test_nothing_known_is_nothing_to_weigh() -> None:
    nothing = people(100, 7) * np.nan
    np.testing.assert_allclose(undo_response(nothing.iloc[:40], nothing, ("party",)), 1.0)
