from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from data.elections import Election
from models import training
from models.boosted import Boosted
from models.calibration import Line
from models.gates import BASE_RATE, GateLimits
from models.logistic import FittedLogistic, Logistic
from models.outcomes import Outcome
from models.pooled import Pooled
from models.rates import FittedRate, Rate
from models.reversals import CERTIFIED_RESULTS
from models.training import Trained, choose_splits, cross_fit, fit_blend, predict_out_of_sample, train_model
from models.training_set import TrainingSet

SMALL = Outcome(
    "asked",
    "a chance",
    "survey",
    recipes=(Pooled(), Logistic(0.1), Boosted(trees=20, leaves=4, rate=0.1, smallest_leaf=20, threads=1)),
    rules=(Rate(BASE_RATE), Rate("party", "party")),
)
LIGHT = replace(SMALL, recipes=(Logistic(0.1), Logistic(1.0, name="loose")))
COMING = Election(date(2026, 11, 3), "general")


def train(
    data: TrainingSet,
    judged: Any = None,
    outcome: Outcome = LIGHT,
    seed: int = 1,
    previous: Any = None,
    **limits: float,
) -> Trained:
    rows = np.ones(len(data), bool) if judged is None else judged
    words = {"party": ("DEM", "REP")}
    return train_model(
        data,
        outcome,
        coming=COMING,
        judged=rows,
        judged_on="x",
        vocabulary=words,
        limits=GateLimits(**limits),
        seed=seed,
        previous=previous,
    )


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
    assert trained.members == {"stubborn": 0.0, "logistic": 1.0}
    ((weight, member),) = trained.model.members
    assert weight == 1.0 and isinstance(member, FittedLogistic)


def test_the_final_fit_sees_everybody(make: Any, witness: Any) -> None:
    data = make(400)
    alone = Outcome("asked", "a chance", "survey", recipes=(witness,), rules=(Rate(BASE_RATE),))
    train(data, outcome=alone)
    assert [len(seen) for seen in witness.shown] == [360] * training.FOLDS + [400]


def test_no_household_is_predicted_by_what_was_learned_from_it(make: Any, witness: Any) -> None:
    data = make(500)
    splits = choose_splits(data, COMING, np.ones(len(data), bool), seed=1)
    p = predict_out_of_sample(data, [witness], splits)
    assert len(splits) == training.FOLDS and np.isfinite(p).all()
    for (_, judge), seen in zip(splits, witness.shown, strict=True):
        assert not set(seen.household) & set(data.household[judge])
        assert len(seen) + judge.sum() == 500
        assert p[judge, 0] == pytest.approx(np.full(judge.sum(), seen.label.mean()))


def test_a_single_era_is_judged_by_folds_whatever_its_number(make: Any) -> None:
    data = make(600)
    only = replace(data, era=np.full(600, 4))
    assert len(choose_splits(only, COMING, np.ones(len(only), bool), seed=1)) == training.FOLDS
    assert train(only).evaluation == train(data).evaluation
    assert train(only).evaluation.rows == 600


def test_the_blend_of_a_fold_does_not_know_its_labels(make: Any) -> None:
    data = make(600)
    splits = choose_splits(data, COMING, np.ones(len(data), bool), seed=1)
    p = predict_out_of_sample(data, LIGHT.recipes, splits)
    learn, judge = splits[0]
    flipped = replace(data, label=np.where(judge, 1 - data.label, data.label))
    before, after = cross_fit(p, data, splits), cross_fit(p, flipped, splits)
    np.testing.assert_array_equal(before[judge], after[judge])
    assert (before[learn] != after[learn]).all()


def test_too_few_rows_do_not_blend_or_calibrate(make: Any) -> None:
    data = make(200)
    p = np.column_stack([np.full(200, 0.1), np.where(data.label == 1, 0.9, 0.1), np.full(200, 0.9)])
    rows = np.arange(200) < training.FEWEST_FOR_BLEND - 1
    few, enough = fit_blend(p, data, rows), fit_blend(p, data, np.arange(200) < training.FEWEST_FOR_BLEND)
    assert few.weights == pytest.approx([1 / 3] * 3) and few.line == Line()
    assert enough.weights[1] > 0.7 and enough.line != Line()
    np.testing.assert_allclose(few.predict(p), p.mean(axis=1))


def test_the_model_asks_for_the_columns_it_was_trained_with(make: Any) -> None:
    data = make(300)
    trained = train(data)
    assert trained.model.columns == tuple(data.features.columns)
    assert isinstance(trained.model.predict(pd.DataFrame(data.features)), np.ndarray)


def test_labels_that_run_against_the_model_before_are_refused_and_it_is_named(make: Any) -> None:
    data = make(1_200)
    before = train(data).model.predict(data.features)
    assert train(data, previous=before).decision.used == "model"
    flipped = train(replace(data, label=1 - data.label), previous=before)
    assert flipped.decision.refused and flipped.decision.reasons[0].startswith("reversed: ")
    assert "the previous model's scores" in flipped.decision.reasons[0]
    unknown = train(replace(data, label=1 - data.label), previous=np.full(1_200, np.nan))
    assert unknown.decision.used == "model"


def test_what_is_suspect_and_does_not_stop_it_is_a_warning(make: Any) -> None:
    asked = replace(LIGHT, expected=CERTIFIED_RESULTS)
    trained = train(make(1_200), outcome=asked)
    assert trained.decision.used == "model"
    (warning,) = trained.warnings
    assert warning.startswith("unchecked: ") and "propensity import results" in warning
    assert train(make(1_200)).warnings == ()


def test_past_elections_are_compared_with_the_rules_level_aside_and_answers_are_not(make: Any) -> None:
    data = make(900, eras=3, levels=(0.0, 0.0, 2.0))
    replayed = train(data, judged=data.era == 2, outcome=replace(LIGHT, labels="replay")).evaluation
    assert replayed.log_loss_at_level.value < replayed.log_loss.value - 0.02
    asked = train(make(900)).evaluation
    assert asked.log_loss_at_level.value == pytest.approx(asked.log_loss.value, rel=1e-12)


def test_a_level_is_told_of_elections_and_none_of_answers(make: Any) -> None:
    data = make(900, eras=3)
    told = train(data, judged=data.era == 2).level
    assert told is not None and told.rests_on == data.elections
    assert train(make(300)).level is None
