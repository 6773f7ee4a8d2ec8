from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data.area_levels import AreaLevels
from data.campaign import Campaign
from data.elections import Calendar, Election, set_bits
from data.results import SCHEMA, combine_results
from features.matrix import category_columns, features_of
from features.surroundings import learn_surroundings
from features.vocabulary import learn_vocabulary
from models.calibration import Line
from models.model import PropensityModel
from models.outcomes import SUPPORT, TURNOUT
from models.rates import FittedRate
from models.scoring import score_voters
from pipelines import level
from pipelines.level import at_stated_mean, left_the_rolls, stated_by_area
from pipelines.run import Run
from pipelines.settings import read_settings

COMING = Election(date(2026, 11, 3), "general")
PAST: Calendar = tuple(Election(date(year, 11, 3), "general") for year in (2018, 2020, 2022, 2024))


def results(*rows: tuple[str, str, date, float, float]) -> pd.DataFrame:
    """Certified results: area_type, area, day, ballots cast and registered."""
    names = ("area_type", "area", "election_date", "ballots_cast", "registered")
    told = [dict(zip(names, row, strict=True), election_type="general") for row in rows]
    return combine_results([pa.Table.from_pylist(told, SCHEMA)]).to_pandas(date_as_object=False)


NO_RESULTS = results()


def rolls(*voters: str) -> Any:
    """A mask from a line a voter, of x on the rolls and . not, an election each."""
    return np.array([[mark == "x" for mark in voter] for voter in voters])


def test_who_was_on_the_rolls_before_and_is_not_on_the_newest_left() -> None:
    found = left_the_rolls(rolls("xxx", "xx.", "x..", ".xx", "..x", "x.x"))
    assert found.tolist() == [False, True, True, False, False, False]


def test_who_was_on_no_rolls_is_new_and_did_not_leave() -> None:
    assert left_the_rolls(rolls("xx", "xx", "..")).tolist() == [False, False, False]


def test_an_election_that_only_a_part_could_vote_in_tells_of_no_leaving() -> None:
    """The last was held in one town; who could not vote in it is there all the same, unless gone before."""
    town = rolls("xx.", "xx.", "xx.", "xxx", "x..", "x.x")
    assert left_the_rolls(town).tolist() == [False, False, False, False, True, False]


def test_where_nothing_is_known_nobody_left() -> None:
    assert left_the_rolls(np.zeros((3, 0), bool)).tolist() == [False] * 3
    assert left_the_rolls(np.zeros((3, 2), bool)).tolist() == [False] * 3
    assert left_the_rolls(np.ones((3, 1), bool)).tolist() == [False] * 3


@dataclass(frozen=True)
class FakeSnapshot:
    """Two parts of voters, of whom everybody with an odd number has not been on the rolls since 2020."""

    blocks: tuple[pd.DataFrame, ...]
    calendar: Calendar = PAST
    results: pd.DataFrame = field(default_factory=results)

    @property
    def parts(self) -> range:
        return range(len(self.blocks))

    @property
    def voters(self) -> int:
        return sum(len(block) for block in self.blocks)

    def read_voters(self, part: int, columns: Any = None) -> pd.DataFrame:
        return self.blocks[part]

    def read_results(self) -> pd.DataFrame:
        return self.results


def block(name: str, size: int = 200) -> pd.DataFrame:
    number = np.arange(size)
    able = np.ones((size, len(PAST)), bool)
    able[number % 2 == 1, 2:] = False
    voted = able & (number % 4 < 3)[:, None]
    bits = {
        name: set_bits(*np.nonzero(mask), voters=size, count=len(PAST))[:, 0]
        for name, mask in (("voted_0", voted), ("rolls_0", able))
    }
    words = {column: pd.Categorical(["A"] * size) for column in ("sex", "party", "county", "zip")}
    words["precinct"] = pd.Categorical(np.where(number < 80, "1", np.where(number < 184, "2", "3")))
    return pd.DataFrame(
        {
            "voter_id": [f"{name}{i}" for i in number],
            "born": pd.Series(pd.Timestamp("1970-01-01"), index=number).astype("datetime64[ms]"),
            "registered": pd.Series(pd.Timestamp("2000-01-01"), index=number).astype("datetime64[ms]"),
            **words,
            "household_id": pd.Categorical([f"{name}H{i}" for i in number]),
            "status": pd.Categorical(np.where(number % 10 == 0, "deceased", "active")),
            **bits,
        }
    )


@pytest.fixture
def county() -> tuple[FakeSnapshot, dict[Election, Any], PropensityModel]:
    """Voters, their surroundings, and a model that scores keen voters .9 and the others .2."""
    blocks = (block("a"), block("b"))
    vocabulary = learn_vocabulary(blocks, category_columns({}))
    around = learn_surroundings(
        blocks, calendar=PAST, coming=[COMING], extras={}, results=NO_RESULTS, vocabulary=vocabulary
    )
    rule = FittedRate("share_all", 0.5, ((0.0, 0.2), (1.0, 0.9)), 0.5)
    model = PropensityModel(
        "turnout", tuple(feature.name for feature in features_of({})), ((1.0, rule),), Line(), dict(vocabulary)
    )
    return FakeSnapshot(blocks), around, model


def run_stating(root: Path, turnout: float | None, by: AreaLevels | None = None) -> Run:
    campaign = Campaign(root, "Larkmoor", "u", COMING, "us", turnout, "2026-09-01T00:00:00Z", by)
    return Run("1", campaign, read_settings({}, campaign=root), datetime(2026, 10, 1, tzinfo=UTC))


def scores_of(county: Any, model: PropensityModel) -> Any:
    snapshot, around, _ = county
    frames = [score_voters(one, {"turnout": model}, around[COMING])["turnout"] for one in snapshot.blocks]
    return pd.concat(frames).to_numpy(np.float64)


def test_the_stated_mean_is_that_of_the_voters_still_on_the_rolls(county: Any, tmp_path: Path) -> None:
    snapshot, around, model = county
    found, warnings = at_stated_mean(run_stating(tmp_path, 0.42), snapshot, around, model, TURNOUT)
    assert warnings == () and found.areas is None
    score, left = scores_of(county, found), np.tile(np.arange(200) % 2 == 1, 2)
    assert np.nanmean(score[~left]) == pytest.approx(0.42, abs=1e-4)
    assert abs(np.nanmean(score) - 0.42) > 0.005
    assert np.isnan(score[np.tile(np.arange(200) % 10 == 0, 2)]).all()


def test_of_a_large_file_a_sample_tells_the_level(county: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, around, model = county
    monkeypatch.setattr(level, "MOST_VOTERS", 200)
    (whole, _), counted = at_stated_mean(run_stating(tmp_path, 0.42), snapshot, around, model, TURNOUT), []
    monkeypatch.setattr(
        level, "score_voters", lambda block, *rest: counted.append(len(block)) or score_voters(block, *rest)
    )
    again, _ = at_stated_mean(run_stating(tmp_path, 0.42), snapshot, around, model, TURNOUT)
    assert 140 < sum(counted) < 260 and again == whole
    score, left = scores_of(county, again), np.tile(np.arange(200) % 2 == 1, 2)
    assert np.nanmean(score[~left]) == pytest.approx(0.42, abs=0.05)


def test_without_a_stated_mean_a_model_stays_as_it_is(county: Any, tmp_path: Path) -> None:
    snapshot, around, model = county
    by = AreaLevels("precinct", {"1": 0.3})
    assert at_stated_mean(run_stating(tmp_path, None), snapshot, around, model, TURNOUT) == (model, ())
    assert at_stated_mean(run_stating(tmp_path, 0.42), snapshot, around, model, SUPPORT) == (model, ())
    assert at_stated_mean(run_stating(tmp_path, None, by), snapshot, around, model, SUPPORT) == (model, ())


def means_by_precinct(county: Any, model: PropensityModel) -> dict[str, float]:
    """The mean score of those on the rolls in each precinct."""
    score, left = scores_of(county, model), np.tile(np.arange(200) % 2 == 1, 2)
    precinct = np.concatenate([one["precinct"].to_numpy(object) for one in county[0].blocks])
    return pd.Series(score[~left]).groupby(precinct[~left]).mean().to_dict()


def test_each_stated_area_has_its_mean_and_the_others_are_shifted_with_them(county: Any, tmp_path: Path) -> None:
    snapshot, around, model = county
    run = run_stating(tmp_path, None, AreaLevels("precinct", {"1": 0.3, "2": 0.45, "3": 0.5, "4": 0.5}))
    found, warnings = at_stated_mean(run, snapshot, around, model, TURNOUT)
    means, before = means_by_precinct(county, found), means_by_precinct(county, model)
    assert (means["1"], means["2"]) == pytest.approx((0.3, 0.45), abs=1e-6)
    assert found.areas is not None and min(found.areas.shifts.values()) < 0 < max(found.areas.shifts.values())
    assert means["3"] != pytest.approx(before["3"], abs=0.01) and means["3"] != pytest.approx(0.5, abs=0.001)
    (told,) = warnings
    assert told.startswith("stated turnout by precinct: 3, 4: fewer than 20 voters")


def test_where_no_stated_area_has_enough_voters_the_whole_is_what_counts(county: Any, tmp_path: Path) -> None:
    snapshot, around, model = county
    told = replace(snapshot, results=results(("precinct", "3", COMING.date, 5, 10)))
    found, warnings = at_stated_mean(run_stating(tmp_path, 0.42), told, around, model, TURNOUT)
    plain, _ = at_stated_mean(run_stating(tmp_path, 0.42), snapshot, around, model, TURNOUT)
    assert found.to_bytes() == plain.to_bytes() and len(warnings) == 1


def test_certified_results_of_the_election_win_over_what_is_expected(county: Any, tmp_path: Path) -> None:
    snapshot, around, model = county
    told = results(
        ("precinct", "1", COMING.date, 60, 100),
        ("precinct", "2", PAST[-1].date, 90, 100),
        ("all", "all", COMING.date, 9, 10),
    )
    run = run_stating(tmp_path, None, AreaLevels("precinct", {"1": 0.3, "2": 0.45}))
    found, warnings = at_stated_mean(run, replace(snapshot, results=told), around, model, TURNOUT)
    means = means_by_precinct(county, found)
    assert (means["1"], means["2"]) == pytest.approx((0.6, 0.45), abs=1e-6) and warnings == ()


def test_of_certified_results_the_smallest_areas_count_and_the_impossible_are_told(tmp_path: Path) -> None:
    day = COMING.date
    told = results(
        ("county", "A", day, 5, 9), ("zip", "1", day, 4, 10), ("zip", "2", day, 11, 9), ("zip", "3", day, 0, 9)
    )
    campaign = run_stating(tmp_path, None, AreaLevels("precinct", {"1": 0.3})).campaign
    stated, warnings = stated_by_area(campaign, told)
    assert stated == AreaLevels("zip", {"1": 0.4})
    assert [w.split(":")[0] for w in warnings] == ["stated turnout by area", "certified results are by zip"]
    assert stated_by_area(campaign, NO_RESULTS) == (campaign.expected_turnout_by, ())
