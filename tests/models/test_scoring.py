from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from data.elections import Election
from features.eligibility import exclusion_reasons
from features.matrix import build_features
from models.area_shifts import AreaShifts
from models.boosted import Boosted
from models.calibration import Line
from models.logistic import Logistic
from models.model import PropensityModel
from models.rates import Rate
from models.replay import training_set
from models.scoring import score_voters

GENERALS = tuple(Election(date(year, 11, 3), "general") for year in (2018, 2020, 2022, 2024))
MIDTERM = Election(date(2026, 11, 3), "general")


@pytest.fixture
def block(voters: Any) -> Any:
    made = voters(400, GENERALS)
    made["status"] = pd.Categorical(
        np.array(["active", "inactive", "moved", "deceased", "pending"])[np.arange(400) % 5]
    )
    made.loc[7, "born"] = pd.Timestamp("2008-11-04")  # a day too young
    made.loc[10, "born"] = pd.Timestamp("2008-11-03")
    made.loc[11, "born"] = pd.NaT
    return made


@pytest.fixture
def surroundings(block: Any, around: Any) -> Any:
    return around([block], GENERALS, MIDTERM)[MIDTERM]


@pytest.fixture
def models(block: Any, surroundings: Any) -> dict[str, PropensityModel]:
    features = build_features(block, as_of=MIDTERM.date, surroundings=surroundings)
    label = (np.random.default_rng(1).random(400) < 0.5).astype(float)
    data = training_set(features, label, np.ones(400), np.arange(400, dtype=np.uint64), surroundings)
    trees = Boosted(trees=10, leaves=4, smallest_leaf=20, threads=1).fit(data)
    members = ((0.5, Logistic(0.5).fit(data)), (0.5, trees))
    columns = tuple(features.columns)
    return {
        "turnout": PropensityModel("turnout", columns, members, Line(), {}),
        "support": PropensityModel("support", columns, ((1.0, Rate("party", "party").fit(data)),), Line(1.0, 0.3), {}),
    }


def test_there_is_a_chance_for_everybody_who_may_vote_and_for_nobody_else(
    block: Any, models: Any, surroundings: Any
) -> None:
    scores = score_voters(block, models, surroundings)
    assert scores.columns.tolist() == ["voter_id", "excluded", "turnout", "support"]
    assert scores["voter_id"].tolist() == block["voter_id"].tolist()
    np.testing.assert_array_equal(scores["excluded"], exclusion_reasons(block, MIDTERM))
    out = (np.arange(400) % 5 == 2) | (np.arange(400) % 5 == 3)
    assert scores["excluded"][[2, 3, 7, 10, 11]].tolist() == ["moved", "deceased", "moved", "", ""]
    for name in models:
        assert scores[name].dtype == np.float32
        np.testing.assert_array_equal(scores[name].isna(), out)
        assert scores[name].dropna().between(0, 1).all()


def test_who_is_too_young_is_told_from_who_is_not(block: Any, models: Any, surroundings: Any) -> None:
    grown = block.assign(status=pd.Categorical(["active"] * 400))
    scores = score_voters(grown, models, surroundings)
    assert np.flatnonzero(scores["turnout"].isna()).tolist() == [7]
    assert scores["excluded"][7] == "under_age"


def test_scores_are_the_models_own(block: Any, models: Any, surroundings: Any) -> None:
    scores = score_voters(block, models, surroundings)
    features = build_features(block, as_of=MIDTERM.date, surroundings=surroundings)
    kept = (scores["excluded"] == "").to_numpy()
    for name, model in models.items():
        np.testing.assert_array_equal(scores[name][kept], model.predict(features)[kept].astype(np.float32))
    assert (scores["turnout"] != scores["support"]).any()


def test_scores_do_not_depend_on_how_blocks_are_cut(block: Any, models: Any, surroundings: Any) -> None:
    whole = score_voters(block, models, surroundings)
    cuts = [block[:2], block[2:150], block[150:]]
    parts = [score_voters(part.reset_index(drop=True), models, surroundings) for part in cuts]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole, check_exact=True)


def test_without_a_model_reasons_are_still_told(block: Any, surroundings: Any) -> None:
    assert score_voters(block, {}, surroundings).columns.tolist() == ["voter_id", "excluded"]


def test_the_voters_of_an_area_are_moved_by_its_level(block: Any, models: Any, surroundings: Any) -> None:
    area = str(block["precinct"].iloc[0])
    stated = {"turnout": replace(models["turnout"], areas=AreaShifts("precinct", {area: 1.0}))}
    before, after = (score_voters(block, m, surroundings)["turnout"].to_numpy(float) for m in (models, stated))
    moved = logit(after) - logit(before)
    np.testing.assert_allclose(moved, np.where(np.isnan(before), np.nan, block["precinct"] == area), atol=1e-4)
