"""The household: how many live behind the door, and how the others have voted before the as-of date."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.feature import Feature
from features.view import Floats, View, share
from features.words import Words

TOPIC = "household"
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


def door_codes(view: View) -> NDArray[np.int64]:
    """A number per household within the block, a voter without one being a household alone; shape (voters,)."""
    codes = np.array(view.voters["household_id"].cat.codes, np.int64)
    alone = codes < 0
    codes[alone] = len(view.voters["household_id"].cat.categories) + np.arange(alone.sum())
    return codes


def door_keys(voters: pd.DataFrame) -> NDArray[np.uint64]:
    """A hash per household, or per voter without one: the same in every block and snapshot; shape (voters,)."""
    own = pd.util.hash_array(voters["voter_id"].to_numpy(object), categorize=False)
    households = voters["household_id"]
    known = pd.util.hash_array(households.cat.categories.to_numpy(object), categorize=False)
    codes = households.cat.codes.to_numpy()
    return np.asarray(np.where(codes >= 0, known[codes] if len(known) else own, own), np.uint64)


def sum_of_others(view: View, values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Each voter's household total of `values`, the voter left out, over those on the rolls before the as-of date."""
    codes, counted = door_codes(view), np.where(view.on_file, values, 0).astype(np.float64)
    return np.asarray(np.bincount(codes, weights=counted)[codes] - counted)


def _size(view: View) -> Floats:
    return (1 + sum_of_others(view, np.ones(len(view.voters)))).astype(np.float32)


def _others_share(view: View, group: str) -> Floats:
    return share(sum_of_others(view, view.votes(group)), sum_of_others(view, view.elections(group)))


def _same_party(view: View) -> Floats:
    """Share of the others behind the door with the voter's party; NaN for who lives alone."""
    party = view.voters["party"].cat.codes.to_numpy(np.int64) + 1
    cell = door_codes(view) * (party.max(initial=0) + 1) + party
    _, cell = np.unique(cell, return_inverse=True)
    on_file = view.on_file.astype(np.float64)
    same = np.bincount(cell, weights=on_file)[cell] - on_file
    return share(same, sum_of_others(view, on_file))


FEATURES = (
    Feature(
        "household_size",
        "registered voters behind the same door",
        lambda s: _size(s.view),
        topic=TOPIC,
        says=SIZE_WORDS,
    ),
    Feature(
        "household_turnout",
        "share of past elections that the others behind the door voted in",
        lambda s: _others_share(s.view, "all"),
        topic=TOPIC,
        says=_turnout_words(""),
    ),
    Feature(
        "household_turnout_like",
        "the same for elections like the coming one",
        lambda s: _others_share(s.view, "like"),
        topic=TOPIC,
        says=_turnout_words(" in such elections"),
    ),
    Feature(
        "household_same_party",
        "share of the others behind the door with the same party",
        lambda s: _same_party(s.view),
        topic=TOPIC,
        says=PARTY_WORDS,
    ),
)
