from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.boosted import Boosted
from models.gates import BASE_RATE, GateLimits
from models.logistic import Logistic
from models.outcomes import OUTCOMES, Outcome
from models.pooled import Pooled
from models.rates import Rate
from models.training import Trained, train_model
from models.training_set import TrainingSet

SMALL = Outcome(
    "asked",
    "a chance",
    "survey",
    recipes=(Pooled(), Logistic(0.1), Boosted(trees=30, leaves=4, smallest_leaf=20, threads=1)),
    rules=(Rate(BASE_RATE), Rate("party", "party")),
)


def train(data: TrainingSet, judged: Any = None) -> Trained:
    rows = np.ones(len(data), bool) if judged is None else judged
    return train_model(data, SMALL, judged=rows, judged_on="x", vocabulary={}, limits=GateLimits(), seed=1)


def test_a_healthy_survey_gives_a_model_better_than_its_rules(make: Any) -> None:
    trained, new = train(make(1_200)), make(4_000, seed=2)
    assert trained.decision.used == "model"
    assert sum(trained.members.values()) == pytest.approx(1.0)
    p = trained.model.predict(new.features)
    assert roc_auc_score(new.label, p) == pytest.approx(trained.evaluation.auc.value, abs=0.05)
    assert p.mean() == pytest.approx(new.label.mean(), abs=0.04)
    assert trained.evaluation.slope == pytest.approx(1.0, abs=0.25)


def test_the_same_data_and_seed_give_the_same_model(make: Any) -> None:
    assert train(make(400)).model.digest == train(make(400)).model.digest


@pytest.mark.parametrize("seed", range(6))
def test_labels_that_have_nothing_to_do_with_the_features_are_refused(make: Any, seed: int) -> None:
    data = make(800, seed=seed)
    shuffled = np.random.default_rng(seed).permutation(data.label)
    assert train(replace(data, label=shuffled)).decision.used != "model"


def test_when_all_there_is_is_the_party_the_model_is_not_far_from_the_rule(make: Any) -> None:
    trained = train(make(1_500, effect=0.0, party=3.0))
    assert trained.decision.used in ("model", "rule")
    assert abs(trained.evaluation.rules["party"].gain.value) < 0.01


def test_eras_are_judged_on_the_last_by_what_came_before(make: Any) -> None:
    data = make(3_000, eras=3)
    trained = train(data, judged=data.era == 2)
    assert trained.evaluation.rows == (data.era == 2).sum()
    assert trained.decision.used == "model"


def test_what_only_the_judged_era_would_teach_is_not_learned_before_it_is_judged(make: Any) -> None:
    """A column that gives the label away, but only in the judged era: who peeked would be perfect."""
    data = make(3_000, eras=3, effect=0.5)
    telling = np.where(data.era == 2, data.label, np.random.default_rng(1).integers(0, 2, 3_000))
    leaky = replace(data, features=data.features.assign(noise=telling.astype(np.float32)))
    assert train(leaky, judged=data.era == 2).evaluation.auc.value < 0.85


def test_a_level_that_moves_from_era_to_era_is_not_chased(make: Any) -> None:
    """Levels of +1, 0, −1: the next is not predicted to be −2, and the slope within eras stays right."""
    data = make(6_000, eras=3, levels=(1.0, 0.0, -1.0))
    trained, new = train(data, judged=data.era == 2), make(4_000, seed=5)
    assert trained.model.line.slope == pytest.approx(1.1, abs=0.15)  # a blend over levels is a little too flat
    assert trained.model.predict(new.features).mean() == pytest.approx(new.label.mean(), abs=0.08)


def test_a_refused_outcome_is_still_fitted_for_study(make: Any) -> None:
    data = make(400)
    trained = train(replace(data, label=np.random.default_rng(0).permutation(data.label)))
    assert np.isfinite(trained.model.predict(data.features)).all()


def test_every_declared_outcome_has_rules_to_beat() -> None:
    for outcome in OUTCOMES:
        assert [rule.name for rule in outcome.rules][0] == BASE_RATE and len(outcome.rules) > 1
