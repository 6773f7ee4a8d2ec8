import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from models.area_shifts import FEWEST, AreaShifts, meet_means
from models.calibration import to_logit

share = st.floats(0.01, 0.99)


def shifted(p: np.ndarray, area: np.ndarray, shared: float, areas: AreaShifts) -> np.ndarray:
    return np.asarray(expit(to_logit(p) + shared + areas.of(pd.DataFrame({"precinct": pd.Categorical(area)}))))


@given(st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), share, min_size=1), st.integers(0, 99))
def test_each_stated_area_has_its_mean_and_the_order_of_its_voters(means: dict[str, float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    p, area = rng.uniform(0.001, 0.999, 400), rng.choice(np.array(["1", "2", "3", None], object), 400)
    shared, areas = meet_means(p, area, "precinct", means)
    after = shifted(p, area, shared, areas)
    assert set(areas.shifts) == set(means) - {"4"}
    for name in areas.shifts:
        here = area == name
        assert after[here].mean() == pytest.approx(means[name], abs=1e-6)
        np.testing.assert_array_equal(np.argsort(after[here]), np.argsort(p[here]))


def test_the_others_are_shifted_by_the_mean_of_the_shifts_each_area_counting_by_its_voters() -> None:
    p, area = np.full(100, 0.5), np.repeat(np.array(["1", "2", "3"], object), (60, 20, 20))
    shared, areas = meet_means(p, area, "precinct", {"1": expit(1.0), "2": expit(-1.0)})
    assert shared == pytest.approx((60 * 1.0 - 20 * 1.0) / 80)
    assert shifted(p, area, shared, areas)[-1] == pytest.approx(expit(0.5))


def test_an_area_with_too_few_voters_is_one_of_the_others() -> None:
    area = np.repeat(np.array(["1", "2"], object), (FEWEST, FEWEST - 1))
    p = np.full(len(area), 0.5)
    assert list(meet_means(p, area, "precinct", {"1": 0.6, "2": 0.6})[1].shifts) == ["1"]
    assert meet_means(p, area, "precinct", {"2": 0.6}) == (0.0, AreaShifts("precinct", {}))


def test_voters_of_no_stated_area_stay_where_they_are() -> None:
    shifts = AreaShifts("zip", {"01234": 0.5})
    voters = pd.DataFrame({"zip": pd.Categorical(["01234", None, "1234"])})
    assert shifts.of(voters).tolist() == [0.5, 0.0, 0.0]
    assert shifts.of(voters[:0]).shape == (0,) and shifts.of(voters[1:2]).tolist() == [0.0]
