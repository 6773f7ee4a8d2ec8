"""Whom a campaign contacts, and why: one declaration per kind of target list."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]
Priority = Callable[[pd.DataFrame], Values]


class Purpose(StrEnum):
    """What a contact is for. There is no other purpose, so no list can exist that is not for helping people."""

    PERSUADE = "persuade"
    MOBILISE = "mobilise"
    VOLUNTEER = "volunteer"
    SURVEY = "survey"


@dataclass(frozen=True)
class Range:
    """Keeps voters whose score in `column` (0 to 1) lies within `low` and `high`, both included."""

    column: str
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Universe:
    """A kind of target list.

    `needs` names the outcomes whose scores it cannot do without; `keep` says who belongs; `priority` is a pure
    function of the voters' frame, higher first; `size` is the most people to list, None for all. Without a size each
    priority depends on that voter alone; with one, none is above the voter's `draw` (see `lists.drawing`). The
    `door_rule` lists a household `together` or only its best member (`one`); `channel` decides which do-not-contact
    wish counts. `ask_again` is False where voters who already answered are left out, `because` is a reason that holds
    for everybody listed. A universe with `refused` is never ranked: the text says why.
    """

    name: str
    title: str
    purpose: Purpose
    meaning: str
    needs: tuple[str, ...]
    keep: tuple[Range, ...]
    priority: Priority
    size: int | None = None
    door_rule: Literal["together", "one"] = "together"
    channel: Literal["walk", "call", "mail"] = "walk"
    ask_again: bool = True
    because: str = ""
    refused: str = ""


def expected_net_votes(voters: pd.DataFrame) -> Values:
    """What a contact is expected to bring: (2 × support − 1) × turnout × (1 − turnout); float64, one per voter.

    A push moves a logistic turnout chance p in proportion to its derivative p(1 − p), so most where p is near one
    half (Arceneaux and Nickerson, "Who Is Mobilized to Vote?", AJPS 53, 2009); each vote gained counts for the
    campaign with chance `support` and against it with the rest.
    """
    support, turnout = _scores(voters, "support"), _scores(voters, "turnout")
    return (2 * support - 1) * turnout * (1 - turnout)


def expected_votes(voters: pd.DataFrame) -> Values:
    """The chance of a vote for the campaign without any contact: support × turnout; float64, one per voter."""
    return _scores(voters, "support") * _scores(voters, "turnout")


def undecided_votes(voters: pd.DataFrame) -> Values:
    """How near support is to one half, 0 to 1, times the chance to vote; float64, one per voter."""
    return (1 - np.abs(2 * _scores(voters, "support") - 1)) * _scores(voters, "turnout")


def value_of_an_answer(voters: pd.DataFrame) -> Values:
    """A random draw that favours voters whose support is uncertain, or precincts in proportion; float64, 0 to 1.

    With support scores voters are drawn in proportion to 4 × support × (1 − support), and never less than a tenth, so
    that everybody can be asked and answers can be weighted by their known odds (Efraimidis and Spirakis, 2006).
    Without them each precinct gives its share, to within one voter.
    """
    if "support" not in voters:
        return _draw_in_proportion(voters)
    support = _scores(voters, "support")
    return np.power(_scores(voters, "draw"), 1 / np.maximum(4 * support * (1 - support), 0.1))


def _draw_in_proportion(voters: pd.DataFrame) -> Values:
    within = voters.groupby("precinct", dropna=False, observed=True)["draw"]
    # The low bits of the draw are as good as a second draw. They shift each precinct's ladder of places at random,
    # without which a small precinct would be listed always or never.
    shift = voters["draw"] * 2**20 % 1
    return np.asarray((within.rank() - 1 + shift) / within.transform("size"), dtype=np.float64)


def _scores(voters: pd.DataFrame, column: str) -> Values:
    return np.asarray(voters[column], dtype=np.float64)


GOTV = Universe(
    name="gotv",
    title="Get out the vote",
    purpose=Purpose.MOBILISE,
    meaning="supporters who may stay home",
    needs=("support", "turnout"),
    keep=(Range("support", low=0.6), Range("turnout", low=0.1, high=0.8)),
    priority=expected_net_votes,
)
UNDECIDED = Universe(
    name="undecided",
    title="Undecided",
    # Listening, not persuading: a middle score says that we do not know, not that a visit would move anybody.
    purpose=Purpose.SURVEY,
    meaning="scored in the middle: listen, don't assume",
    needs=("support", "turnout"),
    keep=(Range("support", low=0.35, high=0.65),),
    priority=undecided_votes,
)
BASE = Universe(
    name="base",
    title="Base",
    purpose=Purpose.MOBILISE,
    meaning="supporters who vote: thank them, remind them, never take them for granted",
    needs=("support", "turnout"),
    keep=(Range("support", low=0.75), Range("turnout", low=0.6)),
    priority=expected_votes,
    channel="mail",
)
VOLUNTEER_ASK = Universe(
    name="volunteer_ask",
    title="Ask to volunteer",
    purpose=Purpose.VOLUNTEER,
    meaning="the most engaged supporters: ask for an hour of their time",
    needs=("support", "turnout"),
    keep=(Range("support", low=0.8), Range("turnout", low=0.7)),
    priority=expected_votes,
    door_rule="one",
    channel="call",
)
SURVEY_NEXT = Universe(
    name="survey_next",
    title="Whom to ask next",
    purpose=Purpose.SURVEY,
    meaning="answers here improve the scores most",
    needs=(),
    keep=(),
    priority=value_of_an_answer,
    size=5_000,
    door_rule="one",
    ask_again=False,
    because="not asked yet",
)
PERSUASION = Universe(
    name="persuasion",
    title="Persuasion",
    purpose=Purpose.PERSUADE,
    meaning="voters whom a conversation can move",
    needs=("persuasion",),
    keep=(Range("persuasion"),),
    priority=lambda voters: _scores(voters, "persuasion"),
    refused="no experiment shows who can be moved; a middle support score does not (see `propensity experiment`)",
)
UNIVERSES = (GOTV, UNDECIDED, BASE, VOLUNTEER_ASK, SURVEY_NEXT, PERSUASION)
