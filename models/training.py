"""Train one outcome: predict out of sample, blend, calibrate, judge, decide, and fit again on everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.elections import Election
from models.blend import blend_weights, free_of_level
from models.calibration import Line, fit_line, fit_slope
from models.evaluation import Evaluation, evaluate
from models.gates import Decision, GateLimits, decide
from models.inspection import suspect
from models.levels import Level, beside_level, expect_level
from models.model import Fitted, PropensityModel
from models.outcomes import Outcome, Recipe
from models.rates import Rate
from models.slices import slice_groups
from models.splits import Split, fold_splits, forward_splits, household_folds
from models.suspicions import Suspicion
from models.training_set import Doubles, TrainingSet, Whole

FOLDS = 10
FEWEST_FOR_BLEND = 100
JUDGED_AT_MOST = 60_000
JUDGED_ERAS = 3

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """The outcome of training: what to score with, how good it is, and whether lists may be built on it.

    `warnings` are what is suspect and does not stop it; `level` is that of the coming election, None for a survey.
    """

    outcome: str
    model: PropensityModel
    evaluation: Evaluation
    decision: Decision
    members: dict[str, float]
    warnings: tuple[str, ...] = ()
    level: Level | None = None


@dataclass(frozen=True)
class Blend:
    """Weights over the recipes and the line that calibrates their blend."""

    weights: Doubles
    line: Line

    def predict(self, predictions: Doubles) -> Doubles:
        return self.line.apply(predictions @ self.weights)


def train_model(
    data: TrainingSet,
    outcome: Outcome,
    *,
    coming: Election,
    judged: Mask,
    judged_on: str,
    vocabulary: Mapping[str, tuple[str, ...]],
    limits: GateLimits,
    seed: int,
    previous: Doubles | None = None,
) -> Trained:
    """Train an outcome and judge it on the `judged` rows, none of which its judge had learned from.

    `previous` are the scores of all rows by an earlier model on which lists were built, NaN where it has none.
    """
    splits, recipes = choose_splits(data, coming, judged, seed), outcome.recipes_for(len(data))
    both = predict_out_of_sample(data, (*recipes, *outcome.rules), splits)
    predictions, rules = np.hsplit(both, [len(recipes)])
    honest = cross_fit(predictions, data, splits)
    rows = np.flatnonzero(judged & ~np.isnan(honest))[:JUDGED_AT_MOST]
    evaluation = evaluate(
        honest[rows],
        data.label[rows],
        data.household[rows],
        rules={rule.name: rules[rows, i] for i, rule in enumerate(outcome.rules)},
        groups=slice_groups(data.features.iloc[rows], vocabulary),
        level_aside=outcome.labels == "replay",
        judged_on=judged_on,
        seed=seed,
    )
    suspicions = inspect(data, rows, honest[rows], outcome, limits, previous)
    yardsticks = {rule.name for rule in outcome.rules if not isinstance(rule, Rate)}
    decision = decide(evaluation, limits, suspicions, yardsticks)
    known = np.asarray(~np.isnan(predictions).any(axis=1), bool)
    blend = fit_blend(predictions, data, known)
    level = expect_level(data, coming) if data.elections else None
    model = fit_decided(beside_level(data, level), outcome, decision, blend, dict(vocabulary))
    shares = {recipe.name: float(w) for recipe, w in zip(recipes, blend.weights, strict=True)}
    noted = tuple(str(one) for one in suspicions if not one.blocks)
    return Trained(outcome.name, model, evaluation, decision, shares, noted, level)


def inspect(
    data: TrainingSet, rows: Whole, p: Doubles, outcome: Outcome, limits: GateLimits, previous: Doubles | None
) -> tuple[Suspicion, ...]:
    """Everything that is suspect about the labels, the columns, and the predictions `p` of the judged rows."""
    days = [election.date for election in data.elections]
    replayed = outcome.labels == "replay"
    return suspect(data, rows, p, outcome.expected, limits.suspicious, replayed=replayed, days=days, previous=previous)


def choose_splits(data: TrainingSet, coming: Election, judged: Mask, seed: int) -> tuple[Split, ...]:
    """Forward in time where there are several eras, else folds that keep households together.

    Of the eras the judged one, and the newest like the coming one that come after two others: from one era nothing is
    learned of how elections differ.
    """
    eras = np.unique(data.era).tolist()
    if len(eras) > 1:
        later = eras[2:] or eras[1:]
        like = [era for era in later if data.elections[era].kind == coming.kind or era == eras[-1]]
        held_out = set(np.unique(data.era[judged]).tolist()) - {eras[0]}
        return tuple(forward_splits(data.era, sorted({*like[-JUDGED_ERAS:], *held_out})))
    return tuple(fold_splits(household_folds(data.household, data.label, FOLDS, seed)))


def predict_out_of_sample(data: TrainingSet, recipes: Sequence[Recipe], splits: Sequence[Split]) -> Doubles:
    """Predictions of shape (rows, recipes), each by a fit that did not see the row; NaN for rows never judged."""
    predictions = np.full((len(data), len(recipes)), np.nan)
    for learn, judge in splits:
        learned = data.take(learn)
        coming = election_of(data, judge)
        learned = beside_level(learned, expect_level(learned, coming) if coming else None)
        for i, recipe in enumerate(recipes):
            predictions[judge, i] = recipe.fit(learned).predict(data.features[judge])
    return predictions


def election_of(data: TrainingSet, rows: Mask) -> Election | None:
    """The election of the rows' era; None for a survey."""
    return data.elections[data.era[rows][0]] if data.elections else None


def cross_fit(predictions: Doubles, data: TrainingSet, splits: Sequence[Split]) -> Doubles:
    """Blended and calibrated predictions, the blend of each split learned from the other rows only; shape (rows,)."""
    known = np.asarray(~np.isnan(predictions).any(axis=1), bool)
    honest = np.full(len(data), np.nan)
    for learn, judge in splits:
        honest[judge] = fit_blend(predictions, data, learn & known).predict(predictions[judge])
    return honest


def fit_blend(predictions: Doubles, data: TrainingSet, rows: Mask) -> Blend:
    """Weights and line from the given rows; equal weights and no line where there are too few."""
    if rows.sum() < FEWEST_FOR_BLEND:
        return Blend(np.full(predictions.shape[1], 1 / predictions.shape[1]), Line())
    label, weight, era = data.label[rows], data.weight[rows], data.era[rows]
    forward = len(np.unique(data.era)) > 1
    told = free_of_level(predictions[rows], label, era) if forward else predictions[rows]
    weights = blend_weights(told, label, weight)
    blended = predictions[rows] @ weights
    return Blend(weights, fit_slope(blended, label, weight, era) if forward else fit_line(blended, label, weight))


def fit_decided(
    data: TrainingSet, outcome: Outcome, decision: Decision, blend: Blend, vocabulary: dict[str, tuple[str, ...]]
) -> PropensityModel:
    """Fit on all rows what the gate decided to use; the blend, for study only, where it decided to use nothing."""
    chosen: list[tuple[float, Recipe]] = [
        (float(w), recipe) for w, recipe in zip(blend.weights, outcome.recipes_for(len(data)), strict=True) if w > 0
    ]
    if decision.used == "rule":
        chosen = [(1.0, rule) for rule in outcome.rules if rule.name == decision.rule]
    members: tuple[tuple[float, Fitted], ...] = tuple((w, recipe.fit(data)) for w, recipe in chosen)
    line = Line() if decision.used == "rule" else blend.line
    return PropensityModel(outcome.name, tuple(data.features.columns), members, line, vocabulary)
