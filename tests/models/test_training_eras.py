"""Training on several past elections: forward in time, and each with a level of its own."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from data.elections import Election
from models import training
from models.boosted import Boosted
from models.calibration import fit_line
from models.gates import BASE_RATE, GateLimits
from models.logistic import Logistic
from models.outcomes import Outcome
from models.rates import Rate
from models.training import Trained, choose_splits, cross_fit, fit_blend, predict_out_of_sample, train_model
from models.training_set import TrainingSet

TREES = Boosted(trees=20, leaves=4, rate=0.1, smallest_leaf=20, threads=1)
LIGHT = Outcome(
    "turned out",
    "a chance",
    "replay",
    recipes=(Logistic(0.1), Logistic(1.0, name="loose")),
    rules=(Rate(BASE_RATE), Rate("party", "party")),
)
SMALL = replace(LIGHT, recipes=(Logistic(0.1), TREES))
IN_TURN = tuple(Election(date(year, 11, 3), "general") for year in (2012, 2014, 2016, 2018, 2020, 2022))
PRESIDENTIAL, MIDTERM = (Election(date(year, 11, 3), "general") for year in (2024, 2026))


def train(
    data: TrainingSet, judged: Any = None, outcome: Outcome = LIGHT, *, coming: Election = MIDTERM, seed: int = 1
) -> Trained:
    rows = np.ones(len(data), bool) if judged is None else judged
    return train_model(
        data, outcome, coming=coming, judged=rows, judged_on="x", vocabulary={}, limits=GateLimits(), seed=seed
    )


def test_a_flipped_past_is_refused(make: Any) -> None:
    """The judged era runs against all that was learned before it."""
    data = make(3_000, eras=3)
    flipped = replace(data, label=np.where(data.era == 2, 1 - data.label, data.label))
    assert train(flipped, judged=data.era == 2).decision.used == "nothing"


def test_eras_are_predicted_by_earlier_ones_and_the_first_by_nobody(make: Any, witness: Any) -> None:
    data = make(600, eras=3)
    p = predict_out_of_sample(data, [witness], choose_splits(data, MIDTERM, np.ones(len(data), bool), seed=1))
    assert [sorted(set(seen.era.tolist())) for seen in witness.shown] == [[0], [0, 1]]
    np.testing.assert_array_equal(np.isnan(p[:, 0]), data.era == 0)


def test_the_blend_of_an_era_is_learned_from_earlier_ones(make: Any) -> None:
    data = make(900, eras=3)
    splits = choose_splits(data, MIDTERM, np.ones(len(data), bool), seed=1)
    p = predict_out_of_sample(data, LIGHT.recipes, splits)
    found = cross_fit(p, data, splits)
    np.testing.assert_array_equal(np.isnan(found), data.era == 0)
    np.testing.assert_allclose(found[data.era == 1], p[data.era == 1].mean(axis=1))  # nothing to blend by yet
    flipped = replace(data, label=np.where(data.era == 2, 1 - data.label, data.label))
    np.testing.assert_array_equal(cross_fit(p, flipped, splits), found)
    flipped = replace(data, label=np.where(data.era == 1, 1 - data.label, data.label))
    assert (cross_fit(p, flipped, splits)[data.era == 2] != found[data.era == 2]).all()


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


def test_levels_that_move_are_expected_at_their_mean_and_not_chased(make: Any) -> None:
    """Levels of +1, 0, −1: the next is not predicted to be −2, and who votes is as in a single election."""
    data = make(6_000, eras=3, levels=(1.0, 0.0, -1.0))
    trained = train(data, judged=data.era == 2)
    mean = np.average([1.0, 0.0, -1.0], weights=[2 ** (-12 / 8), 2 ** (-8 / 8), 2 ** (-4 / 8)])
    new = make(6_000, seed=5, levels=(float(mean),))
    p = trained.model.predict(new.features)
    assert p.mean() == pytest.approx(new.label.mean(), abs=0.025)
    assert fit_line(p, new.label, new.weight).slope == pytest.approx(1.0, abs=0.12)


def test_the_level_of_the_coming_kind_is_predicted(make: Any) -> None:
    """Presidential elections and midterms in turn, two logits apart: each is expected at the level of its kind."""
    levels = (1.0, -1.0, 1.0, -1.0, 1.0, -1.0)
    data = replace(make(6_000, eras=6, levels=levels), elections=IN_TURN)
    low, high = make(6_000, seed=5, levels=(-1.0,)), make(6_000, seed=5, levels=(1.0,))
    for coming, new in ((MIDTERM, low), (PRESIDENTIAL, high)):
        p = train(data, judged=data.era == 5, coming=coming).model.predict(new.features)
        assert p.mean() == pytest.approx(new.label.mean(), abs=0.04)


def test_what_judges_an_era_is_learned_at_the_level_that_its_past_tells(make: Any, witness: Any) -> None:
    data = replace(make(6_000, eras=6, levels=(1.0, -1.0) * 3), elections=IN_TURN)
    p = predict_out_of_sample(
        data, [Logistic(0.1), witness], choose_splits(data, MIDTERM, np.ones(len(data), bool), seed=1)
    )
    for number in (3, 5):
        rows = data.era == number
        assert p[rows, 0].mean() == pytest.approx(data.label[rows].mean(), abs=0.06)
    offsets = witness.shown[-1].offsets
    np.testing.assert_allclose(offsets[data.era[data.era < 5] % 2 == 0], 2.0, atol=0.35)


def test_the_labels_of_an_era_do_not_move_the_level_predicted_for_it(make: Any, witness: Any) -> None:
    data = make(1_500, eras=3, levels=(0.5, -0.5, 0.0))
    everybody = replace(data, label=np.where(data.era == 2, 1.0, data.label))
    splits = choose_splits(data, MIDTERM, np.ones(len(data), bool), seed=1)
    for labels in (data, everybody):
        predict_out_of_sample(labels, [witness], splits)
    before, after = witness.shown[1], witness.shown[3]
    assert set(before.era) == {0, 1}
    np.testing.assert_array_equal(before.offsets, after.offsets)
    p, q = (
        predict_out_of_sample(d, LIGHT.recipes, choose_splits(d, MIDTERM, np.ones(len(d), bool), seed=1))
        for d in (data, everybody)
    )
    np.testing.assert_array_equal(p, q)


def test_the_newest_of_the_coming_kind_are_judged_after_two_others_and_the_last_and_the_held_out_one(make: Any) -> None:
    def judged(data: TrainingSet, coming: Election, held_out: int) -> list[int]:
        splits = choose_splits(data, coming, data.era == held_out, seed=1)
        return [int(data.era[judge][0]) for _, judge in splits]

    data = replace(make(600, eras=6), elections=IN_TURN)
    assert judged(data, MIDTERM, 5) == [3, 5]
    assert judged(data, MIDTERM, 1) == [1, 3, 5]
    assert judged(data, PRESIDENTIAL, 4) == [2, 4, 5]
    assert judged(make(700, eras=7), MIDTERM, 6) == [4, 5, 6]
    assert judged(make(200, eras=2), MIDTERM, 1) == [1]


def test_a_blend_is_of_who_votes_whatever_the_members_thought_of_the_level(make: Any) -> None:
    data = replace(make(4_000), era=np.arange(4_000) % 2)
    truth = expit(1.5 * data.features["age"].fillna(0.0).to_numpy(np.float64) + 1.5 * (data.features["party"] == 1))
    missed = expit(logit(truth) + np.where(data.era == 0, 4.0, -4.0))
    p = np.column_stack([missed, np.full(4_000, data.label.mean())])
    assert fit_blend(p, data, np.ones(4_000, bool)).weights[0] > 0.9
    assert fit_blend(p, replace(data, era=np.zeros(4_000, np.int64)), np.ones(4_000, bool)).weights[0] < 0.7
