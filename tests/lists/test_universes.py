from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest

from lists.universes import BASE, GOTV, PERSUASION, SURVEY_NEXT, UNDECIDED, UNIVERSES, VOLUNTEER_ASK, Purpose, Universe

RANKED = [universe for universe in UNIVERSES if not universe.refused]
HELPS_OUR_SIDE = [universe for universe in RANKED if universe.purpose is not Purpose.SURVEY]


def spread(universe: Universe, column: str, steps: int = 101) -> np.ndarray:
    kept = {wanted.column: (wanted.low, wanted.high) for wanted in universe.keep}
    return np.linspace(*kept.get(column, (0.0, 1.0)), steps)


def priorities(universe: Universe, **columns: object) -> np.ndarray:
    return universe.priority(pd.DataFrame(columns).assign(persuasion=0.5))


def by_name(universe: Universe) -> str:
    return universe.name


def test_names_are_those_the_field_uses():
    names = [universe.name for universe in UNIVERSES]
    assert names == ["gotv", "undecided", "base", "volunteer_ask", "survey_next", "persuasion"]


def test_there_is_no_purpose_but_helping_people_be_contacted():
    assert {purpose.value for purpose in Purpose} == {"persuade", "mobilise", "volunteer", "survey"}


def test_a_universe_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        GOTV.size = 10  # type: ignore[misc]


def test_persuasion_says_why_it_is_refused():
    assert "no experiment" in PERSUASION.refused


def test_only_the_next_survey_is_small_by_default():
    assert {universe.name: universe.size for universe in RANKED if universe.size} == {"survey_next": 5_000}


@pytest.mark.parametrize("universe", HELPS_OUR_SIDE, ids=by_name)
@pytest.mark.parametrize("turnout", [0.0, 0.1, 0.4, 0.5, 0.8, 1.0])
def test_priority_never_rises_as_support_falls(universe: Universe, turnout: float):
    rising_support = spread(universe, "support")
    assert (np.diff(priorities(universe, support=rising_support, turnout=turnout)) >= 0).all()


@pytest.mark.parametrize("universe", RANKED, ids=by_name)
def test_no_universe_orders_by_falling_turnout(universe: Universe):
    rising_turnout = spread(universe, "turnout")
    if universe is GOTV:  # beyond one half a push helps less and less
        rising_turnout = rising_turnout[rising_turnout <= 0.5]
    order = priorities(universe, support=0.85, turnout=rising_turnout, draw=0.5)
    assert (np.diff(order) >= 0).all()


@pytest.mark.parametrize("universe", HELPS_OUR_SIDE, ids=by_name)
def test_no_universe_of_ours_reaches_into_the_opposition(universe: Universe):
    assert min(wanted.low for wanted in universe.keep if wanted.column == "support") >= 0.5


def test_a_push_moves_most_where_turnout_is_one_half():
    turnout = spread(GOTV, "turnout", 71)
    assert turnout[priorities(GOTV, support=0.8, turnout=turnout).argmax()] == pytest.approx(0.5)


def test_expected_net_votes_is_the_written_formula():
    assert priorities(GOTV, support=[0.8], turnout=[0.4])[0] == pytest.approx(0.6 * 0.4 * 0.6)


def test_undecided_prefers_the_middle_and_those_who_vote():
    order = priorities(UNDECIDED, support=[0.5, 0.6, 0.4, 0.5], turnout=[0.8, 0.8, 0.8, 0.4])
    assert order == pytest.approx(np.array([0.8, 0.64, 0.64, 0.4]))


@pytest.mark.parametrize("universe", [BASE, VOLUNTEER_ASK], ids=by_name)
def test_the_most_engaged_come_first(universe: Universe):
    order = priorities(universe, support=[0.95, 0.95, 0.8], turnout=[0.95, 0.7, 0.95])
    assert order.argmax() == 0


def draws(voters: int) -> np.ndarray:
    return np.random.default_rng(5).random(voters)


def test_uncertain_voters_are_asked_in_proportion_to_their_uncertainty():
    support = np.repeat([0.5, 0.9], 50_000)
    order = priorities(SURVEY_NEXT, support=support, draw=draws(100_000))
    asked = np.bincount(support[order.argsort()[-2_000:]] == 0.9)
    # The weights are 1 and .36; of a small draw the shares are as the weights.
    assert asked[1] / asked.sum() == pytest.approx(0.36 / 1.36, abs=0.03)


def test_even_the_surest_voter_can_be_asked():
    order = priorities(SURVEY_NEXT, support=np.repeat([0.5, 1.0], 10_000), draw=draws(20_000))
    assert (order.argsort()[-1_000:] >= 10_000).any()


@pytest.mark.parametrize("dtype", ["object", "category"])
def test_without_scores_every_precinct_gives_its_share(dtype: str):
    precinct = pd.Series(np.repeat(["big", "mid", None], [8_000, 1_500, 500]), dtype=dtype)
    order = priorities(SURVEY_NEXT, precinct=precinct, draw=draws(10_000))
    drawn = precinct.iloc[order.argsort()[-1_000:]].astype("object").fillna("none").value_counts()
    assert drawn.to_dict() == pytest.approx({"big": 800, "mid": 150, "none": 50}, abs=1.5)


def test_without_scores_small_precincts_are_neither_always_nor_never_asked():
    precinct = np.repeat([f"P{number}" for number in range(10_000)], 2)
    order = priorities(SURVEY_NEXT, precinct=precinct, draw=draws(20_000))
    drawn = pd.Series(precinct[order.argsort()[-2_000:]]).value_counts()
    assert drawn.max() == 1
    assert len(drawn) == 2_000


def test_the_larger_precincts_are_not_asked_more_than_their_share():
    """A tenth is asked in precincts of one, two and ten voters, so each kind of precinct gives its tenth."""
    sizes = np.repeat([1, 2, 10], [10_000, 5_000, 1_000])
    precinct, size = np.repeat(np.arange(len(sizes)), sizes), np.repeat(sizes, sizes)
    order = priorities(SURVEY_NEXT, precinct=precinct, draw=draws(30_000))
    drawn = pd.Series(size[order.argsort()[-3_000:]]).value_counts()
    assert drawn.to_dict() == pytest.approx({1: 1_000, 2: 1_000, 10: 1_000}, abs=100)
