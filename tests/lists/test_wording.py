"""What a volunteer reads: the scores in words, at most three reasons, and never one that fits badly."""

import numpy as np
import pyarrow as pa
import pytest

from lists.wording import PHRASES, say_why, towards


def told(*reasons: str) -> dict[str, pa.Array]:
    names = ["support_1", "support_2", "turnout_1", "turnout_2"]
    return {name: pa.array([reason]) for name, reason in zip(names, reasons, strict=True)}


def scored(support: float, turnout: float) -> dict[str, np.ndarray]:
    return {"support_score": np.array([support]), "turnout_score": np.array([turnout])}


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
    assert say_why(scored(70, 40), "", told(*reasons)).to_pylist() == [expected]


def test_without_a_score_there_is_nothing_to_give_reasons_for() -> None:
    nothing = scored(np.nan, np.nan)
    assert say_why(nothing, "not asked yet", told("", "", "", "")).to_pylist() == ["not asked yet"]
    assert say_why(nothing, "").to_pylist() == [""]
    only = say_why(scored(np.nan, 64), "not asked yet", told("", "", "t1", "t2"))
    assert only.to_pylist() == ["likely to vote (64 of 100): t1, t2; not asked yet"]


def test_an_outcome_that_was_not_explained_has_its_words_alone() -> None:
    only_turnout = {"turnout_1": pa.array(["t1"]), "turnout_2": pa.array([""])}
    (text,) = say_why(scored(90, 40), "", only_turnout).to_pylist()
    assert text == "very likely supporter (90 of 100); may stay home (40 of 100): t1"


def test_reasons_may_be_numbers_of_texts_and_each_voter_has_its_own() -> None:
    texts = pa.array(["", "a", "b"], pa.large_string())
    codes = [[1, 0, 2, 1], [2, 0, 0, 2], [0, 1, 2, 0], [0, 2, 0, 0]]
    names = ["support_1", "support_2", "turnout_1", "turnout_2"]
    encoded = {
        name: pa.DictionaryArray.from_arrays(pa.array(one, pa.int16()), texts)
        for name, one in zip(names, codes, strict=True)
    }
    scores = {"support_score": np.array([70.0, np.nan, 70, 85]), "turnout_score": np.array([40.0, 64, np.nan, 90])}
    assert say_why(scores, "", encoded).to_pylist() == [
        "likely supporter (70 of 100): a, b; may stay home (40 of 100)",
        "likely to vote (64 of 100): a, b",
        "likely supporter (70 of 100): b; b",
        "very likely supporter (85 of 100): a, b; very likely to vote (90 of 100)",
    ]


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
