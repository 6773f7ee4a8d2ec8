from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from data.elections import Election
from models import levels
from models.levels import (
    BELIEF,
    HALF_LIFE_YEARS,
    USUAL_SPREAD,
    Level,
    beside_level,
    coming_level,
    era_levels,
    expect_level,
)

GENERALS = {year: Election(date(year, 11, 3), "general") for year in range(2000, 2028, 2)}
MIDTERM = GENERALS[2026]


def expect(coming: Election = MIDTERM, **level: float) -> Level:
    """What is expected of the coming election after these levels, given as `y2018=0.3`."""
    elections = [GENERALS[int(name[1:])] for name in level]
    return coming_level(np.array(list(level.values())), elections, coming)


def years(elections: Sequence[Election]) -> list[int]:
    return [election.date.year for election in elections]


def draw(rows: int, *, level: dict[int, float], drift: float = 0.0, seed: int = 1, made_of: Any) -> Any:
    """Elections of these levels, of voters who differ by x; x itself grows by `drift` from each to the next."""
    rng = np.random.default_rng(seed)
    era = np.repeat(np.arange(len(level)), rows)
    x = rng.normal(size=len(era)) + drift * era
    label = rng.random(len(era)) < expit(np.array(list(level.values()))[era] + x)
    elections = tuple(GENERALS[year] for year in level)
    return replace(made_of({"x": x}, label), era=era, elections=elections)


def test_the_levels_of_elections_are_found(made_of: Any) -> None:
    found = era_levels(draw(6_000, level={2014: -1.0, 2016: 0.5, 2018: -0.2}, made_of=made_of))
    np.testing.assert_allclose(found - found[0], [0.0, 1.5, 0.8], atol=0.12)


def test_who_is_on_the_rolls_does_not_pass_for_the_level(made_of: Any) -> None:
    """The voters of each election are keener than those before, and its level is the same: more vote, at one level."""
    data = draw(6_000, level={2014: 0.0, 2016: 0.0, 2018: 0.0}, drift=0.5, made_of=made_of)
    rate = np.bincount(data.era, weights=data.label) / 6_000
    assert rate[2] > rate[0] + 0.15
    assert np.ptp(era_levels(data)) < 0.12


def test_an_election_without_rows_has_no_level(made_of: Any) -> None:
    data = draw(2_000, level={2014: 0.3, 2016: 1.0, 2018: -0.3}, made_of=made_of)
    found = era_levels(data.take(data.era != 1))
    assert np.isnan(found).tolist() == [False, True, False]
    assert found[0] - found[2] == pytest.approx(0.6, abs=0.2)


def test_where_voters_do_not_differ_there_is_still_a_level(made_of: Any) -> None:
    data = draw(500, level={2014: -1.0, 2018: 1.0}, made_of=made_of)
    same = replace(data, features=data.features.assign(x=np.float32(1.0)))
    rate = np.bincount(data.era, weights=data.label) / 500
    np.testing.assert_allclose(expit(era_levels(same)), rate, atol=0.01)


def test_so_many_rows_of_each_are_enough(made_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = draw(3_000, level={2014: -1.0, 2018: 0.5}, made_of=made_of)
    order = np.random.default_rng(2).permutation(len(data))
    monkeypatch.setattr(levels, "ROWS_AN_ERA", 1_000)
    few = era_levels(data)
    np.testing.assert_array_equal(few, era_levels(data.take(np.r_[0:1_000, 3_000:4_000])))
    mixed = era_levels(data.take(order))
    assert mixed[1] - mixed[0] == pytest.approx(1.5, abs=0.35)


def test_kinds_that_are_proven_apart_are_kept_apart() -> None:
    found = expect(y2010=-0.5, y2012=0.8, y2014=-0.6, y2016=0.9, y2018=-0.4, y2020=0.85, y2022=-0.5, y2024=0.8)
    assert years(found.rests_on) == [2010, 2014, 2018, 2022]
    assert found.value == pytest.approx(-0.5, abs=0.06)


def test_kinds_that_may_be_the_same_join() -> None:
    found = expect(y2010=0.0, y2012=0.3, y2014=0.1, y2016=0.2, y2018=0.3, y2020=0.1)
    assert years(found.rests_on) == [2010, 2012, 2014, 2016, 2018, 2020]


def test_the_more_elections_of_a_kind_differ_the_more_is_asked_of_kinds() -> None:
    """The means lie 1.2 apart both times."""
    calm = expect(y2014=-0.6, y2016=0.6, y2018=-0.6, y2020=0.6, y2022=-0.6, y2024=0.6)
    wild = expect(y2014=-1.8, y2016=1.8, y2018=0.6, y2020=-0.6, y2022=-0.6, y2024=0.6)
    assert years(calm.rests_on) == [2014, 2018, 2022] and len(wild.rests_on) == 6
    assert wild.spread > 3 * calm.spread


def test_few_elections_prove_less_than_many() -> None:
    few = expect(y2020=0.6, y2022=0.0, y2024=0.6)
    many = expect(y2010=0.0, y2012=0.6, y2014=0.0, y2016=0.6, y2018=0.0, y2020=0.6, y2022=0.0, y2024=0.6)
    assert len(few.rests_on) == 3 and years(many.rests_on) == [2010, 2014, 2018, 2022]


def test_where_no_kind_has_two_elections_its_own_counts_alone() -> None:
    """Nothing can be tested of one election each, and levels of kinds differ more often than not."""
    found = expect(y2022=0.0, y2024=0.1)
    assert years(found.rests_on) == [2022] and found.value == 0.0
    assert years(expect(y2020=0.1, y2022=0.0, y2024=0.1).rests_on) == [2020, 2022, 2024]


def test_age_halves_the_weight() -> None:
    assert HALF_LIFE_YEARS == 8.0
    assert expect(y2014=1.0, y2022=0.0).value == pytest.approx(1 / 3, abs=0.001)
    assert expect(y2010=0.0, y2018=0.3, y2022=0.0).value > expect(y2010=0.3, y2018=0.0, y2022=0.0).value


def test_without_an_election_of_its_kind_all_count() -> None:
    found = expect(y2020=0.5, y2024=0.9)
    assert years(found.rests_on) == [2020, 2024] and 0.7 < found.value < 0.9
    odd = Election(date(2025, 11, 4), "general")
    mixed = expect(odd, y2018=-2.0, y2020=2.0, y2022=-2.0, y2024=2.0)
    assert years(mixed.rests_on) == [2018, 2020, 2022, 2024]


def test_an_election_of_unknown_level_says_nothing() -> None:
    known, with_gap = expect(y2018=0.2, y2022=0.4), expect(y2014=np.nan, y2018=0.2, y2022=0.4, y2024=np.nan)
    assert (with_gap.value, with_gap.spread, with_gap.rests_on) == (known.value, known.spread, known.rests_on)
    only_other = expect(y2020=0.5, y2022=np.nan)
    assert years(only_other.rests_on) == [2020] and only_other.value == 0.5


def test_what_a_handful_says_of_its_own_spread_is_moderated() -> None:
    assert expect(y2022=0.3).spread == pytest.approx(USUAL_SPREAD)
    same = expect(y2014=0.3, y2018=0.3, y2022=0.3)
    assert same.spread == pytest.approx(USUAL_SPREAD * np.sqrt(BELIEF / (BELIEF + 2)))
    apart = expect(y2014=0.0, y2018=0.6, y2022=0.3)
    assert apart.spread == pytest.approx(np.sqrt((BELIEF * USUAL_SPREAD**2 + 0.18) / (BELIEF + 2)))


def test_rows_are_told_how_far_their_election_is_above_the_coming_one(made_of: Any) -> None:
    data = draw(4_000, level={2016: 1.5, 2018: -0.4, 2020: 1.5, 2022: -0.4}, made_of=made_of)
    levelled = beside_level(data, expect_level(data, MIDTERM))
    per_era = [set(levelled.offsets[data.era == n]) for n in range(4)]
    assert all(len(offsets) == 1 for offsets in per_era)
    np.testing.assert_allclose([*map(min, per_era)], [1.9, 0.0, 1.9, 0.0], atol=0.15)
    assert levelled.features is data.features and levelled.label is data.label


def test_answers_have_no_election_and_stay_as_they_are(make: Any) -> None:
    data = make(100)
    assert beside_level(data, None) is data and data.offset is None


def test_an_election_alone_is_its_own_level(made_of: Any) -> None:
    data = draw(300, level={2022: 0.7}, made_of=made_of)
    levelled = beside_level(data, expect_level(data, GENERALS[2022]))
    np.testing.assert_allclose(levelled.offsets, np.zeros(300), atol=1e-12)
