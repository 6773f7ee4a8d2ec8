"""The benchmark's calls of the product still work, on a county small enough for a test."""

import numpy as np
import pandas as pd
import pytest
from product import fit_support, fit_turnout, fit_within
from sklearn.metrics import roc_auc_score

from data.elections import Election
from data.synthetic import County, synthesise_county


@pytest.fixture(scope="module")
def county() -> County:
    return synthesise_county(voters=2_000, seed=1)


def auc(scores: pd.Series, county: County, outcome: str) -> float:
    truth = county.truth[county.truth["turnout"] > 0].set_index("voter_id")[outcome].astype(int)
    return roc_auc_score(truth, scores.reindex(truth.index))


def test_support_scores_everybody_who_may_vote(county: County) -> None:
    scored = fit_support(county.voters, county.survey, election=county.election, extras=county.extras)
    assert auc(scored.scores, county, "supports") > 0.75


def test_turnout_meets_what_is_stated(county: County) -> None:
    scored = fit_turnout(county.voters, county.history, election=county.election, extras=county.extras, expected=0.31)
    assert scored.scores.mean() == pytest.approx(0.31, abs=0.01)
    assert auc(scored.scores, county, "votes") > 0.7


def test_an_election_that_some_are_labelled_for_is_predicted_for_the_others(county: County) -> None:
    """Who voted is known for half of the voters only, and is what they did in another election of the history."""
    days = county.history[["election_date", "election_type"]].drop_duplicates().sort_values("election_date")
    day, kind = days[days["election_type"] == "general"].iloc[-1]
    newest = (county.history["election_date"] == day) & (county.history["election_type"] == kind)
    voted = county.voters["voter_id"].isin(county.history.loc[newest, "voter_id"]).set_axis(county.voters["voter_id"])
    teaches = np.random.default_rng(1).random(len(voted)) < 0.5
    labels = pd.DataFrame({"voter_id": voted.index[teaches], "election_date": day, "election_type": kind})
    labels["status"] = np.where(voted[teaches], "voted", "did_not_vote")
    before = county.history[county.history["election_date"] < day]
    election = Election(pd.Timestamp(day).date(), kind)
    history = pd.concat([before, labels])
    scored = fit_within(county.voters, history, election=election, extras=county.extras)
    judged = scored.scores[voted.index[~teaches]].dropna()
    assert roc_auc_score(voted[judged.index].astype(int), judged) > 0.7
