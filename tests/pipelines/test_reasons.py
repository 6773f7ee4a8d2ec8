"""Reasons of listed voters: the same features, the same words, whatever else is in the part."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import PropensityError
from data.snapshots import Snapshot, open_snapshot
from features.household import door_keys
from features.matrix import build_features, features_of_some
from features.surroundings import Surroundings
from lists.selection import to_hundred
from lists.versions import read_list
from models.model import PropensityModel
from pipelines.candidates import read_scored
from pipelines.plan import plan_of
from pipelines.reasons import Teller, learn_explainers, learn_teller


@pytest.fixture(scope="module")
def snapshot(done: Any) -> Snapshot:
    return open_snapshot(done.run.campaign)


@pytest.fixture(scope="module")
def models(done: Any) -> dict[str, PropensityModel]:
    return dict(plan_of(done.run.campaign.root, done.scoring).models)


@pytest.fixture(scope="module")
def around(done: Any) -> Surroundings:
    return plan_of(done.run.campaign.root, done.scoring).surroundings


@pytest.fixture(scope="module")
def teller(done: Any, snapshot: Snapshot) -> Teller:
    plan = plan_of(done.run.campaign.root, done.scoring)
    explainers = learn_explainers(snapshot, plan.surroundings, plan.models)
    return Teller(snapshot, plan.surroundings, explainers, plan.scorer)


@pytest.fixture(scope="module")
def scores(done: Any) -> pd.DataFrame:
    """A third of those scored in the first part, with their scores as lists show them."""
    scored = read_scored(done.run.campaign.root / "scores", done.scoring.parts[0], ["turnout", "support"]).iloc[::3]
    return (
        pd.DataFrame({f"{outcome}_score": to_hundred(scored, outcome) for outcome in ("turnout", "support")})
        .assign(voter_id=scored["voter_id"].array)
        .set_axis(scored.index)
    )


def test_features_of_some_are_their_features_among_all(snapshot: Snapshot, around: Surroundings) -> None:
    voters = snapshot.read_voters(snapshot.parts[0])
    wanted = np.random.default_rng(1).random(len(voters)) < 0.1
    whole = build_features(voters, as_of=around.coming.date, surroundings=around)
    pd.testing.assert_frame_equal(
        features_of_some(voters, door_keys(voters), wanted, surroundings=around), whole[wanted]
    )


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
    done: Any, snapshot: Snapshot, teller: Teller, scores: pd.DataFrame
) -> None:
    again = learn_teller(done.run, snapshot, done.scoring, ["support", "turnout"])
    assert again is not None and again.phrases == teller.phrases
    told = teller.tell_part(snapshot.parts[0], scores)
    pd.testing.assert_frame_equal(again.tell_part(snapshot.parts[0], scores), told, check_like=True)
    assert tuple(told) == teller.columns and set(told.dtypes) == {np.dtype(np.int16)}


def test_what_is_told_are_numbers_of_phrases(snapshot: Snapshot, teller: Teller, scores: pd.DataFrame) -> None:
    told = teller.tell_part(snapshot.parts[0], scores)
    assert told.min(axis=None) == 0 and told.max(axis=None) < len(teller.phrases) < 1_000
    assert teller.phrases[0] == "" and len(set(teller.phrases)) == len(teller.phrases)
    assert (told["support_2"] > 0).mean() > 0.3
    assert not ((told["support_1"] == 0) & (told["support_2"] > 0)).any()


def test_a_voter_is_told_the_same_whoever_else_is_listed(
    snapshot: Snapshot, teller: Teller, scores: pd.DataFrame
) -> None:
    together = teller.tell_part(snapshot.parts[0], scores)
    few = teller.tell_part(snapshot.parts[0], scores.iloc[5:12])
    pd.testing.assert_frame_equal(few, together.iloc[5:12])
    assert together.index.equals(scores.index)


def test_reasons_are_never_told_of_somebody_else(snapshot: Snapshot, teller: Teller, scores: pd.DataFrame) -> None:
    with pytest.raises(PropensityError, match="not of the voters of this snapshot") as error:
        teller.tell_part(snapshot.parts[0], scores.set_axis(scores.index[::-1]).sort_index())
    assert scores["voter_id"].iloc[0] not in str(error.value)


def test_a_score_that_no_list_is_built_on_gets_no_reasons(done: Any, snapshot: Snapshot) -> None:
    teller = learn_teller(done.run, snapshot, done.scoring, ["turnout"])
    assert teller is not None and teller.columns == ("turnout_1", "turnout_2")


def test_without_any_score_there_is_nobody_to_tell(done: Any, snapshot: Snapshot) -> None:
    assert learn_teller(done.run, snapshot, done.scoring, []) is None
