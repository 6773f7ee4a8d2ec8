"""The level of an outcome: the mean that the campaign states for it, met on the logit scale."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Election
from data.snapshots import Snapshot
from features.outcomes import turnout_labels
from features.surroundings import Surroundings
from models.calibration import shift_to_mean
from models.model import PropensityModel
from models.outcomes import Outcome
from models.replay import choose_eras
from models.scoring import score_voters
from pipelines.blocks import read_blocks
from pipelines.run import Run


def at_stated_mean(
    run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings], model: PropensityModel, outcome: Outcome
) -> PropensityModel:
    """The model shifted to the mean that the campaign states for the outcome, where it states one.

    The mean is that of the voters on the rolls, as far as the history tells who still is.
    """
    mean = getattr(run.campaign, outcome.stated_mean) if outcome.stated_mean else None
    if mean is None:
        return model
    coming = surroundings[run.campaign.election]
    replayed = [era.election for era in choose_eras(snapshot.calendar, run.campaign.election)]
    scores, rolls = [], []
    for block in read_blocks(run, snapshot, "stated level"):
        scores.append(score_voters(block, {outcome.name: model}, coming)[outcome.name].to_numpy(np.float64))
        rolls.append(_on_rolls(block, snapshot, replayed))
    score = np.concatenate(scores)
    counted = np.isfinite(score) & ~left_the_rolls(np.concatenate(rolls))
    return model.shifted(shift_to_mean(score[counted], mean))


def _on_rolls(block: pd.DataFrame, snapshot: Snapshot, elections: Sequence[Election]) -> NDArray[np.bool_]:
    known = [~np.isnan(turnout_labels(block, snapshot.calendar, election)) for election in elections]
    return np.stack(known, axis=1) if known else np.zeros((len(block), 0), bool)


def left_the_rolls(on_rolls: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Who was on the rolls of an earlier election and not of the newest; from a mask of shape (voters, elections).

    The newest that was held for all: one that fewer than half as many could vote in as in another tells of a part only.
    Where nobody was on the rolls of two elections, each had voters of its own, and so will the coming one.
    """
    counts = on_rolls.sum(axis=0)
    whole = np.flatnonzero(2 * counts >= counts.max(initial=0))
    if not len(whole) or not counts.any():
        return np.zeros(len(on_rolls), bool)
    if len(whole) > 1 and on_rolls.sum(axis=1).max() == 1:
        return np.asarray(on_rolls.any(axis=1))
    newest = int(whole[-1])
    return np.asarray(on_rolls[:, :newest].any(axis=1) & ~on_rolls[:, newest:].any(axis=1))
