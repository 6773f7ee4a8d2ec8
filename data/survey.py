"""Survey answers of all imports, put together."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from data.duplicates import find_duplicates

ANSWER = ("voter_id", "date", "response", "canvasser_id")
SCHEMA = pa.schema(
    {
        "voter_id": pa.string(),
        "date": pa.date32(),
        "response": pa.float64(),
        "canvasser_id": pa.string(),
        "contact_result": pa.string(),
        "import_order": pa.int64(),
    }
)


def combine_surveys(accepted: Sequence[pa.Table]) -> pa.Table:
    """The answers of these imports, earliest first; an answer that a later file brings again is there once."""
    answers = SCHEMA.empty_table()
    for order, table in enumerate(accepted):
        table = table.append_column("import_order", pa.array([order] * len(table), pa.int64()))
        answers = pa.concat_tables([answers, table.select(SCHEMA.names).cast(SCHEMA)])
    at = SCHEMA.get_field_index("contact_result")
    answers = answers.set_column(at, "contact_result", pc.utf8_lower(answers["contact_result"]))
    again, _ = find_duplicates(answers, ANSWER, ANSWER)
    return answers.filter(pa.array(~again))
