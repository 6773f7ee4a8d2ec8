"""The voter file as it is kept: what models may see, and apart from it how a person is reached."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.contracts import STATUS_CODES, VOTERS
from data.households import name_households

FLAGS = ("do_not_call", "do_not_mail", "do_not_walk")
TEXTS = ("sex", "party", "county", "precinct", "zip", "household_id")
CONTACTS = (
    "voter_id",
    *(column.name for column in VOTERS.columns if column.contact),
    "zip",
    "household_id",
    "precinct",
)
STATUSES = {code: status for status, codes in STATUS_CODES.items() for code in codes}
DAYS_A_YEAR = 365.2425


def with_households(accepted: pa.Table) -> pa.Table:
    """The accepted voters with a `household_id` wherever the file has one or an address to make it from."""
    at = accepted.column_names.index("household_id")
    return accepted.set_column(at, "household_id", name_households(accepted))


def shape_voters(people: pa.Table, extras: Mapping[str, str], *, today: date) -> pa.Table:
    """What is known of each voter without name or address, one row per voter, same order; no vote history yet."""
    columns = {"voter_id": people["voter_id"], "born": _born(people, today), "registered": people["registration_date"]}
    columns |= {name: people[name] for name in TEXTS}
    columns["status"] = _status(people["status"])
    columns |= {name: pc.fill_null(people[name], False) for name in FLAGS}
    columns |= {f"extra_{name}": people[f"extra_{name}"] for name in extras}
    return pa.table(columns)


def shape_contacts(people: pa.Table) -> pa.Table:
    """How each voter is reached, one row per voter, same order; nobody's telephone who must not be called."""
    contacts = people.select(CONTACTS)
    silent = pc.fill_null(people["do_not_call"], False)
    phone = pc.if_else(silent, pa.scalar(None, contacts["phone"].type), contacts["phone"])
    return contacts.set_column(contacts.column_names.index("phone"), "phone", phone)


def _born(people: pa.Table, today: date) -> pa.Array:
    """The birth date; from a year, its 1 July; from an age, half a year before the birthday that gave it."""
    years = people["birth_year"].to_numpy()
    july = np.where(np.isfinite(years), (years - 1970) * 12 + 6, np.nan)
    days = (people["age"].to_numpy() + 0.5) * DAYS_A_YEAR
    return pc.coalesce(
        people["birth_date"].combine_chunks(),
        _dates(july, "datetime64[M]"),
        _dates((np.datetime64(today, "D") - np.datetime64(0, "D")).astype(np.int64) - days, "datetime64[D]"),
    )


def _dates(counts: np.typing.NDArray[np.float64], unit: str) -> pa.Array:
    missing = ~np.isfinite(counts)
    whole = np.where(missing, 0, np.floor(counts)).astype(np.int64)
    return pa.array(whole.astype(unit).astype("datetime64[D]"), pa.date32(), mask=missing)


def _status(codes: pa.ChunkedArray) -> pa.Array:
    """The status in our words; a blank one is active, as in files that list only active voters."""
    coded = pc.fill_null(codes, "active").combine_chunks().dictionary_encode()
    return pc.take(pa.array([STATUSES[code] for code in coded.dictionary.to_pylist()], pa.string()), coded.indices)
