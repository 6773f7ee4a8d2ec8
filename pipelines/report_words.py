"""The report's sentences and the way it writes figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Any

from models.gates import BASE_RATE
from models.outcomes import OUTCOMES, Outcome
from pipelines.figures import value_of
from pipelines.records import OutcomeRecord
from pipelines.report_data import ReportData

FRESH_DAYS = 7

USED = "used"
TONES = {
    "model": ("good", "✓", USED),
    "rule": ("caution", "!", "a simple rule instead"),
    "refused": ("bad", "✕", "refused"),
    "skipped": ("quiet", "–", "not trained"),
}


@dataclass(frozen=True)
class Verdict:
    """What became of an outcome: a `tone` for its colour, a `sign` and a `word` for those who see none, a sentence."""

    tone: str
    sign: str
    word: str
    sentence: str


def did(name: str) -> str:
    """What those did for whom the outcome came true."""
    return next((outcome.did for outcome in OUTCOMES if outcome.name == name), Outcome.did)


def judge(name: str, record: OutcomeRecord) -> Verdict:
    """The verdict on an outcome in a sentence."""
    sentences = {
        "model": f"{name.capitalize()} is scored by its model, {compare(record.evaluation)}.",
        "rule": "The model did not pass; a simple rule, which is better than chance, scores in its place.",
        "refused": "The gate refused it, and no simple rule takes its place. The scores are for study alone: no list "
        "is built on them, and those published before stay as they are.",
        "skipped": "There was not enough to learn from, so nothing was trained, and the lists that need it wait.",
    }
    return Verdict(*TONES[record.state], sentences[record.state])


def compare(evaluation: Mapping[str, Any] | None) -> str:
    """How a model compares with the best simple rule."""
    rule = best_rule(evaluation)
    if evaluation is None or rule is None:
        return "which no simple rule was there to compare with"
    gain = evaluation["rules"][rule]["gain"]
    if gain["low"] > 0:
        return f"which predicts better than the best simple rule ({rule})"
    if gain["high"] < 0:
        return f"although the best simple rule ({rule}) predicts better"
    return f"which the best simple rule ({rule}) neither beats nor is proven to lose to"


def best_rule(evaluation: Mapping[str, Any] | None) -> str | None:
    """The rule with the lowest log loss; the base rate, which ranks nobody, only if it is the only one."""
    rules = evaluation["rules"] if evaluation else {}
    named = [name for name in rules if name != BASE_RATE] or list(rules)
    return min(named, key=lambda name: value_of(rules[name]["log_loss"]), default=None)


def say_findings(name: str, evaluation: Mapping[str, Any]) -> list[str]:
    """What the judgement means for a campaign, a sentence each."""
    return [
        f"Judged on {evaluation['judged_on']}: {evaluation['rows']:,} voters whom it had not seen.",
        *_say_scored(name, evaluation.get("calibration", ())),
        *_say_reached(name, evaluation),
    ]


def _say_scored(name: str, bins: Any) -> list[str]:
    """What became of those scored near three in four."""
    bins = [one for one in bins if not isnan(one["observed"]["value"])]
    if not bins:
        return []
    one = min(bins, key=lambda found: abs(found["predicted"] - 0.75))
    seen = one["observed"]
    margin = f"{100 * seen['low']:.0f} to {100 * seen['high']:.0f}"
    count = f"{100 * seen['value']:.0f}"
    return [f"Of 100 voters scored about {100 * one['predicted']:.0f}, {count} {did(name)} (margin {margin})."]


def _say_reached(name: str, evaluation: Mapping[str, Any]) -> list[str]:
    """What the best fifth holds, beside what the rule's best fifth holds."""
    fifth = next((gain for gain in evaluation.get("gains", ()) if abs(gain["share"] - 0.2) < 0.01), None)
    if fifth is None or isnan(fifth["reached"]["value"]):
        return []
    told = f"The best-scored 20\N{NO-BREAK SPACE}% hold {percent(fifth['reached']['value'], 1)} of all who {did(name)}"
    rule = best_rule(evaluation)
    reached = evaluation["rules"][rule].get("reached") if rule else None
    return [f"{told}; by {rule} alone it would be {percent(reached[1], 1)}." if reached else f"{told}."]


def say_whole(data: ReportData) -> str:
    """The whole run in a sentence or two."""
    outcomes = data.training.outcomes if data.training else {}
    trusted = [name for name, record in outcomes.items() if record.trusted]
    kept = [name for name in outcomes if name not in trusted]
    scores = f"Lists may be built on the {join(trusted)} score{'s' if len(trusted) > 1 else ''}"
    first = scores if trusted else "No score can be used yet"
    then = f", not on {join(kept)}" if trusted and kept else ""
    live = len(data.lists)
    lists = f"{live} list{'s are' if live != 1 else ' is'} live" if live else "No list is live"
    return f"{first}{then}. {lists}."


def say_age(data: ReportData) -> tuple[str, bool]:
    """How old the data were when the run was made, and whether that is old."""
    days = (data.made - data.data_of).days
    age = {0: "of the same day", 1: "one day old"}.get(days, f"{days} days old")
    return f"{say_day(data.data_of)}, {age}", days > FRESH_DAYS


def say_limits(data: ReportData) -> list[str]:
    """What the scores of this run do not know, a sentence each."""
    outcomes = data.training.outcomes if data.training else {}
    limits = [
        "Turnout may be higher or lower than in every past election: the order of voters is safer than the level.",
        "Those whom volunteers reached are no random sample. Weights correct what the voter file shows, no more.",
        "Little is known of voters without a history: their scores are near the mean of their age and area.",
    ]
    limits += [
        f"{name.capitalize()}: nothing is known ({'; '.join(r.reasons)})."
        for name, r in outcomes.items()
        if not r.trusted
    ]
    if say_age(data)[1]:
        limits.append(
            f"The data are {(data.made - data.data_of).days} days old: who moved or died since is still in them."
        )
    return limits


def join(words: list[str]) -> str:
    """Words as a list in a sentence."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def say_day(day: date) -> str:
    """A date as people write it."""
    return f"{day:%-d %b %Y}"


def percent(share: float, places: int = 0) -> str:
    """A share in percent; a dash where there is none."""
    return "–" if isnan(share) else f"{100 * share:.{places}f}\N{NO-BREAK SPACE}%".replace("-", "−")


def points(difference: float) -> str:
    """A difference of shares in points, with its sign."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}".replace("-", "−")


def decimal(figure: float, places: int = 3) -> str:
    """A figure with three places; a dash where there is none."""
    return "–" if isnan(figure) else f"{figure:.{places}f}".replace("-", "−")


def signed(figure: float) -> str:
    """A figure with its sign and four places."""
    return f"{figure:+.4f}".replace("-", "−")


def spread(figure: float | Mapping[str, float], write: Any = decimal) -> str:
    """The interval of a figure, or nothing where none was taken."""
    if not isinstance(figure, Mapping) or isnan(figure["low"]):
        return ""
    return f"{write(figure['low'])} to {write(figure['high'])}"
