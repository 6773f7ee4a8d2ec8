"""The level of an outcome: the mean that the campaign states for it, met on the logit scale."""

import numpy as np

from data.elections import Election
from data.snapshots import Snapshot
from features.surroundings import Surroundings
from models.calibration import shift_to_mean
from models.model import PropensityModel
from models.outcomes import Outcome
from models.scoring import score_voters
from pipelines.blocks import read_blocks
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
    scored = [score_voters(block, {outcome.name: model}, coming)[outcome.name].dropna() for block in blocks]
    return model.shifted(shift_to_mean(np.concatenate(scored).astype(np.float64), mean))
