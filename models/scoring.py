"""Scoring: every voter of a block gets one score an outcome, or a reason why not."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.eligibility import exclusion_reasons
from features.matrix import build_features
from features.surroundings import Surroundings
from models.model import PropensityModel


def score_voters(
    voters: pd.DataFrame, models: Mapping[str, PropensityModel], surroundings: Surroundings
) -> pd.DataFrame:
    """Scores as of the coming election; one row per voter, same order.

    Columns: voter_id, `excluded` (the reason, or ""), and a float32 in [0, 1] per model, NaN exactly where excluded.
    """
    excluded = exclusion_reasons(voters, surroundings.coming)
    features = build_features(voters, as_of=surroundings.coming.date, surroundings=surroundings)
    scores = {name: m.predict(features, m.shift_areas(voters)) for name, m in models.items()}
    columns = {name: np.where(excluded == "", p, np.nan).astype(np.float32) for name, p in scores.items()}
    return pd.DataFrame({"voter_id": voters["voter_id"].to_numpy(object), "excluded": excluded, **columns})
