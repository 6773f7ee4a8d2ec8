from datetime import date

import pytest

from data.cells import parser
from data.contracts import HISTORY, RESULTS, SURVEY, VOTERS, Column

TODAY = date(2026, 11, 24)
BIRTH, YEAR, LATITUDE, FLAG = (VOTERS.column(n) for n in ("birth_date", "birth_year", "latitude", "do_not_call"))
RESPONSE, TYPE, PARTY, ID = (
    SURVEY.column("response"),
    HISTORY.column("election_type"),
    VOTERS.column("party"),
    VOTERS.column("voter_id"),
)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (BIRTH, "2000-02-29", date(2000, 2, 29)),
        (BIRTH, "2026-11-24", TODAY),
        (YEAR, "1960", 1960),
        (YEAR, "1960.0", 1960),
        (LATITUDE, "-35.5", -35.5),
        (LATITUDE, "1e1", 10.0),
        (RESPONSE, "5", 5),
        (TYPE, "General", "general"),
        (PARTY, "dem", "DEM"),
        (FLAG, "Yes", True),
        (FLAG, "0", False),
        (ID, "00012345", "00012345"),
        (ID, "12E45", "12E45"),
        (ID, "9223372036854775808123", "9223372036854775808123"),
        (VOTERS.column("zip"), "02134", "02134"),
        (VOTERS.column("last_name"), "NA", "NA"),
    ],
)
def test_a_cell_means(column: Column, text: str, value: object) -> None:
    parsed = parser(column, TODAY)(text)
    assert parsed == value and type(parsed) is type(value)


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        (BIRTH, "2000-02-30", "in no calendar"),
        (BIRTH, "03/04/1980", "YYYY-MM-DD"),
        (BIRTH, "2000-2-3", "YYYY-MM-DD"),
        (BIRTH, "20000203", "YYYY-MM-DD"),
        (BIRTH, "2000-W01-1", "YYYY-MM-DD"),
        (BIRTH, "٢٠٠٠-01-01", "YYYY-MM-DD"),
        (BIRTH, "2026-11-25", "future"),
        (BIRTH, "1900-01-01", "115 years"),
        (YEAR, "2027", "more than 2026"),
        (YEAR, "1899", "less than 1911"),
        (YEAR, "1960.5", "whole number"),
        (LATITUDE, "91", "more than 90"),
        (LATITUDE, "nan", "not a number"),
        (LATITUDE, "inf", "not a number"),
        (LATITUDE, "1e999", "not a number"),
        (LATITUDE, "1_0", "not a number"),
        (RESPONSE, "6", "more than 5"),
        (RESPONSE, "yes", "whole number"),
        (RESULTS.column("votes_for"), "-1", "less than 0"),
        (TYPE, "gala", "known are general"),
        (FLAG, "maybe", "yes/no"),
        (ID, "1.23457E+12", "spreadsheet"),
        (ID, "1E+12", "spreadsheet"),
        (ID, "123.0", "spreadsheet"),
        (ID, "12,345", "spreadsheet"),
    ],
)
def test_a_cell_that_breaks_a_rule_names_it(column: Column, text: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        parser(column, TODAY)(text)
