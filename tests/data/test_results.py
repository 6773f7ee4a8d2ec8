from datetime import date

import pyarrow as pa

from data.results import SCHEMA, combine_results


def counts(*rows: tuple[str, float]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "area_type": "precinct",
                "area": area,
                "election_date": date(2024, 11, 5),
                "election_type": "general",
                "votes_for": votes,
            }
            for area, votes in rows
        ],
        SCHEMA,
    )


def test_the_later_import_of_an_area_and_election_wins() -> None:
    combined = combine_results([counts(("1", 10), ("2", 20)), counts(("2", 21), ("3", 30))])
    assert dict(zip(combined["area"].to_pylist(), combined["votes_for"].to_pylist(), strict=True)) == {
        "1": 10,
        "2": 21,
        "3": 30,
    }


def test_no_results_is_an_empty_table() -> None:
    assert combine_results([]).schema == SCHEMA
