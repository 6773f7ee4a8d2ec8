from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.contracts import ELECTION_TYPES
from data.elections import Election
from data.synthetic_people import settle_people
from data.synthetic_turnout import cast_votes, past_calendar, predict_turnout

COMING = Election(date(2026, 11, 3), "general")


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(ELECTION_TYPES))
def test_twelve_elections_lie_before_any_coming_one(day: date, kind: str) -> None:
    calendar = past_calendar(Election(day, kind))
    assert len(set(calendar)) == 12
    assert list(calendar) == sorted(calendar)
    assert all(election.date < day and election.date.weekday() == 1 for election in calendar)


def test_the_calendar_before_2026_has_five_generals_on_their_true_days() -> None:
    generals = [e.date.isoformat() for e in past_calendar(COMING) if e.type == "general"]
    assert generals == ["2016-11-08", "2018-11-06", "2020-11-03", "2022-11-08", "2024-11-05"]


def test_what_no_column_tells_is_partly_shared_by_a_door() -> None:
    rng = np.random.default_rng(7)
    people = settle_people(20_000, taken=date(2026, 9, 19), opening=date(2016, 11, 8), rng=rng)
    turnout = cast_votes(people, (COMING,), rng)
    hidden = np.log(turnout.chances / (1 - turnout.chances))[:, 0] - turnout.logits[:, 0]
    housemates = np.flatnonzero(people.door[1:] == people.door[:-1])
    assert 0.08 < np.corrcoef(hidden[housemates], hidden[housemates + 1])[0, 1] < 0.16


def test_the_best_prediction_is_the_posterior_mean_computed_by_simulation() -> None:
    """Each household's effects drawn 400,000 times, and weighted by the likelihood of all its members' histories."""
    rng = np.random.default_rng(5)
    calendar = (*past_calendar(COMING), COMING)
    people = settle_people(60, taken=date(2026, 9, 19), opening=calendar[0].date, rng=rng)
    turnout = cast_votes(people, calendar, rng)
    best = predict_turnout(turnout, people.door)
    draws = 400_000
    for door in np.unique(people.door)[:8]:
        rows = np.flatnonzero(people.door == door)
        home = rng.choice(np.sqrt(3) * np.array([-1, 0, 1]), p=[1 / 6, 4 / 6, 1 / 6], size=draws)
        weight, coming = np.ones(draws), {}
        for row in rows:
            person = rng.normal(size=draws)
            for e, kind in enumerate(turnout.kinds):
                chance = 1 / (1 + np.exp(-(turnout.logits[row, e] + kind.person * person + kind.door * home)))
                if e == len(calendar) - 1:
                    coming[row] = chance
                elif turnout.may_vote[row, e]:
                    weight *= chance if turnout.voted[row, e] else 1 - chance
        for row in rows:
            assert best[row] == pytest.approx(np.average(coming[row], weights=weight), abs=0.01)


def test_the_values_of_the_personal_effect_are_enough() -> None:
    rng = np.random.default_rng(6)
    calendar = (*past_calendar(COMING), COMING)
    people = settle_people(2_000, taken=date(2026, 9, 19), opening=calendar[0].date, rng=rng)
    turnout = cast_votes(people, calendar, rng)
    gap = np.abs(predict_turnout(turnout, people.door) - predict_turnout(turnout, people.door, values=201))
    assert gap.max() < 2e-4
