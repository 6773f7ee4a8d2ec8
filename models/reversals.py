"""Labels the wrong way round: what must go with them goes against them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.area_totals import AREAS
from models.metrics import auc_and_error
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, TrainingSet

# How far, in logits, what an area says may lie from what its certified results say for no reason that we know: about
# the spread of areas left in multilevel models of votes that know the past vote. It keeps a handful of areas from
# proving anything by their agreement among themselves; where they differ more, that is taken.
AREA_SPREAD = 0.15
LOGITS_A_SHARE = 4.0  # near one half


@dataclass(frozen=True)
class Expected:
    """What labels of an outcome must show if they are the right way round; part of its declaration.

    They must not fall with the features `rises_with`; with `follows_results` set, not run against certified results.
    `remedy` says what to look at when they do.
    """

    rises_with: tuple[str, ...] = ()
    follows_results: bool = False
    remedy: str = "check that the labels are the right way round"


PAST_VOTES = Expected(
    rises_with=("share_all", "share_like", "votes_of_last_4", "voted_last_all"),
    remedy="the vote history looks reversed: check that its rows are votes cast, not votes missed",
)
CERTIFIED_RESULTS = Expected(
    follows_results=True,
    remedy="the response scale looks reversed: check that 1 is strong support (and 5 strong opposition),"
    " and that votes_for of the results are the votes for the campaign's side",
)
UNCHECKED = "nothing that was imported tells whether the labels are the right way round"
IMPORT_RESULTS = "results by precinct would: `propensity import results FILE`"


@dataclass(frozen=True)
class Evidence:
    """Something that must go with the labels: `surety` is by how many standard errors it does, negative against.

    What `acquits` says that labels are right where it goes with them; an earlier model may have learned the same error.
    """

    what: str
    surety: float
    acquits: bool = True


def suspect_reversal(
    data: TrainingSet, previous: Doubles | None, expected: Expected, limits: SuspicionLimits
) -> Iterator[Suspicion]:
    """Labels that run against what they must go with, in any era.

    `previous` are the scores of the rows by an earlier model on which lists were built, NaN where it has none. It
    blocks where something credibly runs against the labels and nothing that was observed goes with them as surely.
    """
    for era in np.unique(data.era):
        rows = data.era == era
        here = data.take(rows)
        found = [
            *_past(here, expected.rises_with),
            *(_results(here) if expected.follows_results else ()),
            *(_earlier(here, previous[rows]) if previous is not None else ()),
        ]
        if expected.follows_results and not any(abs(one.surety) > limits.surest for one in found):
            yield Suspicion("unchecked", UNCHECKED, IMPORT_RESULTS, blocks=False)
        against = [one for one in found if one.surety < -limits.surest]
        withs = [one for one in found if one.surety > limits.surest and one.acquits]
        if against:
            said = "the labels run against " + _name(against) + (f", though with {_name(withs)}" if withs else "")
            blocks = max(-one.surety for one in against) > max((one.surety for one in withs), default=0.0)
            yield Suspicion("reversed", said, expected.remedy, blocks=blocks)


def _name(found: Sequence[Evidence]) -> str:
    return ", ".join(f"{one.what} ({one.surety:+.1f} standard errors)" for one in found)


def _past(data: TrainingSet, features: Sequence[str]) -> Iterator[Evidence]:
    for name in (feature for feature in features if feature in data.features):
        values = data.features[name].to_numpy(np.float64)
        yield from _ordering(f"“{name}”", data, values)


def _earlier(data: TrainingSet, previous: Doubles) -> Iterator[Evidence]:
    yield from _ordering("the previous model's scores", data, previous, acquits=False)


def _ordering(what: str, data: TrainingSet, values: Doubles, *, acquits: bool = True) -> Iterator[Evidence]:
    known = ~np.isnan(values)
    area, error = auc_and_error(values[known], data.label[known], data.household[known])
    if error > 0:
        yield Evidence(what, (area - 0.5) / error, acquits)


def _results(data: TrainingSet) -> Iterator[Evidence]:
    """Area by area: the labels against the side's share, and the party that goes with the side against the other."""
    for area in AREAS:
        lean = f"{area}_lean"
        if lean not in data.features or data.features[lean].nunique() < 2:
            continue
        table = _by_area(data, area)
        said = np.log((table["positives"] + 0.5) / (table["rows"] - table["positives"] + 0.5))
        noise = 1 / (table["rows"] + 1) / _variance((table["positives"] + 0.5) / (table["rows"] + 1))
        yield Evidence(f"the certified results of the {area}", _slope(table["lean"], said, AREA_SPREAD**2 + noise))
        if {"party", f"{area}_party_1", f"{area}_party_2"} <= set(data.features):
            yield from _sides(data, area, table["lean"])


def _by_area(data: TrainingSet, area: str) -> Mapping[str, Doubles]:
    """Per area, told by its results: rows, positives, and the side's share, about in logits, from any origin."""
    grouped = pd.Series(data.label).groupby(data.features[f"{area}_lean"].to_numpy(np.float64))
    lean = LOGITS_A_SHARE * np.asarray(grouped.count().index, np.float64)
    return {"rows": grouped.count().to_numpy(np.float64), "positives": grouped.sum().to_numpy(np.float64), "lean": lean}


def _sides(data: TrainingSet, area: str, lean: Doubles) -> Iterator[Evidence]:
    """Where the results say which of the two largest parties goes with the side: its members against the other's."""
    lead = data.features[f"{area}_party_1"] - data.features[f"{area}_party_2"]
    leads = lead.groupby(data.features[f"{area}_lean"]).mean().to_numpy(np.float64)
    surety = _slope(leads, lean, np.full(len(lean), AREA_SPREAD**2))
    party = data.features["party"].to_numpy(np.float64)
    both = np.isin(party, (1.0, 2.0))
    first, error = auc_and_error((party[both] == 1.0).astype(np.float64), data.label[both], data.household[both])
    if error > 0:
        members = np.sign(surety) * (first - 0.5) / error
        weaker = min(abs(members), abs(surety))
        yield Evidence(f"the party that the results of the {area} go with", float(np.sign(members) * weaker))


def _slope(x: Doubles, y: Doubles, variance: Doubles) -> float:
    """By how many standard errors `y` rises with `x`; 0 where `x` does not vary.

    `variance` is what each `y` has at least; the standard error is wider where they scatter more than that.
    """
    away, height = x - np.average(x, weights=1 / variance), y - np.average(y, weights=1 / variance)
    information = float(np.sum(away**2 / variance))
    if information == 0:
        return 0.0
    slope = float(np.sum(away * height / variance)) / information
    scatter = float(np.sum((height - slope * away) ** 2 / variance)) / max(len(x) - 2, 1)
    return slope * float(np.sqrt(information / max(1.0, scatter)))


def _variance(share: Doubles) -> Doubles:
    return share * (1 - share)
