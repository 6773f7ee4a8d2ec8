"""What the features of one voter need of all the others, gathered in one pass over the voters.

Its size grows with the number of areas and categories, never with the number of voters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from data.elections import Calendar, Election
from features.area_totals import AREAS, TOTALLED, AreaTotals, lean_of, results_before
from features.view import View, history_columns
from features.vocabulary import Vocabulary


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


def learn_surroundings(
    blocks: Iterable[pd.DataFrame],
    *,
    calendar: Calendar,
    coming: Sequence[Election],
    extras: Mapping[str, str],
    results: pd.DataFrame,
    vocabulary: Vocabulary,
) -> dict[Election, Surroundings]:
    """Surroundings as of each of the coming elections, from one pass over the blocks.

    Of a block only `surroundings_columns` are read.
    """
    totals = {election: AreaTotals(vocabulary["party"][:2]) for election in coming}
    for block in blocks:
        for election, areas in totals.items():
            areas.add(View(block, calendar, election))
    return {e: Surroundings(e, calendar, extras, vocabulary, areas, results) for e, areas in totals.items()}


def surroundings_columns(calendar: Calendar) -> tuple[str, ...]:
    """The columns of the voter file that `learn_surroundings` reads; the words of categories need others."""
    return (*TOTALLED, *history_columns(calendar, "voted"), *history_columns(calendar, "rolls"))
