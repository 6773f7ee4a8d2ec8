"""The report's tables: rows of words, ready to be shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from pipelines.charts import draw_interval
from pipelines.figures import value_of
from pipelines.report_data import ReportData
from pipelines.report_words import best_rule, decimal, percent, points, signed, spread

SLICES_SHOWN = 10
MARGINS_SHOWN = 12


@dataclass(frozen=True)
class Cell:
    """A figure and its interval."""

    figure: str
    interval: str = ""


@dataclass(frozen=True)
class FigureRow:
    """A figure of the model and, in the order of the columns, of the rules; `hint` says what is good."""

    name: str
    hint: str
    model: Cell
    rules: tuple[Cell, ...]


@dataclass(frozen=True)
class SliceRow:
    """A group of voters: how well it is predicted; `tone`, `sign` and `word` say whether the model helps there."""

    group: str
    rows: int
    predicted: str
    observed: str
    off: str
    far: bool
    gain: str
    strip: str
    tone: str
    sign: str
    word: str


@dataclass(frozen=True)
class ModelChange:
    """An outcome now and in the report before, in words."""

    outcome: str
    model: str
    figures: tuple[tuple[str, str, str], ...]


def rule_order(evaluation: Mapping[str, Any]) -> list[str]:
    """The rules, the best first."""
    best = best_rule(evaluation)
    rules = evaluation["rules"]
    return sorted(rules, key=lambda name: (name != best, value_of(rules[name]["log_loss"])))


def figure_rows(evaluation: Mapping[str, Any]) -> list[FigureRow]:
    """Every figure of the judgement, the model beside its rules."""
    rules = [evaluation["rules"][name] for name in rule_order(evaluation)]
    nothing = (Cell("–"),) * len(rules)
    gains = tuple(Cell(signed(rule["gain"]["value"]), spread(rule["gain"], signed)) for rule in rules)
    return [
        FigureRow("Log loss", "lower is better; of elections, with the level right", *_log_losses(evaluation, rules)),
        FigureRow("Gain of the model over it", "above 0: the model is better", Cell("–"), gains),
        FigureRow("AUC", "order; 0.5 is chance", *_beside(evaluation, rules, "auc")),
        *_reached_row(evaluation, rules),
        *(FigureRow(name, hint, _cell(evaluation[key]), nothing) for key, name, hint in ALONE if key in evaluation),
    ]


ALONE = (
    ("log_loss", "Log loss as predicted", "with the level that was expected"),
    ("brier", "Brier score", "lower is better"),
    ("ece", "Calibration error", "mean distance of scored and happened"),
    ("ece_at_level", "… once the level is right", "what a stated level would leave"),
    ("slope", "Calibration slope", "1 is right; below: scores too extreme"),
    ("intercept", "Calibration intercept", "0 is right; below: scores too high"),
)


def _beside(evaluation: Mapping[str, Any], rules: list[Mapping[str, Any]], key: str) -> tuple[Cell, tuple[Cell, ...]]:
    return _cell(evaluation[key]), tuple(_cell(rule[key]) for rule in rules)


def _log_losses(evaluation: Mapping[str, Any], rules: list[Mapping[str, Any]]) -> tuple[Cell, tuple[Cell, ...]]:
    return _cell(evaluation["log_loss_at_level"]), tuple(_cell(rule["log_loss"]) for rule in rules)


def _cell(figure: float | Mapping[str, float]) -> Cell:
    return Cell(decimal(value_of(figure)), spread(figure))


def _reached_row(evaluation: Mapping[str, Any], rules: list[Mapping[str, Any]]) -> Iterator[FigureRow]:
    for place, gain in enumerate(evaluation.get("gains", ())):
        if abs(gain["share"] - 0.2) < 0.01:
            model = Cell(percent(gain["reached"]["value"], 1), spread(gain["reached"], lambda share: percent(share, 1)))
            others = tuple(Cell(percent(rule["reached"][place], 1) if rule.get("reached") else "–") for rule in rules)
            yield FigureRow("Held by the best 20 %", "higher is better", model, others)


def slice_rows(evaluation: Mapping[str, Any]) -> tuple[list[SliceRow], int]:
    """Groups by harm: first where the rule is proven better, then by the model's gain; and how many are not shown."""
    rows = sorted(evaluation.get("slices", ()), key=lambda one: (_helps(one["gain"]), one["gain"]["value"]))
    shown = rows[:SLICES_SHOWN]
    most = max((abs(one["gain"][end]) for one in shown for end in ("low", "high")), default=0.0)
    return [_slice_row(one, most) for one in shown], max(len(rows) - SLICES_SHOWN, 0)


HELPS = (("bad", "✕", "worse"), ("quiet", "–", "unproven"), ("good", "✓", "better"))


def _helps(gain: Mapping[str, float]) -> int:
    """0 where the rule is proven better, 2 where the model is, 1 between."""
    return 0 if gain["high"] < 0 else 2 if gain["low"] > 0 else 1


def _slice_row(one: Mapping[str, Any], most: float) -> SliceRow:
    tone, sign, word = HELPS[_helps(one["gain"])]
    off = one["predicted"] - one["observed"]
    chance = sqrt(max(one["observed"] * (1 - one["observed"]), 0.01) / max(one["rows"], 1))
    return SliceRow(
        group=f"{one['by']}: {one['name']}",
        rows=one["rows"],
        predicted=percent(one["predicted"]),
        observed=percent(one["observed"]),
        off=points(off),
        far=abs(off) > max(2 * chance, 0.03),
        gain=signed(one["gain"]["value"]),
        strip=draw_interval(one["gain"], most),
        tone=tone,
        sign=sign,
        word=word,
    )


def margin_rows(weighting: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], int]:
    """Groups of those who answered, farthest from their share of the file first; and how many are not shown."""
    rows = sorted(weighting.get("margins", ()), key=lambda one: -abs(one["file"] - one["answered"]))
    return rows[:MARGINS_SHOWN], max(len(rows) - MARGINS_SHOWN, 0)


def importance_rows(shares: Mapping[str, float]) -> list[tuple[str, float, float]]:
    """Topics with their share and their length beside the longest, the largest first."""
    most = max(shares.values(), default=0.0) or 1.0
    return [(topic, share, share / most) for topic, share in sorted(shares.items(), key=lambda one: -one[1])]


def model_changes(data: ReportData) -> list[ModelChange]:
    """Each outcome of this run beside the report before."""
    before = data.before.outcomes if data.before else {}
    changes = []
    for name, now in data.figures.items():
        if (then := before.get(name)) is None:
            continue
        same = "the same model" if now.model == then.model else "a new model"
        figures = [
            (label, decimal(old), decimal(new))
            for label, old, new in (
                ("log loss", then.log_loss, now.log_loss),
                ("AUC", then.auc, now.auc),
                ("mean score", then.mean, now.mean),
            )
            if old is not None and new is not None
        ]
        state = [("state", then.state, now.state)] if then.state != now.state else []
        changes.append(ModelChange(name, same, (*state, *figures)))
    return changes
