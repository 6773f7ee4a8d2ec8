from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from data.snapshots import open_snapshot
from lists.suppressions import suppress
from lists.take import take_list
from lists.universes import GOTV, SURVEY_NEXT, UNIVERSES
from lists.versions import read_list
from pipelines.candidates import read_scored
from pipelines.engine import one_by_one
from pipelines.publish import publish_lists, run_key, why_not


def test_every_list_that_can_be_is_live_and_persuasion_says_why_it_is_not(done: Any) -> None:
    assert set(done.release.lists) == {"gotv", "undecided", "base", "volunteer_ask", "survey_next"}
    assert "no experiment" in done.release.refused["persuasion"]


def test_a_list_says_where_it_comes_from(done: Any) -> None:
    made_from = done.release.lists["gotv"].provenance
    assert made_from["snapshot"] == done.scoring.snapshot
    assert made_from["models"] == done.scoring.models
    assert made_from["voters"] == made_from["scored"] + sum(made_from["excluded"].values())


def test_nobody_excluded_is_on_a_list(done: Any, county: Any) -> None:
    may_vote = set(county.truth.loc[county.truth["turnout"] > 0, "voter_id"])
    for version in done.release.lists.values():
        assert set(read_list(done.run.campaign.root / "lists", version)["voter_id"]) <= may_vote


def test_whom_to_ask_next_are_people_who_have_not_answered(done: Any) -> None:
    survey = open_snapshot(done.run.campaign).read_survey()
    answered = set(survey.dropna(subset=["response"])["voter_id"])
    asked = set(read_list(done.run.campaign.root / "lists", done.release.lists["survey_next"])["voter_id"])
    assert answered and not answered & asked


def test_publishing_the_same_again_publishes_nothing(done: Any) -> None:
    again = publish_lists(done.run, one_by_one)
    assert again.already and again.digest == done.release.digest


def test_a_suppression_makes_the_next_release_another_one(done: Any, files: Any, tmp_path: Any) -> None:
    before = run_key(done.run.campaign, done.scoring, seed=1)
    assert before != run_key(done.run.campaign, done.scoring, seed=2)
    assert before != run_key(done.run.campaign, replace(done.scoring, models={}), seed=1)


def test_someone_suppressed_is_gone_from_the_next_pull_and_the_next_release(without_history: Any) -> None:
    campaign = without_history.run.campaign
    first = take_list(campaign, "survey_next", top=1)["voter_id"].item()
    suppress(campaign.root / "state.sqlite", first, "do_not_contact", date(2026, 10, 1))
    assert first not in set(take_list(campaign, "survey_next")["voter_id"])
    release = publish_lists(without_history.run, one_by_one)
    assert release.lists["survey_next"].version == 2
    assert release.lists["survey_next"].counts["suppressed"]["do_not_contact"] == 1
    assert first not in set(read_list(campaign.root / "lists", release.lists["survey_next"])["voter_id"])


def test_what_only_one_model_allows_is_published_without_the_other(without_survey: Any) -> None:
    assert set(without_survey.release.lists) == {"survey_next"}
    assert "no survey answers yet" in without_survey.release.refused["gotv"]


def test_nothing_is_built_on_a_refused_outcome(done: Any) -> None:
    reasons = {"support": ("no better than chance", "slope 0.2")}
    assert why_not(GOTV, ["turnout"], reasons) == "no support score: no better than chance; slope 0.2"
    assert why_not(GOTV, ["turnout"], {}) == "no support score: it was not trained"
    assert why_not(SURVEY_NEXT, ["turnout"], reasons) == ""
    assert "support" not in read_scored(done.run.campaign.root / "scores", done.scoring.parts[0], ["turnout"])


@pytest.mark.parametrize("universe", UNIVERSES, ids=lambda universe: universe.name)
def test_a_list_needs_scores_that_some_outcome_gives_or_is_refused(universe: Any, done: Any) -> None:
    assert universe.refused or set(universe.needs) <= set(done.training.outcomes)
