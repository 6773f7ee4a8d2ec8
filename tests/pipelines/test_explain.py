"""`propensity explain`: the published scores, their topics, the lists, and never a name."""

from datetime import date
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.special import expit, logit

from data.errors import InputError
from data.snapshots import open_snapshot
from lists.suppressions import suppress
from lists.versions import read_list
from pipelines.explain import Explanation, ScoreTold, TopicShare, explain_voter, show_explanation
from pipelines.score_file import read_scores


def printed(told: Explanation) -> str:
    text = StringIO()
    show_explanation(Console(file=text, width=110), told)
    return text.getvalue()


@pytest.fixture(scope="module")
def first(done: Any) -> str:
    gotv = read_list(done.run.campaign.root / "lists", done.release.lists["gotv"])
    return str(gotv["voter_id"].iloc[0])


@pytest.fixture(scope="module")
def told(done: Any, first: str) -> Explanation:
    return explain_voter(done.run, first)


def test_the_scores_are_the_published_ones_and_their_topics_add_up(done: Any, told: Explanation, first: str) -> None:
    scores = read_scores(done.run.campaign)[1].to_pandas().set_index("voter_id").loc[first]
    assert set(told.outcomes) == {"turnout", "support"}
    for name, one in told.outcomes.items():
        assert one.score == pytest.approx(100 * scores[name], abs=1e-4)
        assert one.model == done.scoring.models[name] and one.state == done.training.outcomes[name].state
        whole = expit(logit(one.average / 100) + sum(topic.logit for topic in one.topics))
        assert 100 * whole == pytest.approx(one.score, abs=1e-6)
        assert all(np.sign(topic.points) == np.sign(topic.logit) for topic in one.topics)


def test_a_rank_or_why_not_for_every_live_list(done: Any, told: Explanation) -> None:
    standings = {one.name: one for one in told.lists}
    assert set(standings) == set(done.release.lists)
    assert (standings["gotv"].rank, standings["gotv"].version) == (1, 1)
    assert all((one.rank is None) == bool(one.why_not) for one in told.lists)


def test_it_is_printed_for_people(told: Explanation, first: str) -> None:
    text = printed(told)
    assert first in text and "1 of " in text and "party" in text and "of 100" in text
    assert max(map(len, text.splitlines())) <= 110


def test_it_names_nobody(done: Any, told: Explanation, first: str) -> None:
    contacts = open_snapshot(done.run.campaign).contacts_of([first]).iloc[0]
    for shown in (printed(told), str(told.to_json())):
        for name in ("last_name", "address", "phone", "email"):
            assert not contacts[name] or str(contacts[name]) not in shown


def test_an_unknown_voter_is_bad_input(done: Any) -> None:
    with pytest.raises(InputError, match="no voter has the voter_id 'nobody'") as error:
        explain_voter(done.run, "nobody")
    assert error.value.exit_code == 3


def test_who_is_excluded_is_told_why(done: Any) -> None:
    parts = [open_snapshot(done.run.campaign).read_voters(p) for p in open_snapshot(done.run.campaign).parts]
    voters = pd.concat(parts)
    moved = str(voters.loc[voters["status"] == "moved", "voter_id"].iloc[0])
    told = explain_voter(done.run, moved)
    assert (told.excluded, told.outcomes) == ("moved", {})
    assert {one.why_not for one in told.lists} == {"not scored"}
    assert "Not scored: moved" in printed(told)


def test_who_is_suppressed_is_told_why(without_survey: Any) -> None:
    campaign = without_survey.run.campaign
    version = without_survey.release.lists["survey_next"]
    last = str(read_list(campaign.root / "lists", version)["voter_id"].iloc[-1])
    suppress(campaign.root / "state.sqlite", last, "opted_out", date(2026, 10, 1))
    told = explain_voter(without_survey.run, last)
    assert told.suppressed == "opted_out" and set(told.outcomes) == {"turnout"}
    assert "On no list: suppressed (opted out)" in printed(told)


def test_what_a_gate_refused_is_marked() -> None:
    topics = (TopicShare("party", 0.1, 2.5, "party A"), TopicShare("age", 0.0, 0.1, ""))
    told = Explanation("v", "2026-11-03", "", "", {"support": ScoreTold(52, 50, "d" * 64, "refused", topics)}, ())
    text = printed(told)
    assert "refused by its gate: for study only" in text
    assert "+2" in text and "the rest" in text


def test_a_score_of_an_area_with_a_level_of_its_own_is_explained_as_it_was_scored(
    by_area: Any, scores_by_area: Any
) -> None:
    levels = by_area.run.campaign.expected_turnout_by.areas
    elsewhere = scores_by_area.index[~scores_by_area["precinct"].isin(levels)][0]
    there = [scores_by_area.index[scores_by_area["precinct"] == precinct][0] for precinct in list(levels)[:2]]
    for voter_id in (*there, elsewhere):
        one = explain_voter(by_area.run, voter_id).outcomes["turnout"]
        assert one.score == pytest.approx(100 * scores_by_area["turnout"][voter_id], abs=1e-4)
        whole = expit(logit(one.average / 100) + sum(topic.logit for topic in one.topics))
        assert 100 * whole == pytest.approx(one.score, abs=1e-6)
