"""TreeSHAP of a LightGBM model, computed by LightGBM itself, once for all voters whom a tree cannot tell apart.

A voter's contributions to a tree depend on nothing but the outcome of each of its splits (Lundberg et al. 2020, "From
local explanations to global understanding with explainable AI for trees", algorithm 2). In a small tree a few hundred
outcomes are all there is among any number of voters, so one voter of each is explained and the others take it over.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.training_set import Doubles

# What was told apart before takes up to 31 bits more of a word of 63.
BITS_AT_ONCE = 32


@dataclass(frozen=True)
class Column:
    """A column of the matrix, and where it has no value."""

    values: Doubles
    missing: NDArray[np.bool_]

    @cached_property
    def gaps(self) -> bool:
        return bool(self.missing.any())


@dataclass(frozen=True)
class Split:
    """A split of a tree: the number of its column, and the threshold or the levels that go left."""

    column: int
    threshold: float
    levels: tuple[int, ...]

    def outcome(self, values: Doubles) -> NDArray[np.bool_]:
        """Whether each value goes left, a missing one apart; shape (voters,)."""
        return np.isin(values, self.levels) if self.levels else values <= self.threshold


def explain_trees(booster: lgb.Booster, values: NDArray[np.float32], topics: Doubles) -> Doubles:
    """Contributions to the raw score per topic; shape (voters, topics), float64.

    `values` has shape (voters, columns); `topics`, of shape (columns, topics), says which columns are summed into which
    topic. A voter's contributions sum to the raw score, up to the same constant for everybody.
    """
    total = np.zeros((len(values), topics.shape[1]))
    if not len(values):
        return total
    columns = [Column(column, np.isnan(column)) for column in np.asfortranarray(values, np.float64).T]
    for number, splits in enumerate(read_splits(booster)):
        first, alike = _group_voters(columns, splits)
        parts = booster.predict(
            values[first], pred_contrib=True, start_iteration=number, num_iteration=1, num_threads=1
        )
        total += (np.asarray(parts)[:, :-1] @ topics)[alike]
    return total


@lru_cache(maxsize=8)
def read_splits(booster: lgb.Booster) -> tuple[tuple[Split, ...], ...]:
    """The different splits of each tree of a model, read once a process."""
    table, column = booster.trees_to_dataframe(), {name: i for i, name in enumerate(booster.feature_name())}
    splits: list[dict[Split, None]] = [{} for _ in range(table["tree_index"].max() + 1)]
    inner = table.loc[table["split_feature"].notna(), ["tree_index", "split_feature", "threshold", "decision_type"]]
    for tree, feature, threshold, decision in inner.itertuples(index=False):
        levels = tuple(int(level) for level in str(threshold).split("||")) if decision == "==" else ()
        splits[tree][Split(column[feature], 0.0 if levels else float(threshold), levels)] = None
    return tuple(tuple(tree) for tree in splits)


def _group_voters(columns: list[Column], splits: tuple[Split, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of the outcome of all splits that each voter has, and one voter of each outcome, first."""
    outcomes = [split.outcome(columns[split.column].values) for split in splits]
    outcomes += [columns[number].missing for number in {split.column for split in splits} if columns[number].gaps]
    alike = np.zeros(len(columns[0].values), np.int64)
    for start in range(0, len(outcomes), BITS_AT_ONCE):
        for outcome in outcomes[start : start + BITS_AT_ONCE]:
            alike = alike << 1 | outcome
        alike = pd.factorize(alike)[0].astype(np.int64)
    first = np.zeros(alike.max(initial=0) + 1, np.int64)
    first[alike[::-1]] = np.arange(len(alike))[::-1]
    return first, alike
