"""The survey as a training set: voters who said which side they are on, as they stand now."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from features.feature import Feature
from features.household import door_keys
from features.matrix import features_of_some
from features.outcomes import SupportLabels
from features.surroundings import Surroundings
from models.replay import join, training_set
from models.training_set import TrainingSet


def gather_answers(
    blocks: Iterable[pd.DataFrame],
    labels: SupportLabels,
    surroundings: Surroundings,
    *,
    added: tuple[Feature, ...] = (),
) -> TrainingSet | None:
    """One row per voter with a label, in the order of the blocks; None when there is nobody.

    `added` are features to be tried, as `build_features` takes them.
    """
    pieces = [_piece(block, labels.label, surroundings, added) for block in blocks]
    asked = [(0, piece) for piece in pieces if len(piece)]
    return join(asked) if asked else None


def _piece(
    block: pd.DataFrame, labels: pd.Series, surroundings: Surroundings, added: tuple[Feature, ...]
) -> TrainingSet:
    doors, label = door_keys(block), labels.reindex(block["voter_id"]).to_numpy(np.float64)
    known = ~np.isnan(label)
    features = features_of_some(block, doors, known, surroundings=surroundings, added=added)
    return training_set(features, label[known], np.ones(len(features)), doors[known], surroundings)
