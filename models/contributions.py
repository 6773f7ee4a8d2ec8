"""Contributions: how far each topic moves a voter's score from that of the average voter, on the logit scale.

A member's contributions are exact: coefficients times the columns of the design, TreeSHAP, or the whole of a rule. A
model mixes its members, so theirs are added with the weights of the mixture and turned by the slope of its calibration.
Where members are mixed as probabilities the sum of that is near the voter's logit and not at it; the difference is
given to the topics in proportion to the size of their contributions, so that the parts of a voter always add up to the
whole and a topic that contributes nothing stays at nothing.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.boosted import FittedBoosted
from models.calibration import to_logit
from models.logistic import FittedLogistic
from models.model import Fitted, PropensityModel
from models.rates import FittedRate
from models.training_set import Doubles
from models.treeshap import explain_trees


def topic_matrix(columns: Sequence[str], topic_of: Mapping[str, str], topics: Sequence[str]) -> Doubles:
    """Which column belongs to which topic; shape (columns, topics), one 1 in each row."""
    return np.array([[float(topic_of[column] == topic) for topic in topics] for column in columns])


def add_members(
    model: PropensityModel, features: pd.DataFrame, topic_of: Mapping[str, str], topics: Sequence[str]
) -> Doubles:
    """The members' contributions, mixed, each up to a constant; shape (voters, topics)."""
    mixed = np.zeros((len(features), len(topics)))
    for weight, member in model.members:
        mixed += weight * model.line.slope * member_parts(member, features, topic_of, topics)
    return mixed


def member_parts(member: Fitted, features: pd.DataFrame, topic_of: Mapping[str, str], topics: Sequence[str]) -> Doubles:
    """What each topic adds to a member's logit, up to a constant; shape (voters, topics)."""
    match member:
        case FittedLogistic():
            return _logistic_parts(member, features, topic_of, topics)
        case FittedBoosted():
            values = features[list(member.columns)].to_numpy(np.float32)
            return explain_trees(member.booster, values, topic_matrix(member.columns, topic_of, topics))
        case FittedRate():
            parts = np.zeros((len(features), len(topics)))
            if member.feature is not None:
                parts[:, topics.index(topic_of[member.feature])] = to_logit(member.predict(features))
            return parts


def _logistic_parts(
    member: FittedLogistic, features: pd.DataFrame, topic_of: Mapping[str, str], topics: Sequence[str]
) -> Doubles:
    parts, start = np.zeros((len(features), len(topics))), 0
    for term in member.terms:
        columns = term.columns(features[term.feature].to_numpy(np.float64))
        coefficients = member.coefficients[start : start + columns.shape[1]]
        parts[:, topics.index(topic_of[term.feature])] += columns @ coefficients
        start += columns.shape[1]
    return parts


def make_whole(parts: Doubles, difference: Doubles) -> Doubles:
    """The parts changed as little as their sizes allow so that each row adds up to its `difference`."""
    size = np.abs(parts)
    total = size.sum(axis=1, keepdims=True)
    share = np.divide(size, total, out=np.zeros_like(size), where=total > 0)
    return np.asarray(parts + share * (difference - parts.sum(axis=1))[:, None])
