from datetime import date

import pyarrow as pa

from data.cells import ARROW_TYPES
from data.contracts import VOTERS
from data.voters import shape_contacts, shape_voters, with_households

TODAY = date(2026, 11, 24)


def people(**given: list[object]) -> pa.Table:
    rows = len(next(iter(given.values())))
    columns = {
        column.name: pa.array(given.get(column.name, [None] * rows), ARROW_TYPES[column.kind])
        for column in VOTERS.columns
    }
    extras = {name: pa.array(values) for name, values in given.items() if name.startswith("extra_")}
    return pa.table({name: pa.chunked_array([column]) for name, column in (columns | extras).items()})


def test_birth_comes_from_the_date_else_the_year_else_the_age() -> None:
    born = shape_voters(
        people(
            birth_date=[date(1980, 5, 6), None, None, None],
            birth_year=[1970, 1960, None, None],
            age=[30.0, 30.0, 36.0, None],
        ),
        {},
        today=TODAY,
    )["born"].to_pylist()
    assert born[:2] == [date(1980, 5, 6), date(1960, 7, 1)]
    assert abs((born[2] - date(1990, 5, 24)).days) <= 1
    assert born[3] is None


def test_years_before_1970_and_long_ago() -> None:
    born = shape_voters(people(birth_year=[1911, 1969], age=[None, None]), {}, today=TODAY)["born"].to_pylist()
    assert born == [date(1911, 7, 1), date(1969, 7, 1)]


def test_status_is_in_our_words_and_blank_is_active() -> None:
    voters = shape_voters(people(status=["a", "ina", "dead", None]), {}, today=TODAY)
    assert voters["status"].to_pylist() == ["active", "inactive", "deceased", "active"]
    assert voters["do_not_call"].to_pylist() == [False] * 4


def test_voters_and_contacts_are_apart() -> None:
    table = with_households(
        people(voter_id=["1"], last_name=["Wren"], address=["12 Elm Street"], precinct=["7"], extra_school=["BA"])
    )
    voters, contacts = shape_voters(table, {"school": "category"}, today=TODAY), shape_contacts(table)
    personal = {column.name for column in VOTERS.columns if column.contact}
    assert not personal & set(voters.column_names) and personal <= set(contacts.column_names)
    assert voters["extra_school"].to_pylist() == ["BA"]
    assert voters["household_id"].to_pylist() == contacts["household_id"].to_pylist() != [None]
    assert contacts["precinct"].to_pylist() == ["7"]


def test_the_telephone_of_who_must_not_be_called_is_on_no_list() -> None:
    table = people(voter_id=["1", "2", "3"], phone=["555-1", "555-2", "555-3"], do_not_call=[True, False, None])
    assert shape_contacts(table)["phone"].to_pylist() == [None, "555-2", "555-3"]
