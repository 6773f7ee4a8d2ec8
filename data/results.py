"""Certified results of all imports, put together."""

from collections.abc import Sequence

import pyarrow as pa

from data.cells import ARROW_TYPES
from data.contracts import RESULTS
from data.duplicates import find_duplicates

SCHEMA = pa.schema({column.name: ARROW_TYPES[column.kind] for column in RESULTS.columns})


def combine_results(accepted: Sequence[pa.Table]) -> pa.Table:
    """The results of these imports, one row per area and election; of two that differ the later import's counts."""
    latest_first = [table.select(SCHEMA.names) for table in reversed(accepted)]
    results = pa.concat_tables([SCHEMA.empty_table(), *latest_first])
    again, _ = find_duplicates(results, RESULTS.key, RESULTS.key)
    return results.filter(pa.array(~again))
