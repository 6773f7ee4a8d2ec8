"""Who is moved by contact: a DR-learner that starts from what the outcome model says and corrects it.

The product's own recipes predict the outcome with and without contact. Their difference is a first estimate of who is
moved, and a cautious one: where little is known, all are moved as much on the logit scale. What the experiment shows
beyond it, the doubly robust pseudo-outcome less the first estimate (Kennedy 2023, Electronic Journal of Statistics
17; compare the X-learner of Künzel et al. 2019, PNAS 116), is learned by a ridge regression and a small LightGBM, half
each. Nobody is scored by a model that saw their household, nor by one that was built on a model that did.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from models.boosted import Boosted
from models.design import lay_out, plan_terms
from models.experiments import Experiment
from models.logistic import Logistic
from models.model import Fitted
from models.splits import household_folds
from models.training_set import Doubles, TrainingSet, Whole

FOLDS = 5
LEARNED_AT_MOST = 60_000
ASSIGNED = "assigned to contact"
RECIPES = (Logistic(0.1), Boosted(trees=150, leaves=8, rate=0.05, smallest_leaf=100, threads=1))
PENALTY_A_ROW = 0.01
CAUTIOUS_TREES = {
    "objective": "regression",
    "learning_rate": 0.03,
    "num_leaves": 6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.7,
    "lambda_l2": 10.0,
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbose": -1,
}
TREES = 80
SMALLEST_LEAF, LEAVES_OF_ALL = 50, 100

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Uplift:
    """Out-of-sample predictions, one per row: the outcome when left alone and when contacted, and who is moved.

    `fold` numbers the folds, whole clusters each. Scores of different folds are of different models.
    """

    left_alone: Doubles
    contacted: Doubles
    moved: Doubles
    fold: Whole

    def expected(self, experiment: Experiment) -> Doubles:
        """What was expected of each row whichever arm it is in; weighted so that the difference of arms is finest."""
        return (1 - experiment.chance) * self.contacted + experiment.chance * self.left_alone

    def signal(self, experiment: Experiment) -> Doubles:
        """The doubly robust pseudo-outcome: each row's own, very noisy, effect."""
        return self.contacted - self.left_alone + _surprise(experiment, self.left_alone, self.contacted)


def learn_uplift(experiment: Experiment, features: pd.DataFrame, categories: tuple[str, ...], *, seed: int) -> Uplift:
    """Estimate out of sample whom contact moves; the chance of assignment is that of the draw, never learned."""
    learner = Learner(experiment, features, categories, seed)
    fold = household_folds(experiment.cluster, experiment.assigned, FOLDS, seed)
    alone, reached = learner.predict_outcomes(fold)
    first = np.nanmean(alone, axis=0), np.nanmean(reached, axis=0)
    moved = first[1] - first[0]
    for held in range(FOLDS):
        judged = fold == held
        surprise = _surprise(experiment, alone[held], reached[held])
        moved[judged] += learner.learn_correction(~judged, surprise, judged)
    return Uplift(*first, moved=moved, fold=fold)


def calibrate_uplift(score: Doubles, signal: Doubles, experiment: Experiment) -> Doubles:
    """Scores turned into effects: the best straight line through the signals (Chernozhukov et al. 2018), never falling.

    A ranking that says little of the size of an effect comes out flat.
    """
    weight = experiment.chance * (1 - experiment.chance)
    centred = score - np.average(score, weights=weight)
    slope = float((weight * centred) @ signal) / max(float((weight * centred) @ centred), 1e-12)
    return np.asarray(np.average(signal, weights=weight) + max(slope, 0.0) * centred)


def _surprise(experiment: Experiment, alone: Doubles, reached: Doubles) -> Doubles:
    """What happened beyond the expected, weighted so that its mean is what the first estimate of the effect misses."""
    assigned, chance = experiment.assigned, experiment.chance
    above = assigned * (experiment.outcome - reached) / chance
    return np.asarray(above - (1 - assigned) * (experiment.outcome - alone) / (1 - chance))


@dataclass(frozen=True)
class Learner:
    """Learns from some rows of an experiment and predicts others."""

    experiment: Experiment
    features: pd.DataFrame
    categories: tuple[str, ...]
    seed: int

    def predict_outcomes(self, fold: Whole) -> tuple[Doubles, Doubles]:
        """The outcome when left alone and when contacted; both of shape (folds, rows).

        In line k, a row's prediction is by models that saw neither the row's fold nor fold k; NaN in fold k itself.
        """
        alone, reached = np.full((2, FOLDS, len(fold)), np.nan)
        for one, other in combinations(range(FOLDS), 2):
            models = self._fit_outcome((fold != one) & (fold != other))
            for held, judged in ((one, fold == other), (other, fold == one)):
                alone[held, judged] = self._predict_outcome(models, judged, 0)
                reached[held, judged] = self._predict_outcome(models, judged, 1)
        return alone, reached

    def _fit_outcome(self, rows: Rows) -> list[Fitted]:
        chosen = self._thin(rows)
        features = self.features.iloc[chosen].assign(**{ASSIGNED: self.experiment.assigned[chosen].astype(np.float32)})
        data = self._training_set(features, self.experiment.outcome[chosen])
        return [recipe.fit(data) for recipe in RECIPES]

    def _predict_outcome(self, models: Sequence[Fitted], rows: Rows, assigned: int) -> Doubles:
        features = self.features[rows].assign(**{ASSIGNED: np.float32(assigned)})
        return np.asarray(np.mean([model.predict(features) for model in models], axis=0))

    def learn_correction(self, rows: Rows, surprise: Doubles, judged: Rows) -> Doubles:
        """Learn the surprise from some rows and predict it for others."""
        chosen = self._thin(rows)
        data = self._training_set(self.features.iloc[chosen], surprise[chosen])
        weight = (self.experiment.chance * (1 - self.experiment.chance))[chosen]
        weight /= weight.mean()
        new = self.features[judged]
        return (_correct_by_ridge(data, weight, new) + _correct_by_trees(data, weight, new, self.seed)) / 2

    def _training_set(self, features: pd.DataFrame, label: Doubles) -> TrainingSet:
        nobody = np.zeros(len(label), np.int64)
        return TrainingSet(features, label, np.ones(len(label)), nobody, nobody, self.categories)

    def _thin(self, rows: Rows) -> Whole:
        """The numbers of at most `LEARNED_AT_MOST` of the rows, whole clusters."""
        share = LEARNED_AT_MOST / max(int(rows.sum()), 1)
        if share >= 1:
            return np.flatnonzero(rows)
        drawn = pd.util.hash_array(pd.util.hash_array(self.experiment.cluster) ^ np.uint64(self.seed))
        return np.flatnonzero(rows & (drawn < np.uint64(share * 2**64)))


def _correct_by_ridge(data: TrainingSet, weight: Doubles, new: pd.DataFrame) -> Doubles:
    terms = plan_terms(data)
    if not terms:
        return np.full(len(new), float(np.average(data.label, weights=weight)))
    model = Ridge(alpha=PENALTY_A_ROW * len(data)).fit(lay_out(terms, data.features), data.label, sample_weight=weight)
    return np.asarray(model.predict(lay_out(terms, new)))


def _correct_by_trees(data: TrainingSet, weight: Doubles, new: pd.DataFrame, seed: int) -> Doubles:
    categories = [data.features.columns.get_loc(name) for name in data.categories]
    dataset = lgb.Dataset(
        data.features.to_numpy(np.float32),
        data.label,
        weight=weight,
        categorical_feature=categories,
        free_raw_data=True,
    )
    smallest = max(SMALLEST_LEAF, len(data) // LEAVES_OF_ALL)
    parameters = {**CAUTIOUS_TREES, "min_data_in_leaf": smallest, "seed": seed}
    return np.asarray(lgb.train(parameters, dataset, num_boost_round=TREES).predict(new.to_numpy(np.float32)))
