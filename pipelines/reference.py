"""A fair sample of the file as it is scored: what answers are weighed to, and what a later file is compared with."""

import pandas as pd

from data.households import cut_between
from data.snapshots import Snapshot
from features.eligibility import exclusion_reasons
from features.household import door_keys
from features.matrix import build_features
from features.surroundings import Surroundings

VOTERS = 20_000


def read_reference(snapshot: Snapshot, surroundings: Surroundings, voters: int = VOTERS) -> pd.DataFrame:
    """Features of those who may be scored among the first `voters` voters of the snapshot, or a few more.

    The order of a snapshot is by a hash of the household, so its beginning is a fair sample: the same snapshot gives
    the same voters, another of the same people much the same, and no more of the file is read.
    """
    frames, wanted = [], voters
    for part in snapshot.parts:
        block = snapshot.read_voters(part)
        first = block.iloc[cut_between(door_keys(block), wanted)[0]].reset_index(drop=True)
        frames.append(features_of_scored(first, surroundings))
        wanted -= len(first)
        if wanted <= 0:
            break
    return pd.concat(frames)


def features_of_scored(voters: pd.DataFrame, surroundings: Surroundings) -> pd.DataFrame:
    """The features of the voters of a block who may be scored; the block holds whole households."""
    coming = surroundings.coming
    features = build_features(voters, as_of=coming.date, surroundings=surroundings)
    return features[exclusion_reasons(voters, coming) == ""]
