"""The household: how many live behind the door, and how the others have voted before the as-of date."""

from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.counts import sum_of_others
from features.feature import Feature
from features.scene import Scene
from features.view import Floats, coded, share
from features.words import Words

TOPIC = "household"
MOST_CELLS = (
    16  # a voter: to count in more cells, nearly all of them empty, would cost more than to number those in use
)
HOW_MANY = tuple(f"{count} voters at this address" for count in ("2", "3 or 4", "5 or more"))
# Who lives alone is nobody's business at a door, and neither is what somebody else behind it does.
SIZE_WORDS = Words((1.5, 2.5, 4.5), ("alone at this address", *HOW_MANY), aloud=("", *HOW_MANY))
PARTY_WORDS = Words(
    (0.01, 0.99),
    (
        "others at this address have another party",
        "others at this address differ in party",
        "one party at this address",
    ),
    aloud=("", "", ""),
)


def _turnout_words(when: str) -> Words:
    said = tuple(f"others at this address {how}{when}" for how in ("seldom vote", "vote now and then", "vote often"))
    few, many = (f"{how} votes from this address than from most" for how in ("fewer", "more"))
    return Words((0.25, 0.6), said, aloud=(few, "", many))


def door_keys(voters: pd.DataFrame) -> NDArray[np.uint64]:
    """A hash per household, or per voter without one: the same in every block and snapshot; shape (voters,)."""
    own = pd.util.hash_array(voters["voter_id"].to_numpy(object), categorize=False)
    households = voters["household_id"]
    known = pd.util.hash_array(households.cat.categories.to_numpy(object), categorize=False)
    codes = households.cat.codes.to_numpy()
    return np.asarray(np.where(codes >= 0, known[codes] if len(known) else own, own), np.uint64)


def _size(scene: Scene) -> Floats:
    return (1 + scene.behind_door("people")).astype(np.float32)


def _others_share(part: str, whole: str, scene: Scene) -> Floats:
    return share(scene.behind_door(part), scene.behind_door(whole))


def _same_party(scene: Scene) -> Floats:
    """Share of the others behind the door with the voter's party; NaN for who lives alone."""
    party = coded(scene.view.voters["party"])
    cells = scene.view.doors * (len(party.categories) + 1) + party.codes + 1
    if cells.max(initial=0) > MOST_CELLS * len(cells):
        cells, _ = pd.factorize(cells)
    return share(sum_of_others(cells, scene.own["people"]), scene.behind_door("people"))


FEATURES = (
    Feature(
        "household_size",
        "registered voters behind the same door",
        _size,
        topic=TOPIC,
        says=SIZE_WORDS,
    ),
    Feature(
        "household_turnout",
        "share of past elections that the others behind the door voted in",
        partial(_others_share, "votes", "elections"),
        topic=TOPIC,
        says=_turnout_words(""),
    ),
    Feature(
        "household_turnout_like",
        "the same for elections like the coming one",
        partial(_others_share, "votes_like", "elections_like"),
        topic=TOPIC,
        says=_turnout_words(" in such elections"),
    ),
    Feature(
        "household_same_party",
        "share of the others behind the door with the same party",
        _same_party,
        topic=TOPIC,
        says=PARTY_WORDS,
    ),
)
