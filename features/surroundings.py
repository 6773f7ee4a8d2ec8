"""What the features of one voter need of all the others, gathered in one pass over the voters.

Its size grows with the number of areas and categories, never with the number of voters.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from data.elections import Calendar, Election
from features.area import AREAS, AreaTotals, lean_of, results_before
from features.view import View

MOST_LEVELS = 200
FEWEST_VOTERS = 20

Vocabulary = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Surroundings:
    """The calendar, the words of each category, and area totals as of the day of the coming election."""

    coming: Election
    calendar: Calendar
    extras: Mapping[str, str]
    vocabulary: Vocabulary
    areas: AreaTotals
    results: pd.DataFrame = field(repr=False)

    @cached_property
    def leans(self) -> dict[str, pd.Series]:
        """The side's share in past certified results, per area column and area."""
        past = results_before(self.results, self.coming)
        return {area: lean_of(past, area) for area in AREAS}


@dataclass(frozen=True)
class Scene:
    """A view of a block together with its surroundings: what a feature is computed from."""

    view: View
    surroundings: Surroundings

    @property
    def leans(self) -> dict[str, pd.Series]:
        return self.surroundings.leans

    @cached_property
    def area_counts(self) -> "dict[str, tuple[pd.DataFrame, pd.DataFrame]]":
        """Per area column: counts of the voter's area and of the whole file, the voter left out."""
        return {area: self.surroundings.areas.of_others(self.view, area) for area in AREAS}


def category_columns(extras: Mapping[str, str]) -> tuple[str, ...]:
    """Voter columns whose words make up the vocabulary."""
    return ("sex", "party", "county", *(f"extra_{name}" for name, kind in extras.items() if kind == "category"))


def learn_vocabulary(blocks: Iterable[pd.DataFrame], extras: Mapping[str, str]) -> Vocabulary:
    """The words of each category column, most frequent first; the rare and those past `MOST_LEVELS` left out."""
    counts: dict[str, Counter[str]] = {column: Counter() for column in category_columns(extras)}
    for block in blocks:
        for column, counter in counts.items():
            counter.update(block[column].value_counts().to_dict())
    return {column: _frequent(counter) for column, counter in counts.items()}


def _frequent(counter: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return tuple(str(word) for word, count in ordered[:MOST_LEVELS] if count >= FEWEST_VOTERS)


def learn_surroundings(
    blocks: Iterable[pd.DataFrame],
    *,
    calendar: Calendar,
    coming: Sequence[Election],
    extras: Mapping[str, str],
    results: pd.DataFrame,
    vocabulary: Vocabulary,
) -> dict[Election, Surroundings]:
    """Surroundings as of each of the coming elections, from one pass over the blocks."""
    totals = {election: AreaTotals(vocabulary["party"][:2]) for election in coming}
    for block in blocks:
        for election, areas in totals.items():
            areas.add(View(block, calendar, election))
    return {e: Surroundings(e, calendar, extras, vocabulary, areas, results) for e, areas in totals.items()}
