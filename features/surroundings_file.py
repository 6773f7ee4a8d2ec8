"""Surroundings as bytes: two Arrow streams, the totals of the areas with all else told as JSON, and the results."""

import json
from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from data.elections import Calendar, Election
from features.area_totals import AREAS, AreaTotals
from features.counts import COUNTS
from features.surroundings import Surroundings

TOLD = b"surroundings"


def surroundings_to_bytes(surroundings: Surroundings) -> bytes:
    """All that the surroundings are; the same for the same ones. Grows with areas, words and results only."""
    sink = pa.BufferOutputStream()
    told = json.dumps(_tell(surroundings), ensure_ascii=False, separators=(",", ":")).encode()
    results = pa.Table.from_pandas(surroundings.results)
    for table in (_totals(surroundings.areas).replace_schema_metadata({TOLD: told}), results):
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


def surroundings_from(content: bytes) -> Surroundings:
    """The surroundings that `surroundings_to_bytes` wrote."""
    source = pa.BufferReader(content)
    totals, results = (pa.ipc.open_stream(source).read_all() for _ in range(2))
    told = json.loads(totals.schema.metadata[TOLD])
    (coming,), calendar = _elections([told["coming"]]), _elections(told["calendar"])
    words = {name: tuple(words) for name, words in told["vocabulary"].items()}
    areas = _areas(totals, told)
    return Surroundings(coming, calendar, told["extras"], words, areas, results.to_pandas(date_as_object=False))


def _tell(surroundings: Surroundings) -> dict[str, Any]:
    coming, *calendar = ([e.date.isoformat(), e.type] for e in (surroundings.coming, *surroundings.calendar))
    return {
        "coming": coming,
        "calendar": calendar,
        "extras": dict(surroundings.extras),
        "vocabulary": surroundings.vocabulary,
        "parties": surroundings.areas.parties,
        "overall": surroundings.areas.overall.to_dict(),
    }


def _elections(told: list[tuple[str, str]]) -> Calendar:
    return tuple(Election(date.fromisoformat(day), kind) for day, kind in told)


def _totals(areas: AreaTotals) -> pa.Table:
    """One row an area: which column it is of, its name, and its sums."""
    sums = pd.concat(areas.sums, names=["column", "name"]).reset_index()
    text = [pa.field(name, pa.string()) for name in ("column", "name")]
    schema = pa.schema([*text, *(pa.field(name, pa.float64()) for name in COUNTS)])
    return pa.Table.from_pandas(sums, schema, preserve_index=False)


def _areas(totals: pa.Table, told: dict[str, Any]) -> AreaTotals:
    sums = totals.to_pandas().set_index(["column", "name"])
    of_column = {area: sums[sums.index.get_level_values(0) == area].droplevel(0) for area in AREAS}
    return AreaTotals(tuple(told["parties"]), of_column, pd.Series(told["overall"]))
