"""May a model be used? A decision with its reasons, as data."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.bootstrap import Interval
from models.evaluation import Comparison, Evaluation
from models.suspicions import Suspicion, SuspicionLimits

BASE_RATE = "base rate"


@dataclass(frozen=True)
class GateLimits:
    """What a model must reach; a data scientist may tune it in Python, and it is recorded with every decision."""

    fewest_labels: int = 200
    fewest_of_a_class: int = 50
    least_auc: float = 0.55
    slope_low: float = 0.5
    slope_high: float = 2.0
    largest_ece: float = 0.08
    suspicious: SuspicionLimits = SuspicionLimits()


@dataclass(frozen=True)
class Decision:
    """What scores the outcome: the `model`, a `rule` (named) in its place, or `nothing`; and why."""

    used: Literal["model", "rule", "nothing"]
    reasons: tuple[str, ...]
    rule: str | None = None

    @property
    def refused(self) -> bool:
        return self.used == "nothing"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def too_few_labels(positives: int, negatives: int, limits: GateLimits) -> str | None:
    """Why there are too few labels to train on, or None."""
    if positives + negatives < limits.fewest_labels:
        return f"{positives + negatives:,} labels, at least {limits.fewest_labels:,} are needed"
    if min(positives, negatives) < limits.fewest_of_a_class:
        return f"{positives:,} against {negatives:,} labels, at least {limits.fewest_of_a_class:,} of each are needed"
    return None


def decide(
    evaluation: Evaluation,
    limits: GateLimits,
    suspicions: Sequence[Suspicion] = (),
    yardsticks: Collection[str] = (),
) -> Decision:
    """Use the model if it is better than chance, calibrated, and worse than no rule; else a rule; else nothing.

    Of the rules, the `yardsticks` are models too: one takes over only where it is credibly better, not where the model
    has some other fault that it may share.

    Nothing is used where a suspicion blocks: labels or columns that are wrong are wrong for the rules too.
    A rule takes over only if it is better than chance itself: an AUC of `least_auc` or more, its interval above one
    half, because a large backtest proves the smallest of differences and a list needs more than that. Why a model need
    not be proven better than a rule: docs/decisions/0006-gates.md.
    """
    if blocking := tuple(str(suspicion) for suspicion in suspicions if suspicion.blocks):
        return Decision("nothing", blocking)
    faults = model_faults(evaluation, limits)
    if not faults:
        return Decision("model", tuple(_standing(name, rule) for name, rule in evaluation.rules.items()))
    rules = {
        name: rule
        for name, rule in evaluation.rules.items()
        if name != BASE_RATE and beats_chance(rule.auc, limits) and (name not in yardsticks or rule.gain.high <= 0)
    }
    if not rules:
        return Decision("nothing", (*faults, "no simple rule was better than chance either"))
    best = min(rules, key=lambda name: rules[name].log_loss)
    return Decision("rule", (*faults, f"the rule “{best}” is used instead"), best)


def beats_chance(auc: Interval, limits: GateLimits) -> bool:
    """Whether an AUC says that an order is worth something."""
    return auc.value >= limits.least_auc and auc.low > 0.5


def model_faults(evaluation: Evaluation, limits: GateLimits) -> tuple[str, ...]:
    """Everything that speaks against using the model."""
    faults = []
    if not beats_chance(evaluation.auc, limits):
        faults.append(f"no better than chance: AUC {evaluation.auc.value:.3f}, interval from {evaluation.auc.low:.3f}")
    for name, rule in evaluation.rules.items():
        if rule.gain.high <= 0:
            faults.append(
                f"worse than “{name}”: log loss {rule.gain.value:+.4f} against it, at best {rule.gain.high:+.4f}"
            )
    slope, ece = evaluation.slope.value, evaluation.ece_at_level.value
    if not limits.slope_low <= slope <= limits.slope_high:
        faults.append(f"calibration slope {slope:.2f} outside {limits.slope_low}–{limits.slope_high}")
    if ece > limits.largest_ece:
        faults.append(f"calibration error {ece:.3f} above {limits.largest_ece}, its level aside")
    return tuple(faults)


def _standing(name: str, rule: Comparison) -> str:
    proven = "better than" if rule.gain.low > 0 else "not proven better than"
    return f"{proven} “{name}”: gain {rule.gain.value:+.4f} ({rule.gain.low:+.4f} to {rule.gain.high:+.4f})"
