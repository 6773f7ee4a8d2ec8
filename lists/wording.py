"""Words for the scores of listed voters, and the reasons beside them: what a volunteer reads on a walk list.

They are written to be read over the volunteer's shoulder by the voter: nothing that the public record does not say, and
nothing that judges.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Scores = NDArray[np.float64]

MOST_OF_AN_OUTCOME = 2
MOST_REASONS = 3


@dataclass(frozen=True)
class Phrase:
    """What is said of scores of at least `low` of 100; `towards` is 1 if reasons that raise a score go with it, -1 if
    those that lower it, 0 if both do."""

    low: int
    words: str
    towards: Literal[-1, 0, 1]


# In the order in which they are said.
PHRASES = {
    "support": (
        Phrase(80, "very likely supporter", 1),
        Phrase(60, "likely supporter", 1),
        Phrase(40, "no clear side", 0),
        Phrase(0, "not a likely supporter", -1),
    ),
    "turnout": (
        Phrase(80, "very likely to vote", 1),
        Phrase(60, "likely to vote", 1),
        Phrase(35, "may stay home", -1),
        Phrase(0, "likely to stay home", -1),
    ),
}


def towards(outcome: str, scores: Scores) -> NDArray[np.int8]:
    """Which reasons go with the words for each score of an outcome, 0 to 100: `Phrase.towards`; shape (voters,)."""
    by_score = np.array([_phrase_of(outcome, score).towards for score in range(101)], np.int8)
    return np.where(np.isnan(scores), np.int8(0), by_score[_whole(scores)])


def say_why(scores: Mapping[str, Scores], because: str, told: Mapping[str, pa.Array] | None = None) -> pa.Array:
    """One text a voter: the words for each score with their reasons, then `because`; a large_string array.

    `scores` has `<outcome>_score` per outcome, NaN where there is none. `told` has `<outcome>_1` and `<outcome>_2`,
    the reasons of each outcome in words, "" for none, of the same voters; at most three are said.
    """
    phrases = [_say_scores(outcome, scores[f"{outcome}_score"]) for outcome in PHRASES]
    if told is not None:
        reasons = [_chain(texts, ", ") for texts in _choose(told, len(phrases[0]))]
        phrases = [_chain([phrase, why], ": ") for phrase, why in zip(phrases, reasons, strict=True)]
    always = pa.repeat(pa.scalar(because, pa.large_string()), len(phrases[0]))
    return _chain([*phrases, always], "; ")


def _phrase_of(outcome: str, score: int) -> Phrase:
    return next(phrase for phrase in PHRASES[outcome] if score >= phrase.low)


def _whole(scores: Scores) -> NDArray[np.int8]:
    return np.asarray(np.where(np.isnan(scores), 0, np.rint(scores)).astype(np.int8))


def _say_scores(outcome: str, scores: Scores) -> pa.Array:
    said = ["", *(f"{_phrase_of(outcome, score).words} ({score} of 100)" for score in range(101))]
    return pa.array(said, pa.large_string()).take(pa.array(np.where(np.isnan(scores), 0, _whole(scores) + 1)))


def _choose(told: Mapping[str, pa.Array], count: int) -> list[list[pa.Array]]:
    """The first and the further reasons of each outcome: each outcome's first comes before any outcome's second."""
    chosen = [_columns(told, outcome, count) for outcome in PHRASES]
    left = MOST_REASONS - sum(_is_said(reasons[0]) for reasons in chosen)
    for reasons in chosen:
        for place in range(1, MOST_OF_AN_OUTCOME):
            reasons[place] = pc.if_else(pa.array(left > 0), reasons[place], "")
            left = left - _is_said(reasons[place])
    return chosen


def _columns(told: Mapping[str, pa.Array], outcome: str, count: int) -> list[pa.Array]:
    names = [f"{outcome}_{number}" for number in range(1, MOST_OF_AN_OUTCOME + 1)]
    nothing = pa.repeat(pa.scalar("", pa.large_string()), count)
    return [told[name].cast(pa.large_string()) if name in told else nothing for name in names]


def _is_said(texts: pa.Array) -> NDArray[np.int64]:
    return np.asarray(pc.not_equal(texts, "").to_numpy(zero_copy_only=False), np.int64)


def _chain(texts: Sequence[pa.Array], between: str) -> pa.Array:
    """The texts of each row that are not empty, in their order, with `between` between them."""
    chained, nothing = texts[0], pa.scalar("", pa.large_string())
    for text in texts[1:]:
        both = pc.and_(pc.not_equal(chained, ""), pc.not_equal(text, ""))
        chained = pc.binary_join_element_wise(chained, pc.if_else(both, between, nothing), text, nothing)
    return chained
