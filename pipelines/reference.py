"""A fair sample of the file as it is scored: what answers are weighed to, and what a later file is compared with."""

import pandas as pd

from data.snapshots import Snapshot
from features.eligibility import exclusion_reasons
from features.household import door_keys
from features.matrix import build_features
from features.surroundings import Surroundings

VOTERS = 20_000


def read_reference(snapshot: Snapshot, surroundings: Surroundings, voters: int = VOTERS) -> pd.DataFrame:
    """Features of about so many `voters` who may be scored, whole households chosen by their hash.

    The same snapshot gives the same voters, and another of the same people much the same.
    """
    share = min(1.0, voters / max(snapshot.voters, 1))
    blocks = (snapshot.read_voters(part) for part in snapshot.parts)
    chosen = [block[door_keys(block) / 2.0**64 <= share] for block in blocks]
    frames = [features_of_scored(block, surroundings) for block in chosen if len(block)]
    return pd.concat(frames)


def features_of_scored(voters: pd.DataFrame, surroundings: Surroundings) -> pd.DataFrame:
    """The features of the voters of a block who may be scored; the block holds whole households."""
    coming = surroundings.coming
    features = build_features(voters, as_of=coming.date, surroundings=surroundings)
    return features[exclusion_reasons(voters, coming) == ""]
