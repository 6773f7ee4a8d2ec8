"""Reasons add up to the score, and their words never point the other way."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from features.feature import Feature
from features.words import SILENT, Naming, Says, Words
from models.boosted import Boosted
from models.calibration import Line, to_logit
from models.logistic import Logistic
from models.model import PropensityModel
from models.rates import Rate
from models.reasons import Explainer, learn_explainer, strongest_reasons


def declare(name: str, topic: str, says: Says) -> Feature:
    return Feature(name, name, lambda scene: None, topic=topic, says=says)


FEATURES = (
    declare("age", "history", Words((0,), ("younger", "older"), "no age", aloud=("", "older"))),
    declare("noise", "noise", SILENT),
    declare("party", "party", Naming("party {}", "no party")),
    declare("votes_of_last_4", "history", Words((1.5, 2.5), ("few votes", "", "many votes"))),
)
VOCABULARY = {"party": ("A", "B")}


@pytest.fixture
def data(make: Any) -> Any:
    return make(2_000, seed=4)


@pytest.fixture
def model(data: Any) -> PropensityModel:
    recipes = (Logistic(1.0), Boosted(trees=30, leaves=6, smallest_leaf=20, threads=1), Rate("party", "party"))
    members = tuple((weight, recipe.fit(data)) for weight, recipe in zip((0.5, 0.3, 0.2), recipes, strict=True))
    return PropensityModel("support", tuple(data.features), members, Line(1.2, -0.4), VOCABULARY)


@pytest.fixture
def explainer(model: PropensityModel, data: Any) -> Explainer:
    return learn_explainer(model, data.features, FEATURES)


def test_base_and_parts_add_up_to_the_score(explainer: Explainer, model: PropensityModel, data: Any) -> None:
    explained = explainer.explain(data.features[:300])
    score = model.predict(data.features[:300])
    np.testing.assert_allclose(explained.base + explained.parts.sum(axis=1), to_logit(score), atol=1e-9)
    np.testing.assert_allclose(explained.scores, score, atol=1e-12)


def test_the_level_of_an_area_is_the_neighbourhoods(model: PropensityModel, data: Any) -> None:
    near = [replace(f, topic="neighbourhood") if f.name == "noise" else f for f in FEATURES]
    explainer, some = learn_explainer(model, data.features, near), data.features[:300]
    by = np.linspace(-2.0, 2.0, 300)
    before, explained = explainer.explain(some), explainer.explain(some, by)
    np.testing.assert_allclose(explained.scores, model.predict(some, by), atol=1e-12)
    np.testing.assert_allclose(explained.base + explained.parts.sum(axis=1), explained.logit, atol=1e-9)
    added = np.outer(by, [topic == "neighbourhood" for topic in explainer.topics])
    np.testing.assert_allclose(explained.parts - before.parts, added, atol=1e-9)


def test_correlated_features_are_one_topic(explainer: Explainer) -> None:
    assert explainer.topics == ("history", "noise", "party")


def test_the_average_voter_is_the_references(explainer: Explainer, model: PropensityModel, data: Any) -> None:
    assert explainer.base == pytest.approx(to_logit(model.predict(data.features)).mean())
    average = explainer.explain(data.features).parts.mean(axis=0)
    assert np.abs(average).max() < 0.05


def test_points_are_what_the_score_would_lose_with_an_average_topic(explainer: Explainer, data: Any) -> None:
    explained = explainer.explain(data.features[:50])
    without = expit(explained.logit - explained.parts[:, 2])
    np.testing.assert_allclose(explained.points[:, 2], 100 * (explained.scores - without))


def test_a_level_moved_for_everybody_moves_no_reason(explainer: Explainer, model: PropensityModel, data: Any) -> None:
    moved = learn_explainer(model.shifted(0.8), data.features, FEATURES)
    expected = explainer.explain(data.features[:50]).parts
    np.testing.assert_allclose(moved.explain(data.features[:50]).parts, expected, atol=1e-9)


def test_a_voter_is_explained_alike_in_any_company(explainer: Explainer, data: Any) -> None:
    together, alone = (explainer.explain(data.features[rows]).parts[-1] for rows in (slice(0, 40), slice(39, 40)))
    np.testing.assert_allclose(together, alone, atol=1e-12)


def test_words_go_the_way_of_their_topic(explainer: Explainer, data: Any) -> None:
    explained = explainer.explain(data.features)
    said = explainer.say(data.features, explained, "analyst")
    history, party = explained.parts[:, 0], explained.parts[:, 2]
    assert set(said[history > 0, 0]) <= {"older", "many votes", "", "no age"}
    assert set(said[history < 0, 0]) <= {"younger", "few votes", "", "no age"}
    assert set(said[party > 0, 2]) == {"party A"} and "party A" not in set(said[party < 0, 2])
    assert not said[:, 1].any()


def test_what_is_not_for_volunteers_is_not_said_to_them(explainer: Explainer, data: Any) -> None:
    said = explainer.say(data.features, explainer.explain(data.features), "volunteer")
    assert {"older", "few votes"} <= set(said[:, 0]) and not {"younger", "no age"} & set(said[:, 0])


def test_words_are_true_of_the_voter(explainer: Explainer, data: Any) -> None:
    said = explainer.say(data.features, explainer.explain(data.features), "analyst")[:, 0]
    assert (data.features.loc[said == "older", "age"] >= 0).all()
    assert (data.features.loc[said == "few votes", "votes_of_last_4"] <= 1).all()


def test_what_was_learned_is_told_topic_by_topic(explainer: Explainer) -> None:
    learned = {one.topic: one for one in explainer.learned()}
    assert learned["party"].raises == "party A" and learned["party"].lowers != "party A"
    assert learned["history"].raises in ("many votes", "older")
    assert learned["noise"].importance < learned["party"].importance
    sizes = [one.importance for one in explainer.learned()]
    assert sizes == sorted(sizes, reverse=True)


def test_a_rule_that_looks_at_nothing_has_no_reasons(data: Any) -> None:
    model = PropensityModel("x", tuple(data.features), ((1.0, Rate("base rate").fit(data)),), Line(), VOCABULARY)
    explainer = learn_explainer(model, data.features, FEATURES)
    explained = explainer.explain(data.features[:5])
    assert not explained.parts.any() and explainer.learned() == ()
    assert not explainer.say(data.features[:5], explained, "analyst").any()


def test_features_that_are_not_declared_are_an_error(model: PropensityModel, data: Any) -> None:
    with pytest.raises(KeyError, match="party"):
        learn_explainer(model, data.features, FEATURES[:2])


PARTS = np.array([[0.5, -2.0, 1.0], [0.05, -0.05, 0.0], [-1.0, -0.2, 3.0]])
TEXTS = np.array([["a", "b", "c"]] * 3, object)


@pytest.mark.parametrize(
    ("towards", "expected"),
    [
        (1, [["c", "a"], ["", ""], ["c", ""]]),
        (-1, [["b", ""], ["", ""], ["a", "b"]]),
        (0, [["b", "c"], ["", ""], ["c", "a"]]),
    ],
)
def test_the_strongest_reasons_of_the_wanted_kind(towards: int, expected: list[list[str]]) -> None:
    found = strongest_reasons(PARTS, TEXTS, np.full(3, towards, np.int8), 2, 0.1)
    assert found.tolist() == expected


def test_a_topic_without_words_gives_way_to_the_next() -> None:
    silent = np.where(TEXTS == "c", "", TEXTS)
    assert strongest_reasons(PARTS, silent, np.ones(3, np.int8), 2, 0.1).tolist() == [["a", ""], ["", ""], ["", ""]]
