"""What the features of one voter need of all the others, gathered in one pass over the voters.

Its size grows with the number of areas and categories, never with the number of voters.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa

from data.elections import Calendar, Election
from features.area_totals import AREAS, TOTALLED, AreaTotals, lean_of, results_before
from features.view import View, history_columns
from features.vocabulary import Vocabulary

TOLD = b"surroundings"


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

    def to_bytes(self) -> bytes:
        """All that they are, for `surroundings_from`: the same bytes for the same surroundings.

        Two Arrow streams: the sums of the areas, with all else told as JSON, and the certified results.
        """
        sink, told = pa.BufferOutputStream(), json.dumps(_tell(self), ensure_ascii=False).encode()
        sums = self.areas.to_table().replace_schema_metadata({TOLD: told})
        for table in (sums, pa.Table.from_pandas(self.results)):
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table.combine_chunks())
        return bytes(sink.getvalue())


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


def surroundings_from(content: bytes) -> Surroundings:
    """The surroundings whose `to_bytes` these are."""
    source = pa.BufferReader(content)
    sums, results = (pa.ipc.open_stream(source).read_all() for _ in range(2))
    told = json.loads(sums.schema.metadata[TOLD])
    coming, *calendar = (Election(date.fromisoformat(day), kind) for day, kind in told["elections"])
    areas = AreaTotals.from_table(sums, tuple(told["parties"]), told["overall"])
    vocabulary = {name: tuple(words) for name, words in told["vocabulary"].items()}
    frame = results.to_pandas(date_as_object=False)
    return Surroundings(coming, tuple(calendar), told["extras"], vocabulary, areas, frame)


def _tell(surroundings: Surroundings) -> dict[str, Any]:
    """All but the sums and the results; `elections` are the coming one, then the calendar."""
    return {
        "elections": [[e.date.isoformat(), e.type] for e in (surroundings.coming, *surroundings.calendar)],
        "extras": dict(surroundings.extras),
        "vocabulary": surroundings.vocabulary,
        "parties": surroundings.areas.parties,
        "overall": surroundings.areas.overall.to_dict(),
    }
