"""Contributions add up: member by member exactly, and for the whole model to the voter's logit."""

from typing import Any

import numpy as np
import pytest

from models.boosted import Boosted
from models.calibration import Line, to_logit
from models.contributions import add_members, make_whole, member_parts, topic_matrix
from models.logistic import FittedLogistic, Logistic
from models.model import PropensityModel
from models.rates import Rate

TOPIC_OF = {"age": "age", "noise": "noise", "party": "party", "votes_of_last_4": "age"}
TOPICS = ("age", "noise", "party")
RECIPES = (
    Logistic(1.0),
    Boosted(trees=20, leaves=6, smallest_leaf=20, threads=1),
    Rate("party", "party"),
    Rate("base rate"),
)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_members_parts_are_its_logit_up_to_a_constant(make: Any, recipe: Any) -> None:
    data = make(500)
    member = recipe.fit(data)
    left = to_logit(member.predict(data.features)) - member_parts(member, data.features, TOPIC_OF, TOPICS).sum(axis=1)
    np.testing.assert_allclose(left, left[0], atol=1e-6)


def test_what_a_member_does_not_use_contributes_nothing(make: Any) -> None:
    data = make(500)
    parts = member_parts(Rate("party", "party").fit(data), data.features, TOPIC_OF, TOPICS)
    assert np.ptp(parts[:, 2]) > 0 and not parts[:, :2].any()


def test_a_logistic_model_without_terms_explains_nothing(make: Any) -> None:
    nothing = FittedLogistic((), 0.3, np.zeros(0))
    assert not member_parts(nothing, make(20).features, TOPIC_OF, TOPICS).any()


def test_members_count_by_their_weight_and_the_slope(make: Any) -> None:
    data = make(300)
    logistic, rate = Logistic(1.0).fit(data), Rate("party", "party").fit(data)
    model = PropensityModel("x", tuple(data.features), ((0.7, logistic), (0.3, rate)), Line(1.5, 0.2), {})
    alone = [member_parts(one, data.features, TOPIC_OF, TOPICS) for one in (logistic, rate)]
    mixed = add_members(model, data.features, TOPIC_OF, TOPICS)
    np.testing.assert_allclose(mixed, 1.5 * (0.7 * alone[0] + 0.3 * alone[1]))


def test_each_column_is_in_one_topic() -> None:
    assert topic_matrix(("party", "age"), TOPIC_OF, TOPICS).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_the_difference_is_shared_by_size_and_nothing_stays_nothing() -> None:
    whole = make_whole(np.array([[3.0, -1.0, 0.0]]), np.array([2.4]))
    np.testing.assert_allclose(whole, [[3.3, -0.9, 0.0]])
    assert make_whole(np.zeros((1, 2)), np.array([0.0])).tolist() == [[0.0, 0.0]]
