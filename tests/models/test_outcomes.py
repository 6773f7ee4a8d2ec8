from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from data.campaign import Campaign
from features.matrix import features_of
from models.design import NumberTerm
from models.gates import BASE_RATE
from models.outcomes import OUTCOMES, PLAIN, SUPPORT, TURNOUT, Outcome
from models.rates import Rate

each = pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.name)


def test_outcomes_and_their_recipes_are_told_apart_by_name() -> None:
    assert len({outcome.name for outcome in OUTCOMES}) == len(OUTCOMES)
    for outcome in OUTCOMES:
        names = [part.name for part in (*outcome.recipes, *outcome.rules)]
        assert len(set(names)) == len(names)


@each
def test_there_is_a_rule_to_beat_besides_the_base_rate(outcome: Outcome) -> None:
    assert outcome.rules[0] == Rate(BASE_RATE)
    declared = {feature.name for feature in features_of({})}
    looked_up = {rule.feature for rule in outcome.rules[1:] if isinstance(rule, Rate)}
    assert looked_up and looked_up <= declared


@each
def test_a_model_is_held_against_the_plain_regression_too(outcome: Outcome, made_of: Any) -> None:
    assert outcome.rules[-1] == PLAIN
    (term,) = PLAIN.fit(made_of({"x": np.arange(200)}, np.arange(200) % 3 == 0)).terms
    assert isinstance(term, NumberTerm) and term.knots == ()


@each
def test_every_recipe_learns_and_predicts(outcome: Outcome, make: Any) -> None:
    data = make(400)
    for part in (*outcome.recipes, *outcome.rules):
        p = part.fit(data).predict(data.features)
        assert ((p > 0) & (p < 1)).all() and len(p) == 400
        assert p.mean() == pytest.approx(data.label.mean(), abs=0.05)


def test_recipes_that_ask_for_many_labels_wait_for_them() -> None:
    names = {labels: [recipe.name for recipe in SUPPORT.recipes_for(labels)] for labels in (599, 600, 1_999, 2_000)}
    assert [len(found) for found in names.values()] == [2, 3, 3, 4]
    assert names[600] == names[1_999] == names[599] + [SUPPORT.recipes[2].name]
    assert SUPPORT.recipes_for(2_000) == SUPPORT.recipes
    assert TURNOUT.recipes_for(200) == TURNOUT.recipes


def test_turnout_replays_the_past_and_its_level_may_be_stated() -> None:
    assert (TURNOUT.labels, SUPPORT.labels) == ("replay", "survey")
    assert TURNOUT.stated_mean in {field.name for field in fields(Campaign)}
    assert SUPPORT.stated_mean is None


def test_the_party_rule_knows_the_party(make: Any) -> None:
    data = make(2_000, party=3.0)
    rule = SUPPORT.rules[1].fit(data).predict(data.features)
    sides = data.features["party"].to_numpy()
    assert np.nanmean(rule[sides == 1]) > np.nanmean(rule[sides == 0]) + 0.2
