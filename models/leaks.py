"""Columns that are too good to be true: they hold the label, or what only became known with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from models.metrics import auc_and_error
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, TrainingSet, Whole

OWN_COLUMN = "extra_"
CELLS = 10
SMOOTHING = 5.0
ROWS_AN_ERA = 10_000
FEWEST_OF_A_CLASS = 20
CREDIBLE = 1.96
CONSPICUOUS_AUC = 0.55
CALENDAR_YEARS = (1900, 2100)
LIKE_DATES = 0.95
REMEDY = "leave it out of the mapping, unless it was known of everybody before a label of anybody"

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Telling:
    """How much one column alone tells of the label in one era; `low` and `high` enclose the AUC."""

    column: str
    era: int
    auc: float
    error: float

    @property
    def low(self) -> float:
        return self.auc - CREDIBLE * self.error

    @property
    def own(self) -> bool:
        """Whether it is a column that the campaign added, about which nothing is known."""
        return self.column.startswith(OWN_COLUMN)

    def __str__(self) -> str:
        return f"“{self.column}” (AUC {self.auc:.3f})"


def tell_each(data: TrainingSet) -> tuple[Telling, ...]:
    """Every column by itself in every era, the most telling first; at most `ROWS_AN_ERA` rows are looked at."""
    found = []
    for era in np.unique(data.era):
        rows = np.flatnonzero(data.era == era)
        some = data.take(rows[:: -(-len(rows) // ROWS_AN_ERA)])
        if FEWEST_OF_A_CLASS <= some.label.sum() <= len(some) - FEWEST_OF_A_CLASS:
            found += [_tell(some, column, int(era)) for column in some.features.columns]
    return tuple(sorted(found, key=lambda one: one.auc, reverse=True))


def suspect_columns(tellings: Sequence[Telling], limits: SuspicionLimits) -> Iterator[Suspicion]:
    """Columns that nearly give the label by themselves; each is named once."""
    named: set[str] = set()
    for one in tellings:
        limit = limits.largest_column_auc if one.own else limits.largest_feature_auc
        if one.low > limit and one.column not in named:
            named.add(one.column)
            yield Suspicion("leak", f"the column {one} alone all but gives the label away", REMEDY)


def suspect_foresight(tellings: Sequence[Telling], limits: SuspicionLimits) -> Iterator[Suspicion]:
    """The campaign's columns that tell more of a past election than all that was known before it.

    They are as of today: a vendor's turnout score, or the year of the last vote, has seen the elections it would have
    to foresee here.
    """
    for era in sorted({one.era for one in tellings}):
        here = [one for one in tellings if one.era == era]
        best = max((one.auc for one in here if not one.own), default=0.5)
        for one in here:
            if one.own and one.low > limits.foresight_auc and one.auc > best + limits.foresight_lead:
                what = f"the column {one} tells more of a past election than any past vote (AUC {best:.3f})"
                yield Suspicion("leak", what, REMEDY)


def suspect_dates(data: TrainingSet, days: Sequence[date]) -> Iterator[Suspicion]:
    """The campaign's columns of dates or years, some of them after the election of that era, given as its day.

    It blocks where being dated afterwards goes with the label.
    """
    for column in (name for name in data.features.columns if name.startswith(OWN_COLUMN)):
        if column in data.categories or not _like_dates(data.features[column].to_numpy(np.float64)):
            continue
        for era, day in enumerate(days):
            rows = data.take(data.era == era)
            after = _dated_after(rows.features[column].to_numpy(np.float64), day)
            if after.any():
                area, error = auc_and_error(after.astype(np.float64), rows.label, rows.household)
                what = f"{after.sum():,} voters have a date after the election of {day} in the column “{column}”"
                blocks = abs(area - 0.5) - CREDIBLE * error > CONSPICUOUS_AUC - 0.5
                yield Suspicion("leak", what, REMEDY, blocks)


def suspect_model(
    p: Doubles, label: Doubles, household: Whole, tellings: Sequence[Telling], limits: SuspicionLimits
) -> Iterator[Suspicion]:
    """A model that is too good, with the columns that tell most."""
    area, error = auc_and_error(p, label, household)
    if area - CREDIBLE * error > limits.largest_auc:
        top = list(dict.fromkeys(one.column for one in tellings))[:3]
        first = [next(one for one in tellings if one.column == column) for column in top]
        what = f"probable leakage, the model's AUC is {area:.3f}; most telling are {', '.join(map(str, first))}"
        yield Suspicion("leak", what, "leave out what was not known before the labels, and train again")


def _tell(data: TrainingSet, column: str, era: int) -> Telling:
    """Rates by word or by range of the number, each half of the households judged by the rates of the other."""
    values = data.features[column].to_numpy(np.float64)
    cell = _cells(values, category=column in data.categories)
    half, overall = data.household % 2, float(data.label.mean())
    p = np.empty(len(data))
    for side in (0, 1):
        learn, judge = half != side, half == side
        rows, positives = (np.bincount(cell[learn], w, cell.max() + 1) for w in (None, data.label[learn]))
        p[judge] = ((positives + SMOOTHING * overall) / (rows + SMOOTHING))[cell[judge]]
    return Telling(column, era, *auc_and_error(p, data.label, data.household))


def _cells(values: Doubles, *, category: bool) -> Whole:
    """A small number for each word, or for each range of equal count; missing is the last."""
    known = values[~np.isnan(values)]
    share = np.arange(1, CELLS) / CELLS
    edges = np.unique(known if category else np.quantile(known, share, method="lower")) if len(known) else known
    return np.asarray(np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, "left")), np.int64)


def _like_dates(values: Doubles) -> bool:
    known = values[~np.isnan(values)]
    return len(known) > 0 and float(np.mean(_is_year(known) | _is_day(known))) >= LIKE_DATES


def _is_year(values: Doubles) -> Flags:
    first, last = CALENDAR_YEARS
    return np.asarray((values >= first) & (values < last) & (values == np.floor(values)))


def _is_day(values: Doubles) -> Flags:
    """Whether numbers read as dates such as 20241105; as float32, a 31st may have become a 32nd."""
    month, day = values // 100 % 100, values % 100
    return np.asarray(_is_year(values // 10_000) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 32))


def _dated_after(values: Doubles, day: date) -> Flags:
    number = day.year * 10_000 + day.month * 100 + day.day
    return np.asarray(np.where(_is_day(values), values > number, _is_year(values) & (values > day.year)))
