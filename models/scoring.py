"""Scoring: every voter of a block gets one score an outcome, or a reason why not."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.eligibility import exclusion_reasons
from features.matrix import build_features
from features.surroundings import Surroundings
from models.fast_scorer import FastScorer
from models.model import PropensityModel
from models.training_set import Doubles


def score_voters(
    voters: pd.DataFrame, models: Mapping[str, PropensityModel] | FastScorer, surroundings: Surroundings
) -> pd.DataFrame:
    """Scores as of the coming election; one row per voter, same order, the same from models as from a scorer of them.

    Columns: voter_id, `excluded` (the reason, or ""), and a float32 in [0, 1] per model, NaN exactly where excluded.
    """
    excluded = exclusion_reasons(voters, surroundings.coming)
    named = models.models if isinstance(models, FastScorer) else models
    scores = {}
    if named:
        features = build_features(voters, as_of=surroundings.coming.date, surroundings=surroundings)
        shifts = {name: model.shift_areas(voters) for name, model in named.items()}
        scores = predict(models, features, shifts)
    columns = {name: np.where(excluded == "", p, np.nan).astype(np.float32) for name, p in scores.items()}
    return pd.DataFrame({"voter_id": voters["voter_id"].array, "excluded": excluded, **columns})


def predict(
    models: Mapping[str, PropensityModel] | FastScorer, features: pd.DataFrame, shifts: Mapping[str, Doubles]
) -> dict[str, Doubles]:
    """What each model says of each voter, moved by its shifts; float64."""
    if isinstance(models, FastScorer):
        return models.predict(features, shifts)
    return {name: model.predict(features, shifts[name]) for name, model in models.items()}
