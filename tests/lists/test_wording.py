"""What a volunteer reads: the scores in words, at most three reasons, and never one that fits badly."""

import numpy as np
import pandas as pd
import pytest

from lists.ranking import give_reasons, rank_universe
from lists.universes import GOTV, SURVEY_NEXT
from lists.wording import PHRASES, say_why, towards


def told(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["support_1", "support_2", "turnout_1", "turnout_2"], dtype="str")


def scored(support: list[float], turnout: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"support_score": support, "turnout_score": turnout})


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        (("s1", "s2", "t1", "t2"), "likely supporter (70 of 100): s1, s2; may stay home (40 of 100): t1"),
        (("s1", "", "t1", "t2"), "likely supporter (70 of 100): s1; may stay home (40 of 100): t1, t2"),
        (("s1", "s2", "", ""), "likely supporter (70 of 100): s1, s2; may stay home (40 of 100)"),
        (("", "", "t1", "t2"), "likely supporter (70 of 100); may stay home (40 of 100): t1, t2"),
        (("", "", "", ""), "likely supporter (70 of 100); may stay home (40 of 100)"),
    ],
)
def test_at_most_three_reasons_and_one_for_each_score_first(reasons: tuple[str, str, str, str], expected: str) -> None:
    assert say_why(scored([70], [40]), "", told(reasons)).tolist() == [expected]


def test_without_a_score_there_is_nothing_to_give_reasons_for() -> None:
    nothing = scored([np.nan], [np.nan])
    assert say_why(nothing, "not asked yet", told(("", "", "", ""))).tolist() == ["not asked yet"]
    only = say_why(scored([np.nan], [64]), "not asked yet", told(("", "", "t1", "t2")))
    assert only.tolist() == ["likely to vote (64 of 100): t1, t2; not asked yet"]


def test_an_outcome_that_was_not_explained_has_its_words_alone() -> None:
    only_turnout = told(("", "", "t1", "")).drop(columns=["support_1", "support_2"])
    text = say_why(scored([90], [40]), "", only_turnout).item()
    assert text == "very likely supporter (90 of 100); may stay home (40 of 100): t1"


@pytest.mark.parametrize(
    ("outcome", "score", "way"),
    [
        *(("support", score, way) for score, way in ((80, 1), (59.6, 1), (59.4, 0), (40, 0), (39, -1))),
        *(("turnout", score, way) for score, way in ((95, 1), (60, 1), (59, -1), (5, -1), (np.nan, 0))),
    ],
)
def test_reasons_go_the_way_of_the_words(outcome: str, score: float, way: int) -> None:
    assert towards(outcome, np.array([score])).tolist() == [way]


def test_phrases_cover_every_score_from_high_to_low() -> None:
    for phrases in PHRASES.values():
        lows = [phrase.low for phrase in phrases]
        assert lows == sorted(lows, reverse=True) and lows[-1] == 0


def test_a_list_is_given_the_reasons_of_its_own_voters(candidates: pd.DataFrame) -> None:
    ranked = rank_universe(candidates, GOTV, seed=1)
    ids = candidates["voter_id"].tolist()
    reasons = told(*((f"s of {voter}", "", f"t of {voter}", "") for voter in ids)).set_axis(ids)
    given = give_reasons(ranked, reasons)
    assert given.counts == ranked.counts
    pd.testing.assert_frame_equal(given.frame.drop(columns="reasons"), ranked.frame.drop(columns="reasons"))
    for voter, text in zip(given.frame["voter_id"], given.frame["reasons"], strict=True):
        assert f"s of {voter};" in text and text.endswith(f"t of {voter}")
    assert given.frame["reasons"].dtype == ranked.frame["reasons"].dtype


def test_a_listed_voter_without_reasons_is_an_error(candidates: pd.DataFrame) -> None:
    ranked = rank_universe(candidates, SURVEY_NEXT, seed=1)
    with pytest.raises(KeyError):
        give_reasons(ranked, told(("a", "", "b", "")).set_axis(["V01"]))
