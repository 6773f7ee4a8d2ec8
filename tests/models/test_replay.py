from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.elections import Election
from features.feature import Feature
from features.household import door_keys
from features.matrix import build_features
from features.outcomes import turnout_labels
from models.replay import (
    FEWEST_ROWS,
    MOST_ERAS,
    SAME_FAMILY,
    Era,
    choose_eras,
    count_labels,
    gather_replay,
    join,
    judged_era,
)

GENERALS = tuple(Election(date(year, 11, 3), "general") for year in range(2008, 2026, 2))
PRIMARIES = tuple(Election(date(year, 6, 3), "primary") for year in (2018, 2022))
MIDTERM = Election(date(2026, 11, 3), "general")


def years(eras: tuple[Era, ...]) -> list[int]:
    return [era.election.date.year for era in eras]


def gather(blocks: list[pd.DataFrame], calendar: Any, around: Any, **asked: Any) -> Any:
    eras = choose_eras(calendar, MIDTERM)
    surroundings = around(blocks, calendar, *(e.election for e in eras))
    return gather_replay(lambda: iter(blocks), eras, surroundings, **{"seed": 1, **asked})


def cut(frame: pd.DataFrame, *places: int) -> list[pd.DataFrame]:
    edges = (0, *places, len(frame))
    return [frame[a:b].reset_index(drop=True) for a, b in zip(edges, edges[1:], strict=False)]


def test_the_family_teaches_the_newer_and_the_more_alike_the_more() -> None:
    eras = choose_eras((*PRIMARIES, *GENERALS[-4:]), MIDTERM)
    assert years(eras) == [2018, 2020, 2022, 2024] and [era.like for era in eras] == [True, False, True, False]
    weights = [era.weight for era in eras]
    assert weights[2] == pytest.approx(0.5 ** (4 / 8), abs=0.001)
    assert weights[3] == pytest.approx(SAME_FAMILY * 0.5 ** (2 / 8), abs=0.001)
    ten, eighteen = (choose_eras((GENERALS[n],), MIDTERM)[0].weight for n in (1, 5))
    assert eighteen / ten == pytest.approx(2.0, abs=0.01)  # eight years halve it


def test_of_many_elections_those_of_most_weight_are_kept_oldest_first() -> None:
    assert MOST_ERAS == 6
    assert years(choose_eras(GENERALS, MIDTERM)) == [2010, 2014, 2018, 2020, 2022, 2024]
    assert years(choose_eras(GENERALS[-3:], MIDTERM)) == [2020, 2022, 2024]
    assert choose_eras(tuple(reversed(GENERALS)), MIDTERM) == choose_eras(GENERALS, MIDTERM)


def test_other_families_and_the_future_teach_nothing() -> None:
    primary = Election(date(2022, 6, 3), "primary")
    assert [e.election for e in choose_eras((*PRIMARIES, *GENERALS), primary)] == [PRIMARIES[0]]
    assert years(choose_eras(GENERALS, Election(date(2014, 11, 3), "general"))) == [2008, 2010, 2012]
    assert choose_eras((), MIDTERM) == ()


def test_an_odd_general_is_of_two_families() -> None:
    odd = Election(date(2025, 11, 3), "general")
    local = Election(date(2024, 5, 3), "municipal")
    chosen = choose_eras((*PRIMARIES, local, GENERALS[-1]), odd)
    assert [era.election for era in chosen] == [local, GENERALS[-1]]


def test_the_newest_like_the_coming_one_is_judged() -> None:
    assert judged_era(choose_eras(GENERALS[-3:], MIDTERM)) == 1
    assert judged_era(choose_eras(GENERALS, MIDTERM)) == 4  # 2022, though 2024 is newer
    assert judged_era(choose_eras((GENERALS[4], GENERALS[6]), MIDTERM)) == 1  # presidential years only: the newest


def test_an_election_with_none_before_it_cannot_be_judged() -> None:
    assert judged_era(choose_eras(GENERALS[-2:], MIDTERM)) == 1  # 2022 is the first: 2024 instead
    assert judged_era(choose_eras(GENERALS[-2:-1], MIDTERM)) == 0  # alone: by folds


def test_every_era_gives_its_labelled_voters_as_they_stood(voters: Any, around: Any) -> None:
    calendar = GENERALS[-4:]  # 2018 … 2024; the first is the calendar's beginning
    blocks = [voters(400, calendar), voters(300, calendar, seed=2, named="w")]
    data, kept = gather(blocks, calendar, around)
    assert years(kept) == [2020, 2022, 2024]  # 2018 has no history to learn from
    assert data.elections == calendar[1:] and data.offset is None
    assert np.bincount(data.era).tolist() == [700, 700, 700]
    assert data.features["elections_on_rolls"].groupby(data.era).max().tolist() == [1, 2, 3]
    for number, era in enumerate(kept):
        assert set(data.weight[data.era == number]) == {era.weight}
        expected = np.concatenate([turnout_labels(block, calendar, era.election) for block in blocks])
        np.testing.assert_array_equal(data.label[data.era == number], expected)
    doors = np.concatenate([door_keys(block) for block in blocks]).view(np.int64)
    np.testing.assert_array_equal(data.household, np.tile(doors, 3))


def test_where_nobody_ever_had_a_history_the_eras_are_kept(voters: Any, around: Any) -> None:
    calendar = GENERALS[-1:]
    data, kept = gather([voters(300, calendar)], calendar, around)
    assert years(kept) == [2024] and len(data) == 300


def test_only_who_was_on_the_rolls_has_a_label(voters: Any, around: Any) -> None:
    calendar = GENERALS[-2:]
    block = voters(600, calendar)
    gone = np.arange(600) % 3 == 0
    block.loc[gone, ["rolls_0", "voted_0"]] = np.uint64(1)  # voted in the first election only
    eras = choose_eras(calendar, MIDTERM)
    assert count_labels([block[:300], block[300:]], eras, around([block], calendar, *calendar)) == [600, 400]
    data, _ = gather([block], calendar, around)
    assert data.features.index.tolist() == block["voter_id"][~gone].tolist()


def test_features_are_those_of_the_whole_household_though_only_some_have_a_label(voters: Any, around: Any) -> None:
    calendar = GENERALS[-3:]
    block = voters(600, calendar)
    block.loc[::2, "rolls_0"] = np.uint64(3)  # every other was off the rolls in 2024
    block.loc[::2, "voted_0"] = block["voted_0"][::2] & np.uint64(3)
    data, kept = gather([block], calendar, around)
    newest = data.take(data.era == len(kept) - 1)
    surroundings = around([block], calendar, calendar[-1])[calendar[-1]]
    whole = build_features(block, as_of=calendar[-1].date, surroundings=surroundings)
    assert len(newest) == 300
    pd.testing.assert_frame_equal(newest.features, whole.iloc[1::2])
    assert newest.features["household_size"].eq(2).all()


def test_a_draw_takes_whole_households_the_same_however_blocks_are_cut(voters: Any, around: Any) -> None:
    calendar = GENERALS[-3:]
    whole = voters(2_000, calendar)
    whole["household_id"] = pd.Categorical([f"H{i // 5}" for i in range(2_000)])
    data, _ = gather([whole], calendar, around, rows=500)
    again, _ = gather(cut(whole, 600, 605, 1_500), calendar, around, rows=500)
    for era in (0, 1):
        one, other = data.take(data.era == era), again.take(again.era == era)
        pd.testing.assert_frame_equal(one.features, other.features)
        np.testing.assert_array_equal(one.label, other.label)
        assert 350 < len(one) < 650
        assert set(np.unique(one.household, return_counts=True)[1]) == {5}


def test_another_seed_draws_others(voters: Any, around: Any) -> None:
    calendar = GENERALS[-2:]
    one, other = (gather([voters(2_000, calendar)], calendar, around, seed=seed, rows=500)[0] for seed in (1, 2))
    shared = len(set(one.features.index) & set(other.features.index)) / len(one)
    assert 0.1 < shared < 0.45


def test_an_era_that_is_small_enough_is_taken_whole(voters: Any, around: Any) -> None:
    calendar = GENERALS[-2:]
    data, _ = gather([voters(500, calendar)], calendar, around, rows=500)
    assert len(data) == 500


def test_elections_with_few_labels_are_left_out_and_the_others_numbered_anew(voters: Any, around: Any) -> None:
    calendar = GENERALS[-4:]
    block = voters(400, calendar)
    known = np.where(np.arange(400) < FEWEST_ROWS - 1, np.uint64(15), np.uint64(11))
    block["rolls_0"], block["voted_0"] = known, block["voted_0"] & known
    data, kept = gather([block], calendar, around)
    assert years(kept) == [2020, 2024] and np.bincount(data.era).tolist() == [400, 400]
    assert data.elections == (calendar[1], calendar[3])
    assert gather([block[: FEWEST_ROWS - 1]], calendar, around) == (None, ())


def test_sets_are_joined_with_the_numbers_of_their_eras(make: Any) -> None:
    first, second = make(4, seed=1), make(6, seed=2)
    both = join([(1, first), (0, second)], GENERALS[:2])
    assert both.era.tolist() == [1] * 4 + [0] * 6
    np.testing.assert_array_equal(both.label, np.r_[first.label, second.label])
    np.testing.assert_array_equal(both.features[4:], second.features)
    assert both.categories == first.categories and both.elections == GENERALS[:2]
    assert join([(0, first)]).elections == ()


def test_a_feature_to_be_tried_is_seen_as_of_each_election(voters: Any, around: Any) -> None:
    calendar = GENERALS[-4:]
    blocks, eras = [voters(300, calendar)], choose_eras(calendar, MIDTERM)
    year = Feature("year", "year", lambda scene: np.full(len(scene.view.voters), scene.view.as_of.year))
    surroundings = around(blocks, calendar, *(e.election for e in eras))
    data, kept = gather_replay(lambda: iter(blocks), eras, surroundings, seed=1, added=(year,))
    assert data is not None and list(data.features)[-1] == "year"
    assert data.features["year"].tolist() == [kept[era].election.date.year for era in data.era]
