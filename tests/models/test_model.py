import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from data.errors import InputError
from models.area_shifts import AreaShifts
from models.boosted import Boosted
from models.calibration import Line, to_logit
from models.logistic import Logistic
from models.model import PropensityModel, read_model
from models.pooled import Pooled
from models.rates import Rate

RECIPES = (
    (0.1, Logistic(0.5)),
    (0.2, Pooled()),
    (0.4, Boosted(trees=20, leaves=4, smallest_leaf=10, threads=1)),
    (0.3, Rate("party", "party")),
)


def fit(data: Any) -> PropensityModel:
    members = tuple((weight, recipe.fit(data)) for weight, recipe in RECIPES)
    words = {"party": ("DEM", "REP"), "county": ("Größenau",)}
    return PropensityModel("turnout", tuple(data.features.columns), members, Line(0.9, 0.1), words)


@pytest.fixture
def model(make: Any) -> PropensityModel:
    return fit(make())


def test_a_model_is_the_calibrated_blend_of_its_members(model: PropensityModel, make: Any) -> None:
    new = make(seed=2).features
    blended = sum(weight * member.predict(new) for weight, member in model.members)
    np.testing.assert_allclose(model.predict(new), Line(0.9, 0.1).apply(blended))


def test_a_prediction_is_a_chance_for_every_row_even_of_nothing_known(model: PropensityModel, make: Any) -> None:
    new = make(300, seed=2).features
    new.iloc[::3] = np.nan
    p = model.predict(new)
    assert p.dtype == np.float64 and p.shape == (300,)
    assert (p > 0).all() and (p < 1).all()
    order = np.random.default_rng(0).permutation(300)
    np.testing.assert_array_equal(model.predict(new.iloc[order]), p[order])


def test_a_model_survives_being_written(model: PropensityModel, make: Any) -> None:
    again, new = read_model(model.to_bytes()), make(seed=2).features
    np.testing.assert_array_equal(again.predict(new), model.predict(new))
    assert (again.outcome, again.columns, again.line) == (model.outcome, model.columns, model.line)
    assert again.vocabulary == model.vocabulary
    assert again.to_bytes() == model.to_bytes()


def test_levels_of_areas_are_stored_and_move_the_voters_of_the_area_alone(model: PropensityModel, make: Any) -> None:
    new = make(seed=2).features[:3]
    voters = pd.DataFrame({"precinct": pd.Categorical(["1", "2", None])})
    stated = replace(model, areas=AreaShifts("precinct", {"1": 0.7}))
    again = read_model(stated.to_bytes())
    assert again.areas == stated.areas and again.digest == stated.digest != model.digest
    p, q = model.predict(new), again.predict(new, again.shift_areas(voters))
    np.testing.assert_allclose(to_logit(q) - to_logit(p), [0.7, 0.0, 0.0], atol=1e-9)


def test_a_model_without_levels_of_areas_is_as_if_there_were_none(model: PropensityModel, make: Any) -> None:
    new = make(seed=2).features
    assert "areas" not in json.loads(model.to_bytes())
    np.testing.assert_array_equal(model.predict(new, model.shift_areas(new)), model.predict(new))
    blended = sum(weight * member.predict(new) for weight, member in model.members)
    np.testing.assert_array_equal(model.predict(new), expit(0.1 + 0.9 * to_logit(blended)))


def test_the_same_lesson_twice_gives_the_same_bytes(make: Any) -> None:
    assert fit(make()).to_bytes() == fit(make()).to_bytes()
    assert fit(make()).digest == fit(make()).digest
    assert fit(make(seed=2)).digest != fit(make()).digest


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "support"},
        {"columns": ("age", "noise")},
        {"members": ()},
        {"line": Line(0.9, 0.2)},
        {"line": Line(0.8, 0.1)},
        {"vocabulary": {"party": ("REP", "DEM"), "county": ("Größenau",)}},
    ],
)
def test_a_model_is_known_by_everything_in_it(model: PropensityModel, change: Any) -> None:
    assert replace(model, **change).digest != model.digest


def test_the_order_in_which_words_were_gathered_does_not_matter(model: PropensityModel) -> None:
    turned = replace(model, vocabulary=dict(reversed(model.vocabulary.items())))
    assert turned.to_bytes() == model.to_bytes()
    assert json.loads(model.to_bytes())["format"] == 1


def test_a_shift_moves_the_level_on_the_logit_scale(model: PropensityModel, make: Any) -> None:
    new = make(seed=2).features
    odds = [p / (1 - p) for p in (model.predict(new), model.shifted(0.5).predict(new))]
    np.testing.assert_allclose(odds[1] / odds[0], np.exp(0.5))
    assert model.shifted(0.1).digest != model.digest


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (lambda f: f.drop(columns="age"), ("missing: age",)),
        (lambda f: f.assign(shoe_size=1), ("unknown: shoe_size",)),
        (
            lambda f: f.rename(columns={"age": "Age", "noise": "n"}),
            ("missing: age", "missing: noise", "unknown: Age", "unknown: n"),
        ),
        (lambda f: f[f.columns[::-1]], ("the order of the columns differs",)),
        (lambda f: f[["age", *f.columns]], ("the order of the columns differs",)),
    ],
    ids=["missing", "unknown", "both", "reordered", "doubled"],
)
def test_other_columns_than_those_of_training_are_refused(
    model: PropensityModel, make: Any, change: Any, problems: tuple[str, ...]
) -> None:
    with pytest.raises(InputError) as raised:
        model.predict(change(make(seed=2).features))
    assert "turnout" in str(raised.value)
    assert all(problem in str(raised.value) for problem in problems)
