"""Words for the scores of listed voters, and the reasons beside them: what a volunteer reads on a walk list.

They are written to be read over the volunteer's shoulder by the voter: nothing that the public record does not say, and
nothing that judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Texts = NDArray[np.object_]

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


def towards(outcome: str, scores: NDArray[np.float64]) -> NDArray[np.int8]:
    """Which reasons go with the words for each score of an outcome, 0 to 100: `Phrase.towards`; shape (voters,)."""
    by_score = np.array([_phrase_of(outcome, score).towards for score in range(101)], np.int8)
    return np.where(np.isnan(scores), np.int8(0), by_score[_whole(scores)])


def say_why(frame: pd.DataFrame, because: str, told: pd.DataFrame | None = None) -> pd.Series:
    """One text a voter: the words for each score with their reasons, then `because`; same order and index.

    `frame` has a column `<outcome>_score` per outcome, NaN where there is none. `told` has columns `<outcome>_1` and
    `<outcome>_2`, the reasons of each outcome in words, "" for none, in the rows of `frame`; at most three are said.
    """
    phrases = [_say_scores(outcome, frame[f"{outcome}_score"].to_numpy(np.float64)) for outcome in PHRASES]
    if told is not None:
        reasons = [_chain(texts, ", ") for texts in _choose(told)]
        phrases = [_chain([phrase, why], ": ") for phrase, why in zip(phrases, reasons, strict=True)]
    always = np.full(len(frame), because, object)
    return pd.Series(_chain([*phrases, always], "; "), index=frame.index, dtype="str")


def _phrase_of(outcome: str, score: int) -> Phrase:
    return next(phrase for phrase in PHRASES[outcome] if score >= phrase.low)


def _whole(scores: NDArray[np.float64]) -> NDArray[np.int8]:
    return np.asarray(np.where(np.isnan(scores), 0, np.rint(scores)).astype(np.int8))


def _say_scores(outcome: str, scores: NDArray[np.float64]) -> Texts:
    said = np.array([f"{_phrase_of(outcome, score).words} ({score} of 100)" for score in range(101)], object)
    return np.where(np.isnan(scores), "", said[_whole(scores)])


def _choose(told: pd.DataFrame) -> list[list[Texts]]:
    """The first and the further reasons of each outcome: each outcome's first comes before any outcome's second."""
    chosen = [_columns(told, outcome) for outcome in PHRASES]
    left = MOST_REASONS - np.sum([reasons[0] != "" for reasons in chosen], axis=0)
    for reasons in chosen:
        for place in range(1, MOST_OF_AN_OUTCOME):
            reasons[place] = np.where(left > 0, reasons[place], "")
            left = left - (reasons[place] != "")
    return chosen


def _columns(told: pd.DataFrame, outcome: str) -> list[Texts]:
    names = [f"{outcome}_{number}" for number in range(1, MOST_OF_AN_OUTCOME + 1)]
    return [told[name].to_numpy(object) if name in told else np.full(len(told), "", object) for name in names]


def _chain(texts: Sequence[Texts], between: str) -> Texts:
    """The texts of each row that are not empty, in their order, with `between` between them."""
    chained = texts[0]
    for text in texts[1:]:
        chained = chained + np.where((chained == "") | (text == ""), "", between).astype(object) + text
    return chained
