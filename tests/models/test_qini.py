import numpy as np
import pytest

from models.evaluation import Interval
from models.experiments import Experiment
from models.qini import CROSS_FITTED, LEARNER, Ranking, decide_verdict, judge_rankings, rank_bins

RULE = "a rule"


def make(rows: int, seed: int, effect: float = 0.0) -> tuple[Experiment, np.ndarray]:
    """Doors of two, half assigned; contact adds `effect` times the score, which is uniform."""
    rng = np.random.default_rng(seed)
    score = rng.random(rows)
    assigned = np.repeat(rng.permutation(np.arange(rows // 2) % 2), 2).astype(float)
    outcome = (rng.random(rows) < 0.3 + assigned * effect * score).astype(float)
    return Experiment(assigned, outcome, np.arange(rows) // 2, np.zeros(rows, np.int64)), score


def judge(experiment: Experiment, score: np.ndarray, rule: np.ndarray, seed: int = 1) -> dict[str, Ranking]:
    return judge_rankings({LEARNER: score, RULE: rule}, experiment, experiment.cluster % 5, seed=seed)


def test_a_bin_is_a_hundredth_of_each_fold_highest_first() -> None:
    score, fold = np.arange(1000.0), np.repeat([0, 1], [400, 600])
    bins = rank_bins(score, fold, seed=1)
    assert np.bincount(bins[fold == 0]).tolist() == [4] * 100 and np.bincount(bins[fold == 1]).tolist() == [6] * 100
    assert bins[399] == bins[999] == 0 and bins[0] == bins[400] == 99


def test_ties_are_broken_by_lot() -> None:
    bins = rank_bins(np.zeros(10_000), np.zeros(10_000, int), seed=1)
    assert abs(np.corrcoef(bins, np.arange(10_000))[0, 1]) < 0.05


def test_the_figures_are_those_of_a_known_curve() -> None:
    """The first half is moved, each by 1: f × uplift is f, then 1/2; its area is 1/8 + 1/4, half the effect 1/4."""
    rows = 4000
    score = np.repeat(np.arange(rows // 2), 2)[::-1].astype(float)
    assigned = np.tile([1.0, 0.0], rows // 2)
    first = score >= rows // 4
    experiment = Experiment(assigned, assigned * first, np.arange(rows), np.zeros(rows, np.int64))
    found = judge_rankings({LEARNER: score}, experiment, np.zeros(rows, np.int64), seed=1)[LEARNER]
    assert found.qini.value == pytest.approx(1 / 8, abs=1e-6)
    assert found.top[30].value == pytest.approx(1) and found.last.value == pytest.approx(0)
    assert found.gap.value == pytest.approx(1)
    assert [round(tenth.value, 6) for tenth in found.deciles] == [1.0] * 5 + [0.0] * 5


def test_the_other_way_round_is_as_bad_as_the_right_way_is_good() -> None:
    experiment, score = make(6000, 1, effect=0.4)
    found = judge(experiment, score, -score)
    assert found[LEARNER].qini.low > 0 > found[RULE].qini.high
    assert found[RULE].beaten_by is not None and found[RULE].beaten_by.low > 0
    assert found[LEARNER].beaten_by is None
    assert found[LEARNER].qini.value == pytest.approx(-found[RULE].qini.value, abs=0.005)


def test_intervals_hold_what_they_promise() -> None:
    """For a score that is given they are wider than need be, by what they allow for scores that were cross-fitted."""
    truth = {"tenth": 0.3 * 0.95, "top": 0.3 * 0.85, "qini": 0.3 / 12}
    hits: dict[str, list[bool]] = {name: [] for name in truth}
    for seed in range(1000, 1080):
        experiment, score = make(1500, seed, effect=0.3)
        found = judge(experiment, np.zeros(1500), score, seed + 1)[RULE]
        for name, one in (("tenth", found.deciles[0]), ("top", found.top[30]), ("qini", found.qini)):
            hits[name].append(abs(one.value - truth[name]) <= (one.high - one.value) / CROSS_FITTED)
    assert all(0.91 <= np.mean(hit) <= 0.99 for hit in hits.values()), {
        name: np.mean(hit) for name, hit in hits.items()
    }


def test_where_nobody_is_moved_more_a_ranking_seldom_seems_to_tell() -> None:
    claims = []
    for seed in range(80):
        experiment, score = make(800, seed)
        rankings = judge(experiment, score, np.random.default_rng(seed + 2).random(800), seed + 1)
        claims.append(decide_verdict(rankings, Interval(0, -0.1, 0.1)).moved)
    assert np.mean(claims) <= 0.05


def ranking(qini: float, *, gap: float = 0.05, beaten_by: float | None = None) -> Ranking:
    """Every interval is as wide as 0.02 on each side."""

    def around(value: float) -> Interval:
        return Interval(value, value - 0.02, value + 0.02)

    top = {share: around(0.1) for share in (10, 20, 30)}
    compared = None if beaten_by is None else around(beaten_by)
    return Ranking(around(qini), compared, top, around(0.05), around(gap), (around(0.05),) * 10)


ALIKE = Interval(0.08, 0.06, 0.10)


def test_a_gain_inside_its_interval_is_none() -> None:
    verdict = decide_verdict({LEARNER: ranking(0.019), RULE: ranking(0.01, beaten_by=0.009)}, ALIKE)
    assert not verdict.moved and verdict.by is None
    assert verdict.words == "no one can be told apart: contact everybody alike (+8.0 points (6.0 to 10.0))"


def test_a_gap_inside_its_interval_is_not_told_of() -> None:
    assert not decide_verdict({LEARNER: ranking(0.03, gap=0.01), RULE: ranking(0.0, beaten_by=0.03)}, ALIKE).moved


@pytest.mark.parametrize(
    ("average", "told"), [(Interval(0.01, -0.01, 0.03), "no effect is shown"), (Interval(-0.05, -0.07, -0.03), "harm")]
)
def test_what_everybody_alike_means_depends_on_the_effect(average: Interval, told: str) -> None:
    assert told in decide_verdict({LEARNER: ranking(0.0), RULE: ranking(0.0, beaten_by=0.0)}, average).words


def test_the_learner_is_said_to_beat_a_rule_only_where_it_is_shown() -> None:
    better = decide_verdict({LEARNER: ranking(0.06), RULE: ranking(0.03, beaten_by=0.03)}, ALIKE)
    assert better.by == LEARNER and "better than by any simple rule" in better.words
    assert "the first 30 % by uplift model move by +10.0 points (8.0 to 12.0)" in better.words
    alike = decide_verdict({LEARNER: ranking(0.04), RULE: ranking(0.03, beaten_by=0.01)}, ALIKE)
    assert alike.by == LEARNER and "not shown to be better than by a rule" in alike.words


def test_a_rule_that_is_credibly_better_or_alone_proven_takes_the_place() -> None:
    worse = decide_verdict({LEARNER: ranking(0.03), RULE: ranking(0.06, beaten_by=-0.03)}, ALIKE)
    alone = decide_verdict({LEARNER: ranking(0.01), RULE: ranking(0.03, beaten_by=-0.02)}, ALIKE)
    assert worse.by == alone.by == RULE and "a simple rule" in alone.words
