"""Whether a ranking tells apart who is moved: uplift by decile, the Qini coefficient, intervals, a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_matrix

from models.bootstrap import Interval
from models.experiments import Experiment
from models.training_set import Doubles, Whole

BINS = 100
DECILE = BINS // 10
REPLICATES = 400
AT_ONCE = 100
HEADLINE = 30
TOPS = (10, 20, HEADLINE)
FALSE_CLAIMS = 0.05
TWO_SIDED = float(stats.norm.isf(0.025))
# Cross-fitted scores are judged on each fold by what the others taught, so each pair of folds counts twice. Where there
# is nothing to learn this doubles the variance, which a bootstrap of scores as they are does not see.
CROSS_FITTED = 2**0.5
LEARNER = "uplift model"


@dataclass(frozen=True)
class Ranking:
    """A way to order voters, judged out of sample. Effects and Qini are shares, intervals by cluster bootstrap.

    `qini` is the area under f × uplift of the first share f, less half the average effect: above 0, those ranked first
    are moved more. `beaten_by` is by how much the learner's is higher, None for the learner itself. `top` has the
    effect on the first 10, 20 and 30 %, `last` that on the last 30 %, `gap` by how much the first 30 % are moved more
    than those; `deciles` has that on each tenth.
    """

    qini: Interval
    beaten_by: Interval | None
    top: Mapping[int, Interval]
    last: Interval
    gap: Interval
    deciles: tuple[Interval, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether anyone can be told apart (`moved`), by which ranking, and the same in words."""

    moved: bool
    by: str | None
    words: str


def judge_rankings(
    rankings: Mapping[str, Doubles], experiment: Experiment, fold: Whole, *, seed: int
) -> dict[str, Ranking]:
    """Judge rankings, higher scores first, each fold ranked by itself; one of them is the learner's.

    Intervals of Qini and gap hold for all rankings at once: if nobody can be told apart, one of them is above zero in
    at most `FALSE_CLAIMS` of all experiments. Those of effects are 95 % intervals, one by one.
    """
    bins = {name: rank_bins(score, fold, seed) for name, score in rankings.items()}
    drawn = _draw_clusters(experiment.cluster, seed)
    curves = {name: _Curve(experiment, place, drawn) for name, place in bins.items()}
    wide = float(stats.norm.isf(FALSE_CLAIMS / len(rankings)))
    learner = curves[LEARNER].qini()
    return {
        name: Ranking(
            qini=_interval(curve.qini(), wide),
            beaten_by=None if name == LEARNER else _interval(learner - curve.qini(), wide),
            top={share: _interval(curve.effect(0, share)) for share in TOPS},
            last=_interval(curve.effect(BINS - HEADLINE, BINS)),
            gap=_interval(curve.effect(0, HEADLINE) - curve.effect(BINS - HEADLINE, BINS), wide),
            deciles=tuple(_interval(curve.effect(at, at + DECILE)) for at in range(0, BINS, DECILE)),
        )
        for name, curve in curves.items()
    }


def decide_verdict(rankings: Mapping[str, Ranking], average: Interval) -> Verdict:
    """The learner where it tells voters apart, unless a rule does so credibly better; else the best rule that does.

    A difference inside its interval is never claimed: neither the Qini nor the gap that the words tell of.
    """
    proven = {name: one for name, one in rankings.items() if min(one.qini.low, one.gap.low) > 0}
    if not proven:
        return Verdict(False, None, _all_alike(average))
    beaten = [name for name, one in proven.items() if one.beaten_by is not None and one.beaten_by.high < 0]
    candidates = {LEARNER: proven[LEARNER]} if LEARNER in proven and not beaten else proven
    by = max(candidates, key=lambda name: candidates[name].qini.value)
    one = rankings[by]
    moved = f"the first {HEADLINE} % by {by} move by {_points(one.top[HEADLINE])}, the last {HEADLINE} % by"
    return Verdict(True, by, f"{moved} {_points(one.last)}; {_compared(by, rankings)}")


def _compared(by: str, rankings: Mapping[str, Ranking]) -> str:
    if by != LEARNER:
        return "this is a simple rule, and the uplift model is not shown to know more"
    as_good = [name for name, one in rankings.items() if one.beaten_by is not None and one.beaten_by.low <= 0]
    told = f"not shown to be better than by {' or by '.join(as_good)}"
    return told if as_good else "better than by any simple rule"


def _all_alike(average: Interval) -> str:
    if average.high < 0:
        return f"no one can be told apart, and contact does harm ({_points(average)}): contact nobody in this way"
    if average.low <= 0:
        return f"no one can be told apart, and no effect is shown ({_points(average)})"
    return f"no one can be told apart: contact everybody alike ({_points(average)})"


def _points(effect: Interval) -> str:
    return f"{effect.value * 100:+.1f} points ({effect.low * 100:.1f} to {effect.high * 100:.1f})"


def rank_bins(score: Doubles, fold: Whole, seed: int) -> Whole:
    """The bin from 0 (highest) to 99 of each row among its fold; ties are broken by lot.

    Scores of different folds are of different models, so only their order within the fold means something.
    """
    lot = np.random.default_rng(seed).random(len(score))
    order = np.lexsort((lot, -score, fold))
    sizes = np.unique(fold, return_counts=True)[1]
    place = np.concatenate([np.arange(size) * BINS // size for size in sizes])
    bins = np.empty(len(score), np.int64)
    bins[order] = place
    return bins


def _draw_clusters(cluster: Whole, seed: int) -> NDArray[np.int8]:
    """How often each cluster counts: once each in the first column, then drawn (Poisson bootstrap)."""
    count = len(np.unique(cluster))
    drawn = np.random.default_rng(seed).poisson(1.0, size=(count, 1 + REPLICATES)).astype(np.int8)
    drawn[:, 0] = 1
    return drawn


class _Curve:
    """Sums of a ranking's bins, as observed (column 0) and in each replicate; shape (bins, 1 + replicates)."""

    def __init__(self, experiment: Experiment, bins: Whole, drawn: NDArray[np.int8]) -> None:
        _, cluster = np.unique(experiment.cluster, return_inverse=True)
        shape = (BINS, len(drawn))
        weights = {
            "treated": experiment.overlap * experiment.assigned,
            "others": experiment.overlap * (1 - experiment.assigned),
            "rows": np.ones(len(bins)),
        }
        weights |= {f"{name} outcome": weights[name] * experiment.outcome for name in ("treated", "others")}
        self.sums = {
            name: np.cumsum(_multiply(csr_matrix((values, (bins, cluster)), shape=shape), drawn), axis=0)
            for name, values in weights.items()
        }

    def effect(self, start: int, stop: int) -> Doubles:
        """The difference between the arms over bins from `start` up to `stop`, observed and in each replicate."""
        total = {name: sums[stop - 1] - (sums[start - 1] if start else 0.0) for name, sums in self.sums.items()}
        return np.asarray(_ratio(total, "treated") - _ratio(total, "others"))

    def qini(self) -> Doubles:
        """The area under f × uplift(f) by the trapezoid rule, less half the effect on all."""
        share = self.sums["rows"] / self.sums["rows"][-1]
        uplift = _ratio(self.sums, "treated") - _ratio(self.sums, "others")
        gained = np.vstack([np.zeros(share.shape[1]), share * uplift])
        steps = np.diff(share, axis=0, prepend=0.0)
        return np.asarray((steps * (gained[1:] + gained[:-1]) / 2).sum(axis=0) - uplift[-1] / 2)


def _multiply(matrix: csr_matrix, drawn: NDArray[np.int8]) -> Doubles:
    """`matrix @ drawn`, some replicates at a time: the draws are kept as bytes, and multiplied as doubles."""
    pieces = (drawn[:, at : at + AT_ONCE].astype(np.float64) for at in range(0, drawn.shape[1], AT_ONCE))
    return np.hstack([matrix @ piece for piece in pieces])


def _ratio(sums: Mapping[str, Doubles], arm: str) -> Doubles:
    """The mean outcome of an arm; 0 where a replicate drew none of it."""
    return np.asarray(sums[f"{arm} outcome"] / np.where(sums[arm] > 0, sums[arm], np.inf))


def _interval(values: Doubles, width: float = TWO_SIDED) -> Interval:
    """The observed value in place 0, with `width` honest standard errors on each side."""
    margin = width * CROSS_FITTED * float(values[1:].std())
    return Interval(float(values[0]), float(values[0]) - margin, float(values[0]) + margin)
