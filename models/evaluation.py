"""How good predictions are: figures with household-bootstrap intervals, beside those of the simple rules."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.bootstrap import (
    TENTHS,
    Counts,
    Interval,
    auc_interval,
    calibration_interval,
    household_counts,
    interval,
    line_intervals,
    mean_interval,
    mean_intervals,
    ranking_intervals,
    replicate_sums,
)
from models.metrics import at_level, draw_curve, equal_bins, expected_calibration_error, row_losses
from models.training_set import Doubles, Whole

FEWEST_SHOWN = 10  # a smaller slice would tell what single voters said
FEWEST_JUDGED = 50

Groups = Mapping[str, NDArray[np.object_]]


@dataclass(frozen=True)
class Bin:
    """A tenth of the rows by score: what was predicted for it, and what was observed."""

    rows: int
    predicted: float
    observed: Interval


@dataclass(frozen=True)
class Gain:
    """The best `share` of the rows: the share of all positives among them.

    `lift` is of the last tenth of these only: its rate by the overall rate.
    """

    share: float
    reached: Interval
    lift: Interval


@dataclass(frozen=True)
class Comparison:
    """A rule on the same rows: `gain` is its log loss minus the model's, so above zero the model is better.

    Where the level is set aside, each at the observed rate. `reached` is what `Gain.reached` is for the model.
    """

    log_loss: float
    auc: Interval
    gain: Interval
    reached: tuple[float, ...]


@dataclass(frozen=True)
class Slice:
    """The rows of one group; `gain` is against the best rule of the whole.

    `auc` and `ece` are None where there are fewer than `FEWEST_JUDGED` rows or only one class.
    """

    by: str
    name: str
    rows: int
    positives: int
    predicted: float
    observed: float
    log_loss: float
    gain: Interval
    auc: Interval | None
    ece: float | None


@dataclass(frozen=True)
class Evaluation:
    """A model judged on rows that it did not learn from; `judged_on` says which in words.

    `log_loss_at_level` is what is compared with the rules: once the mean is right, where the level is set aside.
    `ece_at_level` is the calibration error once the mean is right: what a stated turnout would leave. `calibration` has
    the lowest scores first, `gains` the highest. AUC and what follows from it are NaN where there is one class only.
    """

    judged_on: str
    rows: int
    positives: int
    mean_score: float
    log_loss: Interval
    log_loss_at_level: Interval
    brier: Interval
    auc: Interval
    ece: Interval
    ece_at_level: Interval
    slope: Interval
    intercept: Interval
    calibration: tuple[Bin, ...]
    gains: tuple[Gain, ...]
    rules: Mapping[str, Comparison]
    slices: tuple[Slice, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(
    p: Doubles,
    label: Doubles,
    household: Whole,
    *,
    rules: Mapping[str, Doubles],
    judged_on: str,
    seed: int,
    groups: Groups | None = None,
    level_aside: bool = False,
) -> Evaluation:
    """Judge predictions that were made out of sample, shape (rows,), beside the rules' predictions of the same rows.

    `groups` says by which slices to judge too: a word for each row under each name. With `level_aside` the model and
    the rules are compared after each was shifted to the observed rate: how many vote is not what a model of who votes
    can know, and a rule must not win by a lucky guess of it.
    """
    counts = household_counts(household, seed)
    level = at_level if level_aside else _as_predicted
    losses = row_losses(p, label)
    compared, standards = row_losses(level(p, label), label), {name: level(rule, label) for name, rule in rules.items()}
    log_loss, brier = mean_intervals(np.column_stack([losses, (p - label) ** 2]), counts)
    auc, gains = _rank(p, label, counts)
    slope, intercept = line_intervals(p, label, counts)
    return Evaluation(
        judged_on=judged_on,
        rows=len(label),
        positives=int(label.sum()),
        mean_score=float(p.mean()),
        log_loss=log_loss,
        log_loss_at_level=mean_interval(compared, counts),
        brier=brier,
        auc=auc,
        ece=calibration_interval(p, label, counts),
        ece_at_level=calibration_interval(at_level(p, label), label, counts, level_known=True),
        slope=slope,
        intercept=intercept,
        calibration=_calibrate(p, label, counts),
        gains=gains,
        rules={name: _compare(compared, rule, label, counts) for name, rule in standards.items()},
        slices=tuple(_slices(p, label, _best_losses(standards, label) - compared, counts, groups or {})),
    )


def _as_predicted(p: Doubles, label: Doubles) -> Doubles:
    return p


def _rank(p: Doubles, label: Doubles, counts: Counts) -> tuple[Interval, tuple[Gain, ...]]:
    auc, reached, lifts = ranking_intervals(p, label, counts)
    return auc, tuple(Gain(*row) for row in zip(TENTHS.tolist(), reached, lifts, strict=True))


def _calibrate(p: Doubles, label: Doubles, counts: Counts) -> tuple[Bin, ...]:
    bins = equal_bins(p)
    numbers = np.unique(bins)
    inside = bins[:, None] == numbers
    sums = replicate_sums(np.column_stack([inside * label[:, None], inside]), counts)
    with np.errstate(invalid="ignore"):
        rates = sums[: len(numbers)] / sums[len(numbers) :]
    return tuple(
        Bin(int(rows.sum()), float(p[rows].mean()), interval(float(label[rows].mean()), rate))
        for rows, rate in zip(inside.T, rates, strict=True)
    )


def _compare(losses: Doubles, rule: Doubles, label: Doubles, counts: Counts) -> Comparison:
    rule_losses = row_losses(rule, label)
    curve = draw_curve(rule, label, np.ones((len(rule), 1)))
    reached = curve.reached(TENTHS)[:, 0]
    gain = mean_interval(rule_losses - losses, counts)
    return Comparison(float(rule_losses.mean()), auc_interval(rule, label, counts), gain, tuple(reached.tolist()))


def _best_losses(rules: Mapping[str, Doubles], label: Doubles) -> Doubles:
    """Row losses of the best rule, or of the observed rate where there is none."""
    standards = tuple(rules.values()) or (np.full(len(label), label.mean()),)
    return min((row_losses(rule, label) for rule in standards), key=lambda losses: float(losses.mean()))


def _slices(p: Doubles, label: Doubles, gains: Doubles, counts: Counts, groups: Groups) -> Iterator[Slice]:
    for by, words in groups.items():
        for name in sorted(set(words.tolist())):
            rows = np.flatnonzero(words == name)
            if len(rows) >= FEWEST_SHOWN:
                yield _slice(by, name, p[rows], label[rows], gains[rows], counts[rows])


def _slice(by: str, name: str, p: Doubles, label: Doubles, gains: Doubles, counts: Counts) -> Slice:
    losses, enough = row_losses(p, label), len(p) >= FEWEST_JUDGED and 0 < label.mean() < 1
    return Slice(
        by=by,
        name=name,
        rows=len(p),
        positives=int(label.sum()),
        predicted=float(p.mean()),
        observed=float(label.mean()),
        log_loss=float(losses.mean()),
        gain=mean_interval(gains, counts),
        auc=auc_interval(p, label, counts) if enough else None,
        ece=expected_calibration_error(p, label) if enough else None,
    )
