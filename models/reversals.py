"""Labels the wrong way round: what must go with them goes against them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.area_totals import AREAS
from models.calibration import to_logit
from models.metrics import auc_and_error
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, TrainingSet

# How far, in logits, what an area says may lie from what its certified results say for no reason that we know. It
# keeps a handful of areas from proving anything by their agreement among themselves.
AREA_SPREAD = 0.3
SHARE_EDGE = 0.02


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


@dataclass(frozen=True)
class Evidence:
    """Something that must go with the labels: `surety` is by how many standard errors it does, negative against."""

    what: str
    surety: float


def suspect_reversal(
    data: TrainingSet, previous: Doubles | None, expected: Expected, limits: SuspicionLimits
) -> Iterator[Suspicion]:
    """Labels that run against what they must go with, in any era; `previous` are an earlier model's scores of the rows.

    It blocks where something credibly runs against the labels and nothing credibly goes with them.
    """
    for era in np.unique(data.era):
        rows = data.era == era
        here = data.take(rows)
        found = [
            *_past(here, expected.rises_with),
            *(_results(here) if expected.follows_results else ()),
            *(_earlier(here, previous[rows]) if previous is not None else ()),
        ]
        against = [one for one in found if one.surety < -limits.surest]
        withs = [one for one in found if one.surety > limits.surest]
        if against:
            said = "the labels run against " + _name(against) + (f", though with {_name(withs)}" if withs else "")
            yield Suspicion("reversed", said, expected.remedy, blocks=not withs)


def _name(found: Sequence[Evidence]) -> str:
    return ", ".join(f"{one.what} ({one.surety:+.1f} standard errors)" for one in found)


def _past(data: TrainingSet, features: Sequence[str]) -> Iterator[Evidence]:
    for name in features:
        values = data.features[name].to_numpy(np.float64)
        yield from _ordering(f"“{name}”", data, values)


def _earlier(data: TrainingSet, previous: Doubles) -> Iterator[Evidence]:
    yield from _ordering("the previous model's scores", data, previous)


def _ordering(what: str, data: TrainingSet, values: Doubles) -> Iterator[Evidence]:
    known = ~np.isnan(values)
    area, error = auc_and_error(values[known], data.label[known], data.household[known])
    if error > 0:
        yield Evidence(what, (area - 0.5) / error)


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
        yield from _sides(data, area, table)


def _by_area(data: TrainingSet, area: str) -> Mapping[str, Doubles]:
    """Per area, told by its results: rows, positives, the side's share as a logit, and the lead of the first party."""
    values = {name: data.features[f"{area}_{name}"].to_numpy(np.float64) for name in ("lean", "party_1", "party_2")}
    rows = pd.DataFrame({"lean": values["lean"], "lead": values["party_1"] - values["party_2"], "label": data.label})
    grouped = rows.groupby("lean")
    share = np.clip(np.asarray(grouped["label"].count().index, np.float64), SHARE_EDGE, 1 - SHARE_EDGE)
    return {
        "rows": grouped["label"].count().to_numpy(np.float64),
        "positives": grouped["label"].sum().to_numpy(np.float64),
        "lean": to_logit(share),
        "lead": grouped["lead"].mean().to_numpy(np.float64),
    }


def _sides(data: TrainingSet, area: str, table: Mapping[str, Doubles]) -> Iterator[Evidence]:
    """Where the results say which of the two largest parties goes with the side: its members against the other's."""
    surety = _slope(table["lead"], table["lean"], np.full(len(table["lead"]), AREA_SPREAD**2))
    party = data.features["party"].to_numpy(np.float64)
    both = np.isin(party, (1.0, 2.0))
    first, error = auc_and_error((party[both] == 1.0).astype(np.float64), data.label[both], data.household[both])
    if error > 0:
        members = np.sign(surety) * (first - 0.5) / error
        weaker = min(abs(members), abs(surety))
        yield Evidence(f"the party that the results of the {area} go with", float(np.sign(members) * weaker))


def _slope(x: Doubles, y: Doubles, variance: Doubles) -> float:
    """By how many standard errors `y` rises with `x`, given the variance of each `y`; 0 where `x` does not vary."""
    away = x - np.average(x, weights=1 / variance)
    information = float(np.sum(away**2 / variance))
    return float(np.sum(away * y / variance)) / np.sqrt(information) if information > 0 else 0.0


def _variance(share: Doubles) -> Doubles:
    return share * (1 - share)
