"""The level of an outcome: the mean that the campaign states for it, met on the logit scale."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Election
from data.snapshots import Snapshot
from features.eligibility import exclusion_reasons
from features.matrix import build_features
from features.surroundings import Surroundings
from models.calibration import shift_to_mean
from models.model import PropensityModel
from models.outcomes import Outcome
from pipelines.lessons import read_blocks
from pipelines.run import Run


def at_stated_mean(
    run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings], model: PropensityModel, outcome: Outcome
) -> PropensityModel:
    """The model shifted to the mean that the campaign states for the outcome, where it states one."""
    mean = getattr(run.campaign, outcome.stated_mean) if outcome.stated_mean else None
    if mean is None:
        return model
    coming = surroundings[run.campaign.election]
    blocks = read_blocks(run, snapshot, "stated level")
    return model.shifted(shift_to_mean(np.concatenate([_eligible_scores(b, model, coming) for b in blocks]), mean))


def _eligible_scores(block: pd.DataFrame, model: PropensityModel, surroundings: Surroundings) -> NDArray[np.float64]:
    features = build_features(block, as_of=surroundings.coming.date, surroundings=surroundings)
    return model.predict(features[exclusion_reasons(block, surroundings.coming) == ""])
