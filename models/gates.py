"""May a model be used? A decision with its reasons, as data."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from models.evaluation import Evaluation

BASE_RATE = "base rate"


@dataclass(frozen=True)
class GateLimits:
    """What a model must reach; a data scientist may tune it in Python, and it is recorded with every decision."""

    fewest_labels: int = 200
    fewest_of_a_class: int = 50
    slope_low: float = 0.5
    slope_high: float = 2.0
    largest_ece: float = 0.15


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


def decide(evaluation: Evaluation, limits: GateLimits) -> Decision:
    """Use the model if it beat every rule and is calibrated; else the best rule that beat chance; else nothing."""
    faults = model_faults(evaluation, limits)
    if not faults:
        return Decision("model", ("better than every rule out of sample",))
    rules = {name: rule for name, rule in evaluation.rules.items() if name != BASE_RATE and rule.auc.low > 0.5}
    if not rules:
        return Decision("nothing", (*faults, "no simple rule was better than chance either"))
    best = min(rules, key=lambda name: rules[name].log_loss)
    return Decision("rule", (*faults, f"the rule “{best}” is used instead"), best)


def model_faults(evaluation: Evaluation, limits: GateLimits) -> tuple[str, ...]:
    """Everything that speaks against using the model."""
    faults = []
    if evaluation.auc.low <= 0.5:
        faults.append(f"no better than chance: AUC {evaluation.auc.value:.3f}, interval from {evaluation.auc.low:.3f}")
    for name, rule in evaluation.rules.items():
        if rule.gain.low <= 0:
            faults.append(f"not better than “{name}”: gain {rule.gain.value:+.4f}, interval from {rule.gain.low:+.4f}")
    if not limits.slope_low <= evaluation.slope <= limits.slope_high:
        faults.append(f"calibration slope {evaluation.slope:.2f} outside {limits.slope_low}–{limits.slope_high}")
    if evaluation.ece > limits.largest_ece:
        faults.append(f"calibration error {evaluation.ece:.3f} above {limits.largest_ece}")
    return tuple(faults)
