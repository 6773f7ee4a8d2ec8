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
from models.levels import at_level_of
from models.model import Fitted, PropensityModel
from models.outcomes import Outcome, Recipe
from models.splits import Split, fold_splits, forward_splits, household_folds
from models.training_set import Doubles, TrainingSet

FOLDS = 10
FEWEST_FOR_BLEND = 100
JUDGED_AT_MOST = 60_000
JUDGED_ERAS = 3

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Trained:
    """The outcome of training: what to score with, how good it is, and whether lists may be built on it."""

    outcome: str
    model: PropensityModel
    evaluation: Evaluation
    decision: Decision
    members: dict[str, float]


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
) -> Trained:
    """Train an outcome and judge it on the `judged` rows, none of which its judge had learned from."""
    splits = choose_splits(data, coming, seed)
    both = predict_out_of_sample(data, (*outcome.recipes, *outcome.rules), splits)
    predictions, rules = np.hsplit(both, [len(outcome.recipes)])
    honest = cross_fit(predictions, data, splits)
    rows = np.flatnonzero(judged & ~np.isnan(honest))[:JUDGED_AT_MOST]
    by_rule = {rule.name: rules[rows, i] for i, rule in enumerate(outcome.rules)}
    evaluation = evaluate(
        honest[rows], data.label[rows], data.household[rows], rules=by_rule, judged_on=judged_on, seed=seed
    )
    decision = decide(evaluation, limits)
    known = np.asarray(~np.isnan(predictions).any(axis=1), bool)
    blend = fit_blend(predictions, data, known)
    levelled = at_level_of(data, coming if data.elections else None)
    model = fit_decided(levelled, outcome, decision, blend, dict(vocabulary))
    shares = {recipe.name: float(w) for recipe, w in zip(outcome.recipes, blend.weights, strict=True)}
    return Trained(outcome.name, model, evaluation, decision, shares)


def choose_splits(data: TrainingSet, coming: Election, seed: int) -> tuple[Split, ...]:
    """Forward in time where there are several eras, else folds that keep households together."""
    eras = np.unique(data.era).tolist()
    if len(eras) > 1:
        like = [era for era in eras[1:] if data.elections[era].kind == coming.kind or era == eras[-1]]
        return tuple(forward_splits(data.era, like[-JUDGED_ERAS:]))
    return tuple(fold_splits(household_folds(data.household, data.label, FOLDS, seed)))


def predict_out_of_sample(data: TrainingSet, recipes: Sequence[Recipe], splits: Sequence[Split]) -> Doubles:
    """Predictions of shape (rows, recipes), each by a fit that did not see the row; NaN for rows never judged."""
    predictions = np.full((len(data), len(recipes)), np.nan)
    for learn, judge in splits:
        learned = at_level_of(data.take(learn), election_of(data, judge))
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
        (float(w), recipe) for w, recipe in zip(blend.weights, outcome.recipes, strict=True) if w > 0
    ]
    if decision.used == "rule":
        chosen = [(1.0, rule) for rule in outcome.rules if rule.name == decision.rule]
    members: tuple[tuple[float, Fitted], ...] = tuple((w, recipe.fit(data)) for w, recipe in chosen)
    line = Line() if decision.used == "rule" else blend.line
    return PropensityModel(outcome.name, tuple(data.features.columns), members, line, vocabulary)
