from datetime import date

import pyarrow as pa

from data.survey import SCHEMA, combine_surveys

DAY = date(2026, 9, 1)


def answers(*rows: tuple[str, int | None, str | None, str | None]) -> pa.Table:
    voter, response, canvasser, result = zip(*rows, strict=True)
    return pa.table(
        {
            "voter_id": voter,
            "date": [DAY] * len(rows),
            "response": pa.array(response, pa.int64()),
            "canvasser_id": pa.array(canvasser, pa.string()),
            "contact_result": pa.array(result, pa.string()),
        }
    )


def test_an_answer_that_comes_again_counts_once_and_the_order_is_kept() -> None:
    week1 = answers(("1", 1, "x", "CANVASSED"), ("2", None, None, "NOT HOME"))
    week2 = answers(("1", 1, "x", "CANVASSED"), ("2", None, None, "NOT HOME"), ("1", 5, "y", None))
    combined = combine_surveys([week1, week2])
    assert combined.schema == SCHEMA
    assert combined.drop_columns("date").to_pylist() == [
        {"voter_id": "1", "response": 1.0, "canvasser_id": "x", "contact_result": "canvassed", "import_order": 0},
        {"voter_id": "2", "response": None, "canvasser_id": None, "contact_result": "not home", "import_order": 0},
        {"voter_id": "1", "response": 5.0, "canvasser_id": "y", "contact_result": None, "import_order": 1},
    ]


def test_no_survey_is_an_empty_table() -> None:
    assert combine_surveys([]).schema == SCHEMA
