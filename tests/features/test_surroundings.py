"""What is gathered of everybody in one pass."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from data.elections import Calendar, Election
from features.area_totals import AREAS, AreaTotals
from features.counts import COUNTS
from features.surroundings import Surroundings, learn_surroundings, surroundings_columns, surroundings_from
from features.view import View

COMING = (
    Election(date(2018, 11, 6), "general"),
    Election(date(2020, 11, 3), "general"),
    Election(date(2026, 11, 3), "general"),
)
VOCABULARY = {"party": ("DEM", "REP", "UNA")}
RESULTS = pd.DataFrame(
    {
        "area_type": "county",
        "area": "C1",
        "election_date": pd.to_datetime(["2016-11-08", "2018-11-06", "2020-11-03"]),
        "election_type": "general",
        "votes_for": [10.0, 90.0, 50.0],
        "votes_against": [90.0, 10.0, 50.0],
    }
)
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)  # the tables are small, and to shrink them takes minutes
patient = settings(max_examples=10, deadline=None, phases=UNSHRUNK)


def learn(blocks: Any, calendar: Calendar, coming: Any = COMING) -> dict[Election, Surroundings]:
    return learn_surroundings(
        blocks, calendar=calendar, coming=coming, extras={}, results=RESULTS, vocabulary=VOCABULARY
    )


def assert_same(one: Surroundings, other: Surroundings) -> None:
    assert one.areas.overall.to_dict() == other.areas.overall.to_dict()
    for area in AREAS:
        pd.testing.assert_frame_equal(one.areas.sums[area], other.areas.sums[area], check_index_type=False)


@patient
@given(draw=st.data())
def test_neither_cuts_nor_order_of_blocks_change_what_is_gathered(
    draw: st.DataObject, voters: Any, block: Any, calendar: Calendar
) -> None:
    rows = draw.draw(st.lists(voters, min_size=2, max_size=9))
    cut = draw.draw(st.integers(1, len(rows) - 1))
    whole = learn([block(rows)], calendar)
    pieces = learn([block(rows[cut:]), block(rows[:cut])], calendar)
    for election in COMING:
        assert_same(whole[election], pieces[election])


def test_one_pass_gathers_each_election_as_it_would_be_alone(block: Any, calendar: Calendar) -> None:
    rows = [
        {"precinct": "P1", "county": "C1", "history": "VnVVnV", "party": "DEM", "registered": day}
        for day in ("2000-01-01", "2019-01-01", "2021-01-01")
    ]

    def once() -> Iterator[pd.DataFrame]:
        yield block(rows)
        yield block(rows[:1])

    together = learn(once(), calendar)
    assert tuple(together) == COMING
    for election in COMING:
        (alone,) = learn([block(rows), block(rows[:1])], calendar, [election]).values()
        assert alone.coming == election == together[election].coming
        assert_same(alone, together[election])


def test_totals_are_as_of_the_day_over_those_on_the_rolls(block: Any, calendar: Calendar) -> None:
    rows = [
        {"precinct": "P1", "history": "VnV...", "party": "DEM"},
        {"precinct": "P1", "history": "......", "party": "REP", "registered": "2019-01-01"},
        {"precinct": None, "history": "nnV...", "party": "REP"},
    ]
    gathered = learn([block(rows)], calendar)
    early, late = (gathered[election].areas for election in COMING[:2])
    assert COUNTS == ("people", "votes", "elections", "votes_like", "elections_like", "party_1", "party_2")
    assert early.overall.tolist() == [2, 1, 4, 0, 0, 1, 1]
    assert late.overall.tolist() == [3, 3, 6, 1, 2, 1, 2]
    assert early.sums["precinct"].loc["P1"].tolist() == [1, 1, 2, 0, 0, 1, 0]
    assert late.sums["precinct"].loc["P1"].tolist() == [2, 2, 3, 1, 1, 1, 1]
    assert late.sums["precinct"].index.tolist() == ["P1"]


def test_leans_are_of_results_before_each_day(block: Any, calendar: Calendar) -> None:
    gathered = learn([block([{"county": "C1"}])], calendar)
    leans = [gathered[election].leans["county"].loc["C1"] for election in COMING]
    np.testing.assert_allclose(leans, [0.1, (2 * 0.9 + 0.1) / 3, (4 * 0.5 + 2 * 0.9 + 0.1) / 7])


def test_a_file_without_parties_has_none(block: Any, calendar: Calendar) -> None:
    found = learn_surroundings(
        [block([{"precinct": "P1"}])],
        calendar=calendar,
        coming=COMING[:1],
        extras={},
        results=RESULTS,
        vocabulary={"party": ()},
    )[COMING[0]]
    assert found.areas.overall[["people", "party_1", "party_2"]].tolist() == [1, 0, 0]


@patient
@given(draw=st.data())
def test_totals_of_pieces_merge_into_those_of_the_whole(
    draw: st.DataObject, voters: Any, block: Any, calendar: Calendar
) -> None:
    rows = draw.draw(st.lists(voters, min_size=1, max_size=9))
    piece_of = draw.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows)))
    for election in COMING:
        merged = AreaTotals(VOCABULARY["party"][:2])
        for number in (2, 0, 3, 1):
            piece = AreaTotals(VOCABULARY["party"][:2])
            if mine := [row for row, of in zip(rows, piece_of, strict=True) if of == number]:
                piece.add(View(block(mine), calendar, election))
            merged.merge(piece)
        whole = learn([block(rows)], calendar)[election]
        assert_same(whole, replace(whole, areas=merged))
        assert replace(whole, areas=merged).to_bytes() == whole.to_bytes()


def test_areas_are_in_the_order_of_their_names_whatever_their_codes(block: Any, calendar: Calendar) -> None:
    rows = block([{"precinct": name, "history": "VnVVnV"} for name in ("P2", "P1", "P3")])
    turned = rows.assign(precinct=rows["precinct"].cat.set_categories(["P3", "never", "P2", "P1"]))
    one, other = (learn([frame], calendar)[COMING[1]] for frame in (rows, turned))
    assert list(other.areas.sums["precinct"].index) == ["P1", "P2", "P3"]
    assert one.to_bytes() == other.to_bytes()


def test_totals_of_other_parties_are_not_merged() -> None:
    with pytest.raises(ValueError, match="of DEM, GRN cannot be added to DEM, REP"):
        AreaTotals(("DEM", "REP")).merge(AreaTotals(("DEM", "GRN")))


def test_surroundings_come_back_from_their_bytes_as_they_were(block: Any, calendar: Calendar) -> None:
    rows = [{"precinct": "P “1”", "county": "C1", "history": "VnVVnV", "party": "DEM"}, {"zip": "01"}]
    for results in (RESULTS, RESULTS.iloc[:0], RESULTS.assign(area_type=pd.Categorical(["county", None, "county"]))):
        for blocks in ([block(rows)], []):
            learned = learn_surroundings(
                blocks,
                calendar=calendar,
                coming=COMING,
                extras={"school": "category", "income": "number"},
                results=results,
                vocabulary=VOCABULARY | {"extra_school": ()},
            )
            for election, one in learned.items():
                back = surroundings_from(one.to_bytes())
                assert (back.coming, back.calendar, back.vocabulary) == (election, calendar, one.vocabulary)
                assert list(back.extras.items()) == list(one.extras.items())
                assert back.areas.parties == one.areas.parties
                pd.testing.assert_series_equal(back.areas.overall, one.areas.overall, check_exact=True)
                for area in AREAS:
                    pd.testing.assert_frame_equal(back.areas.sums[area], one.areas.sums[area], check_exact=True)
                pd.testing.assert_frame_equal(back.results, one.results, check_exact=True)
                assert back.to_bytes() == one.to_bytes()


@patient
@given(draw=st.data())
def test_the_same_surroundings_are_the_same_bytes(
    draw: st.DataObject, voters: Any, block: Any, calendar: Calendar
) -> None:
    rows = draw.draw(st.lists(voters, min_size=2, max_size=9))
    whole, turned = (learn([block(people)], calendar)[COMING[1]].to_bytes() for people in (rows, rows[::-1]))
    pieces = learn([block([row]) for row in rows], calendar)[COMING[1]].to_bytes()
    assert whole == turned == pieces
    assert surroundings_from(whole).to_bytes() == whole


def test_other_surroundings_are_other_bytes(block: Any, calendar: Calendar) -> None:
    one = learn([block([{"precinct": "P1", "history": "VnVVnV"}])], calendar)[COMING[1]]
    others = [
        replace(one, coming=COMING[2]),
        replace(one, calendar=calendar[1:]),
        replace(one, extras={"income": "number"}),
        replace(one, vocabulary={"party": ("DEM",)}),
        replace(one, areas=AreaTotals(("DEM", "REP"))),
        replace(one, areas=replace(one.areas, parties=("DEM",))),
        replace(one, areas=replace(one.areas, overall=one.areas.overall + 1)),
        replace(one, results=RESULTS.iloc[1:]),
    ]
    assert len({one.to_bytes(), *(other.to_bytes() for other in others)}) == len(others) + 1


def test_bytes_grow_with_areas_not_with_voters(block: Any, calendar: Calendar) -> None:
    few, many = ([{"precinct": f"P{i % 3}", "history": "VnVVnV"} for i in range(count)] for count in (3, 300))
    sizes = [len(learn([block(rows)], calendar)[COMING[1]].to_bytes()) for rows in (few, many)]
    assert abs(sizes[1] - sizes[0]) < 64


@patient
@given(draw=st.data())
def test_what_a_pass_reads_is_said(draw: st.DataObject, voters: Any, block: Any, calendar: Calendar) -> None:
    whole = block(draw.draw(st.lists(voters, min_size=1, max_size=9)))
    part = whole[list(surroundings_columns(calendar))]
    one, other = (learn([frame], calendar)[COMING[1]] for frame in (whole, part))
    assert one.to_bytes() == other.to_bytes()
    assert set(surroundings_columns(calendar)) < set(whole)
