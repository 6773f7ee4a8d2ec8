from typing import Any

import numpy as np
import pytest

from data.errors import InputError
from models.boosted import Boosted
from models.calibration import Line
from models.logistic import Logistic
from models.model import PropensityModel, read_model


@pytest.fixture
def model(make: Any) -> PropensityModel:
    data = make()
    trees = Boosted(trees=20, leaves=4, smallest_leaf=10, threads=1).fit(data)
    members = ((0.25, Logistic(0.5).fit(data)), (0.75, trees))
    columns = tuple(data.features.columns)
    return PropensityModel("turnout", columns, members, Line(0.9, 0.1), {"party": ("DEM", "REP")})


def test_a_model_is_the_calibrated_blend_of_its_members(model: PropensityModel, make: Any) -> None:
    new = make(seed=2).features
    blended = sum(weight * member.predict(new) for weight, member in model.members)
    np.testing.assert_allclose(model.predict(new), Line(0.9, 0.1).apply(blended))


def test_a_model_survives_being_written_and_is_known_by_its_bytes(model: PropensityModel, make: Any) -> None:
    again, new = read_model(model.to_bytes()), make(seed=2).features
    np.testing.assert_array_equal(again.predict(new), model.predict(new))
    assert again.digest == model.digest and again.vocabulary == model.vocabulary
    assert model.shifted(0.1).digest != model.digest


def test_a_shift_moves_the_level_on_the_logit_scale(model: PropensityModel, make: Any) -> None:
    new = make(seed=2).features
    odds = [p / (1 - p) for p in (model.predict(new), model.shifted(0.5).predict(new))]
    np.testing.assert_allclose(odds[1] / odds[0], np.exp(0.5))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda f: f.drop(columns="age"), "missing: age"),
        (lambda f: f.assign(shoe_size=1), "unknown: shoe_size"),
        (lambda f: f[f.columns[::-1]], "order"),
    ],
)
def test_other_columns_than_those_of_training_are_refused(
    model: PropensityModel, make: Any, change: Any, named: str
) -> None:
    with pytest.raises(InputError, match=named):
        model.predict(change(make(seed=2).features))
