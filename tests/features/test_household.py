"""The household: the others behind the door, never the voter."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.elections import Election
from features.counts import sum_of_others
from features.household import FEATURES, MOST_CELLS, door_keys
from features.view import View

COMING = Election(date(2020, 11, 3), "general")
PAST, LIKE = (0, 1, 2), (0,)  # elections of the calendar before that day; presidential ones of them
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=40, deadline=None, phases=UNSHRUNK)


def on_file(row: dict[str, Any]) -> bool:
    return (row["registered"] or "") < "2020-11-03" or any(row["history"][i] == "V" for i in PAST)


def share_of(others: list[dict[str, Any]], numbers: tuple[int, ...]) -> float:
    letters = [row["history"][i] for row in others for i in numbers]
    on_rolls = len(letters) - letters.count(".")
    return letters.count("V") / on_rolls if on_rolls else np.nan


def expected(rows: list[dict[str, Any]], number: int) -> list[float]:
    """The household features of one voter, the long way."""
    mine = rows[number]
    others = [
        row
        for i, row in enumerate(rows)
        if i != number and mine["household_id"] and row["household_id"] == mine["household_id"] and on_file(row)
    ]
    same = sum(row["party"] == mine["party"] for row in others) / len(others) if others else np.nan
    return [1 + len(others), share_of(others, PAST), share_of(others, LIKE), same]


@patient
@given(draw=st.data())
def test_a_household_is_the_others_on_the_rolls_by_then(
    draw: st.DataObject, voters: Any, block: Any, scene: Any
) -> None:
    rows = draw.draw(st.lists(voters, min_size=1, max_size=9))
    here = scene(block(rows), COMING)
    found = np.stack([np.asarray(feature.compute(here)) for feature in FEATURES], axis=1)
    np.testing.assert_allclose(found, [expected(rows, i) for i in range(len(rows))], rtol=1e-6)
    assert found.dtype == np.float32


def test_what_the_voter_did_says_nothing_of_the_voters_household(block: Any, as_of: Any) -> None:
    names = [feature.name for feature in FEATURES if feature.name != "household_same_party"]
    home = [{"household_id": "H1", "history": "nVn..."}, {"household_id": "H1", "history": "nnV..."}]
    found = [as_of([block([home[0] | {"history": own}, home[1]])], COMING)[names] for own in ("VVV...", "......")]
    assert found[0].iloc[0].equals(found[1].iloc[0])
    assert not found[0].iloc[1].equals(found[1].iloc[1])


def test_who_has_no_household_lives_alone(block: Any, calendar: Any) -> None:
    rows = [{"household_id": None}, {"household_id": "H1"}, {"household_id": None}, {"household_id": "H1"}]
    doors = View(block(rows), calendar, COMING).doors
    assert doors[1] == doors[3] and len(set(doors)) == 3
    assert sum_of_others(doors, np.array([1.0, 2.0, 4.0, 8.0])).tolist() == [0, 8, 0, 2]


def test_a_block_in_which_nobody_has_a_household(block: Any, calendar: Any) -> None:
    voters = block([{}, {}])
    assert sum_of_others(View(voters, calendar, COMING).doors, np.ones(2)).tolist() == [0, 0]
    assert len(set(door_keys(voters))) == 2


def test_a_door_has_the_same_key_in_every_block(block: Any) -> None:
    homes = ["H2", None, "H1", "H2", None]
    rows = [{"voter_id": f"v{i}", "household_id": home} for i, home in enumerate(homes)]
    whole = door_keys(block(rows))
    recoded = block(rows)
    recoded["household_id"] = recoded["household_id"].cat.set_categories(["H9", "H2", "H1"])
    assert whole[0] == whole[3] and len(set(whole)) == 4
    assert door_keys(recoded).tolist() == whole.tolist()
    assert np.concatenate([door_keys(block(rows[:2])), door_keys(block(rows[2:]))]).tolist() == whole.tolist()
    assert whole.dtype == np.uint64 and isinstance(recoded, pd.DataFrame)


@patient
@given(draw=st.data())
def test_the_same_party_is_counted_whatever_the_number_of_parties(
    draw: st.DataObject, voters: Any, block: Any, scene: Any
) -> None:
    """Many words of few voters: cells are numbered anew instead of counted in."""
    rows = draw.draw(st.lists(voters, min_size=1, max_size=9))
    (same,) = (feature for feature in FEATURES if feature.name == "household_same_party")
    few, words = block(rows), [*(f"P{i}" for i in range(500)), "UNA", "REP", "DEM"]
    many = few.assign(party=few["party"].cat.set_categories(words))
    one, other = (same.compute(scene(frame, COMING)) for frame in (few, many))
    np.testing.assert_array_equal(one, other)
    assert len(many) * MOST_CELLS < 500
