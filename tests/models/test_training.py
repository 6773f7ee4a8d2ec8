from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from models import training
from models.boosted import Boosted
from models.calibration import Line
from models.gates import BASE_RATE, GateLimits
from models.logistic import FittedLogistic, Logistic
from models.outcomes import Outcome
from models.pooled import Pooled
from models.rates import FittedRate, Rate
from models.training import Trained, choose_splits, cross_fit, fit_blend, predict_out_of_sample, train_model
from models.training_set import TrainingSet

SMALL = Outcome(
    "asked",
    "a chance",
    "survey",
    recipes=(Pooled(), Logistic(0.1), Boosted(trees=20, leaves=4, rate=0.1, smallest_leaf=20, threads=1)),
    rules=(Rate(BASE_RATE), Rate("party", "party")),
)
LIGHT = replace(SMALL, recipes=(Logistic(0.1), Logistic(1.0)))


def train(data: TrainingSet, judged: Any = None, outcome: Outcome = LIGHT, seed: int = 1, **limits: float) -> Trained:
    rows = np.ones(len(data), bool) if judged is None else judged
    words = {"party": ("DEM", "REP")}
    return train_model(
        data, outcome, judged=rows, judged_on="x", vocabulary=words, limits=GateLimits(**limits), seed=seed
    )


@dataclass
class Witness:
    """A recipe that remembers whom it was shown, and predicts the share of positives among them."""

    name: str = "witness"
    shown: list[TrainingSet] = field(default_factory=list)

    def fit(self, data: TrainingSet) -> FittedRate:
        self.shown.append(data)
        return Rate(BASE_RATE).fit(data)


@dataclass(frozen=True)
class Stubborn:
    """A recipe that says two in a hundred, whatever it is shown."""

    name: str = "stubborn"

    def fit(self, data: TrainingSet) -> FittedRate:
        return FittedRate(None, 0.02, (), 0.02)


def test_a_healthy_survey_gives_a_model_better_than_its_rules(make: Any) -> None:
    trained, new = train(make(1_200), outcome=SMALL), make(4_000, seed=2)
    assert trained.decision.used == "model"
    assert trained.evaluation.rows == 1_200 and trained.evaluation.judged_on == "x"
    assert trained.evaluation.rules["party"].gain.low > 0
    assert set(trained.members) == {recipe.name for recipe in SMALL.recipes}
    assert sum(trained.members.values()) == pytest.approx(1.0)
    p = trained.model.predict(new.features)
    assert roc_auc_score(new.label, p) == pytest.approx(trained.evaluation.auc.value, abs=0.05)
    assert p.mean() == pytest.approx(new.label.mean(), abs=0.04)
    assert trained.evaluation.slope.value == pytest.approx(1.0, abs=0.25)
    assert (trained.outcome, trained.model.outcome) == ("asked", "asked")
    assert trained.model.vocabulary == {"party": ("DEM", "REP")}


def test_the_same_data_and_seed_give_the_same_model(make: Any) -> None:
    one, other = train(make(300), outcome=SMALL), train(make(300), outcome=SMALL)
    assert one.model.to_bytes() == other.model.to_bytes() and one.evaluation == other.evaluation


@pytest.mark.parametrize("seed", range(4))
def test_labels_that_have_nothing_to_do_with_the_features_are_refused(make: Any, seed: int) -> None:
    data = make(800, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(data.label)
    assert train(replace(data, label=shuffled)).decision.used != "model"


def test_a_flipped_past_is_refused(make: Any) -> None:
    """The judged era runs against all that was learned before it."""
    data = make(3_000, eras=3)
    flipped = replace(data, label=np.where(data.era == 2, 1 - data.label, data.label))
    assert train(flipped, judged=data.era == 2).decision.used == "nothing"


def test_when_all_there_is_is_the_party_the_model_is_not_far_from_the_rule(make: Any) -> None:
    trained = train(make(1_500, effect=0.0, party=3.0), outcome=SMALL)
    assert trained.decision.used in ("model", "rule")
    assert abs(trained.evaluation.rules["party"].gain.value) < 0.01


def test_a_rule_that_takes_over_is_the_model_as_it_stands(make: Any) -> None:
    data = make(800, party=3.0)
    trained = train(data, largest_ece=-1.0)
    assert (trained.decision.used, trained.decision.rule) == ("rule", "party")
    assert trained.model.members == ((1.0, Rate("party", "party").fit(data)),)
    assert trained.model.line == Line()


def test_a_refused_outcome_is_still_fitted_for_study(make: Any) -> None:
    trained = train(make(600), least_auc=1.1)
    assert trained.decision.used == "nothing"
    assert roc_auc_score(make(600).label, trained.model.predict(make(600).features)) > 0.7


def test_members_without_a_say_are_left_out(make: Any) -> None:
    recipes = (Stubborn(), Logistic(1.0))
    trained = train(make(4_000), outcome=replace(SMALL, recipes=recipes))  # type: ignore[arg-type]
    assert trained.members == {"stubborn": 0.0, "logistic C=1": 1.0}
    ((weight, member),) = trained.model.members
    assert weight == 1.0 and isinstance(member, FittedLogistic)


def test_the_final_fit_sees_everybody(make: Any) -> None:
    witness, data = Witness(), make(400)
    alone = Outcome("asked", "a chance", "survey", recipes=(witness,), rules=(Rate(BASE_RATE),))  # type: ignore[arg-type]
    train(data, outcome=alone)
    assert [len(seen) for seen in witness.shown] == [360] * training.FOLDS + [400]


def test_no_household_is_predicted_by_what_was_learned_from_it(make: Any) -> None:
    witness, data = Witness(), make(500)
    splits = choose_splits(data, seed=1)
    p = predict_out_of_sample(data, [witness], splits)  # type: ignore[list-item]
    assert len(splits) == training.FOLDS and np.isfinite(p).all()
    for (_, judge), seen in zip(splits, witness.shown, strict=True):
        assert not set(seen.household) & set(data.household[judge])
        assert len(seen) + judge.sum() == 500
        assert p[judge, 0] == pytest.approx(np.full(judge.sum(), seen.label.mean()))


def test_eras_are_predicted_by_earlier_ones_and_the_first_by_nobody(make: Any) -> None:
    witness, data = Witness(), make(600, eras=3)
    p = predict_out_of_sample(data, [witness], choose_splits(data, seed=1))  # type: ignore[list-item]
    assert [sorted(set(seen.era.tolist())) for seen in witness.shown] == [[0], [0, 1]]
    np.testing.assert_array_equal(np.isnan(p[:, 0]), data.era == 0)


def test_a_single_era_is_judged_by_folds_whatever_its_number(make: Any) -> None:
    data = make(600)
    only = replace(data, era=np.full(600, 4))
    assert len(choose_splits(only, seed=1)) == training.FOLDS
    assert train(only).evaluation == train(data).evaluation
    assert train(only).evaluation.rows == 600


def test_the_blend_of_a_fold_does_not_know_its_labels(make: Any) -> None:
    data = make(600)
    splits = choose_splits(data, seed=1)
    p = predict_out_of_sample(data, LIGHT.recipes, splits)
    learn, judge = splits[0]
    flipped = replace(data, label=np.where(judge, 1 - data.label, data.label))
    before, after = cross_fit(p, data, splits), cross_fit(p, flipped, splits)
    np.testing.assert_array_equal(before[judge], after[judge])
    assert (before[learn] != after[learn]).all()


def test_the_blend_of_an_era_is_learned_from_earlier_ones(make: Any) -> None:
    data = make(900, eras=3)
    splits = choose_splits(data, seed=1)
    p = predict_out_of_sample(data, LIGHT.recipes, splits)
    found = cross_fit(p, data, splits)
    np.testing.assert_array_equal(np.isnan(found), data.era == 0)
    np.testing.assert_allclose(found[data.era == 1], p[data.era == 1].mean(axis=1))  # nothing to blend by yet
    flipped = replace(data, label=np.where(data.era == 2, 1 - data.label, data.label))
    np.testing.assert_array_equal(cross_fit(p, flipped, splits), found)
    flipped = replace(data, label=np.where(data.era == 1, 1 - data.label, data.label))
    assert (cross_fit(p, flipped, splits)[data.era == 2] != found[data.era == 2]).all()


def test_too_few_rows_do_not_blend_or_calibrate(make: Any) -> None:
    data = make(200)
    p = np.column_stack([np.full(200, 0.1), np.where(data.label == 1, 0.9, 0.1), np.full(200, 0.9)])
    rows = np.arange(200) < training.FEWEST_FOR_BLEND - 1
    few, enough = fit_blend(p, data, rows), fit_blend(p, data, np.arange(200) < training.FEWEST_FOR_BLEND)
    assert few.weights == pytest.approx([1 / 3] * 3) and few.line == Line()
    assert enough.weights[1] > 0.7 and enough.line != Line()
    np.testing.assert_allclose(few.predict(p), p.mean(axis=1))


def test_a_level_is_learned_from_answers_and_never_from_eras(make: Any) -> None:
    data = make(2_000)
    low = expit(1.5 * data.features["age"].fillna(0.0).to_numpy(np.float64) - 1.5)[:, None]
    everybody = np.ones(2_000, bool)
    assert fit_blend(low, data, everybody).predict(low).mean() == pytest.approx(data.label.mean(), abs=0.03)
    several = replace(data, era=np.arange(2_000) % 2)
    assert fit_blend(low, several, everybody).predict(low).mean() == pytest.approx(low.mean(), abs=0.03)


def test_only_the_judged_rows_are_judged_and_at_most_so_many(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make(1_500, eras=3)
    trained = train(data, judged=data.era == 2)
    assert trained.evaluation.rows == 500
    assert trained.evaluation.positives == data.label[data.era == 2].sum()
    assert train(data).evaluation.rows == 1_000  # the first era was learned from only
    monkeypatch.setattr(training, "JUDGED_AT_MOST", 300)
    assert train(data, judged=data.era == 2).evaluation.rows == 300


def test_the_seed_draws_the_intervals_and_nothing_else_of_eras(make: Any) -> None:
    data = make(900, eras=3)
    one, other = (train(data, judged=data.era == 2, seed=seed).evaluation for seed in (1, 2))
    assert one.auc.value == other.auc.value and one.auc.low != other.auc.low


def test_eras_are_judged_on_the_last_by_what_came_before(make: Any) -> None:
    data, new = make(3_000, eras=3), make(3_000, seed=7)
    trained = train(data, judged=data.era == 2, outcome=SMALL)
    assert trained.decision.used == "model"
    found = roc_auc_score(new.label, trained.model.predict(new.features))
    assert found == pytest.approx(trained.evaluation.auc.value, abs=0.03)


def test_what_only_the_judged_era_would_teach_is_not_learned_before_it_is_judged(make: Any) -> None:
    """A column that gives the label away, but only in the judged era: who peeked would be perfect."""
    data = make(3_000, eras=3, effect=0.5)
    telling = np.where(data.era == 2, data.label, np.random.default_rng(1).integers(0, 2, 3_000))
    leaky = replace(data, features=data.features.assign(noise=telling.astype(np.float32)))
    honest, peeking = (
        train(data, judged=data.era == 2, outcome=SMALL),
        train(leaky, judged=data.era == 2, outcome=SMALL),
    )
    assert peeking.evaluation.auc.value == pytest.approx(honest.evaluation.auc.value, abs=0.06)
    assert roc_auc_score(leaky.label[data.era == 2], leaky.features["noise"][data.era == 2]) == 1.0


def test_the_labels_of_the_judged_era_change_no_prediction_of_it(make: Any) -> None:
    data = make(900, eras=3)
    flipped = replace(data, label=np.where(data.era == 2, 1 - data.label, data.label))
    one, other = (train(d, judged=data.era == 2).evaluation for d in (data, flipped))
    assert one.mean_score == other.mean_score
    assert one.auc.value == pytest.approx(1 - other.auc.value)


def test_a_level_that_moves_from_era_to_era_is_not_chased(make: Any) -> None:
    """Levels of +1, 0, −1: the next is not predicted to be −2, and the slope within eras stays right."""
    data = make(6_000, eras=3, levels=(1.0, 0.0, -1.0))
    trained, new = train(data, judged=data.era == 2), make(4_000, seed=5)
    assert trained.model.line.slope == pytest.approx(1.1, abs=0.15)  # a blend over levels is a little too flat
    assert trained.model.predict(new.features).mean() == pytest.approx(new.label.mean(), abs=0.08)


def test_the_model_asks_for_the_columns_it_was_trained_with(make: Any) -> None:
    data = make(300)
    trained = train(data)
    assert trained.model.columns == tuple(data.features.columns)
    assert isinstance(trained.model.predict(pd.DataFrame(data.features)), np.ndarray)
