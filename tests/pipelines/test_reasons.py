"""Reasons of listed voters: the same features, the same words, whatever else is in the part."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.snapshots import Snapshot, open_snapshot
from features.matrix import build_features
from features.surroundings import Surroundings
from lists.ranking import RankedList, rank_universe
from lists.universes import GOTV, SURVEY_NEXT
from lists.versions import read_list
from models.model import PropensityModel
from pipelines.candidates import gather_candidates
from pipelines.engine import one_by_one
from pipelines.reasons import (
    Teller,
    features_of_some,
    learn_explainers,
    scored_with,
    tell_reasons,
)
from pipelines.score import gather_coming

NOBODY = {"turnout": 0.5, "support": 0.5, "asked": False, "suppressed": "", "do_not_walk": False}


@pytest.fixture(scope="module")
def snapshot(done: Any) -> Snapshot:
    return open_snapshot(done.run.campaign)


@pytest.fixture(scope="module")
def models(done: Any) -> dict[str, PropensityModel]:
    return scored_with(done.run.campaign, done.scoring)


@pytest.fixture(scope="module")
def around(done: Any, snapshot: Snapshot, models: dict[str, PropensityModel]) -> Surroundings:
    return gather_coming(done.run, snapshot, models)


@pytest.fixture(scope="module")
def ranked(done: Any, snapshot: Snapshot) -> list[RankedList]:
    candidates = gather_candidates(done.run.campaign.root, done.scoring, snapshot, ["turnout", "support"])
    return [rank_universe(candidates, one, seed=1) for one in (GOTV, SURVEY_NEXT)]


def test_features_of_some_are_their_features_among_all(snapshot: Snapshot, around: Surroundings) -> None:
    voters = snapshot.read_voters(snapshot.parts[0])
    wanted = np.random.default_rng(1).random(len(voters)) < 0.1
    whole = build_features(voters, as_of=around.coming.date, surroundings=around)
    pd.testing.assert_frame_equal(features_of_some(voters, around, wanted), whole[wanted])


def test_the_models_are_those_of_the_scoring(done: Any, models: dict[str, PropensityModel]) -> None:
    assert {name: model.digest for name, model in models.items()} == done.scoring.models


def test_every_published_list_says_why(done: Any) -> None:
    folder = done.run.campaign.root / "lists"
    for version in done.release.lists.values():
        texts = read_list(folder, version)["reasons"]
        assert texts.str.contains(r"\(\d+ of 100\): ").mean() > 0.95
        assert texts.str.len().max() < 260
    gotv = read_list(folder, done.release.lists["gotv"])["reasons"]
    assert gotv.str.contains("party DEM").mean() > 0.3


def test_nothing_is_said_aloud_that_is_nobodys_business(done: Any) -> None:
    folder = done.run.campaign.root / "lists"
    texts = pd.concat([read_list(folder, version)["reasons"] for version in done.release.lists.values()])
    for word in ("sex", "income:", "education:", "alone", "third of the file", "aged 85", "others at this address"):
        assert not texts.str.contains(word).any(), word


def test_the_same_inputs_give_the_same_words(
    done: Any, snapshot: Snapshot, ranked: list[RankedList], models: Any
) -> None:
    first, again = (tell_reasons(done.run, one_by_one, snapshot, done.scoring, list(models), ranked) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(one.frame, other.frame)


def test_a_voter_is_told_the_same_whoever_else_is_listed(
    snapshot: Snapshot, around: Surroundings, models: Any, ranked: list[RankedList]
) -> None:
    listed = ranked[1].frame.set_index("voter_id")
    explainers = learn_explainers(snapshot, around, models)
    part = snapshot.parts[0]
    together = Teller(snapshot, around, explainers, listed).tell_part(part)
    few = Teller(snapshot, around, explainers, listed.iloc[:7]).tell_part(part)
    pd.testing.assert_frame_equal(few, together.loc[few.index])
    assert sorted(together.index) == sorted(listed.index)


def test_a_score_that_no_list_is_built_on_gets_no_reasons(
    done: Any, snapshot: Snapshot, ranked: list[RankedList]
) -> None:
    told = tell_reasons(done.run, one_by_one, snapshot, done.scoring, ["turnout"], ranked)
    assert not told[0].frame["reasons"].str.contains("supporter [(][0-9]+ of 100[)]:").any()
    assert told[0].frame["reasons"].str.contains("home [(][0-9]+ of 100[)]:").any()


def test_without_any_score_the_lists_stay_as_they_are(done: Any, snapshot: Snapshot, ranked: list[RankedList]) -> None:
    assert tell_reasons(done.run, one_by_one, snapshot, done.scoring, [], ranked) == ranked
    nobody = [rank_universe(ranked[0].frame.head(0).assign(**NOBODY), GOTV, seed=1)]
    assert tell_reasons(done.run, one_by_one, snapshot, done.scoring, ["turnout"], nobody) == nobody
