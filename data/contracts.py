"""What may enter: one declaration per column, used to check, to document and to generate synthetic data."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "code", "date", "integer", "number", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of an input file.

    `kind` says how its text is read: `text` as it is, `code` trimmed and upper-cased, `date` as YYYY-MM-DD,
    `integer` and `number` within `low`..`high`, `flag` as one of 1/0, true/false, yes/no, y/n.
    A `required` column must be in the file and its cells filled, unless `blank` allows empty cells. `allowed` lists
    the values of a code, compared in lower case. A `contact` column names or reaches a person: it is kept apart
    and joined only when a list is pulled.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    blank: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    contact: bool = False


@dataclass(frozen=True)
class Contract:
    """The columns of one kind of input file; `key` names those that make a row unique."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when the contract has none."""
        return next(column for column in self.columns if column.name == name)


ELECTION_TYPES = ("general", "primary", "presidential_primary", "municipal", "special", "runoff")
HISTORY_STATUSES = ("voted", "did_not_vote", "not_eligible", "not_counted")

# What a status code of a voter file means. A code that is not here is never taken for "active".
STATUS_CODES = {
    "active": ("active", "a", "act", "registered", "r", "v", "verified"),
    "inactive": ("inactive", "i", "ina"),
    "pending": ("pending", "p", "preregistered", "pre-registered"),
    "deceased": ("deceased", "dead"),
    "moved": ("moved", "moved away", "moved_away"),
    "cancelled": ("cancelled", "canceled", "c", "removed", "denied", "purged"),
    "ineligible": ("ineligible", "felon", "suspended"),
}

VOTERS = Contract(
    "voters",
    "The voter file: everybody on the rolls, one row a voter.",
    key=("voter_id",),
    columns=(
        Column("voter_id", "text", "the voter's id in the voter file; text, never a number", required=True),
        Column("birth_date", "date", "date of birth"),
        Column("birth_year", "integer", "year of birth, where the date is not given", low=1880, high=2100),
        Column(
            "age", "number", "age in years on the day of import, where no birth date or year is given", low=0, high=130
        ),
        Column("sex", "code", "sex as the file codes it (F, M, U…)"),
        Column("party", "code", "party of registration as the file codes it (DEM, REP, UNA…)"),
        Column("registration_date", "date", "date of registration"),
        Column(
            "status", "code", "registration status", allowed=tuple(c for codes in STATUS_CODES.values() for c in codes)
        ),
        Column("county", "text", "county, as the file names or codes it"),
        Column("precinct", "text", "precinct, as the file names or codes it"),
        Column("zip", "text", "five-digit postal code; leading zeros kept"),
        Column("household_id", "text", "household, where the file has one; else made from the address"),
        Column("address", "text", "street address", contact=True),
        Column("unit", "text", "apartment or unit", contact=True),
        Column("city", "text", "city", contact=True),
        Column("state", "text", "state", contact=True),
        Column("first_name", "text", "first name", contact=True),
        Column("middle_name", "text", "middle name", contact=True),
        Column("last_name", "text", "last name", contact=True),
        Column("suffix", "text", "name suffix (JR, SR, III)", contact=True),
        Column("phone", "text", "telephone number", contact=True),
        Column("email", "text", "e-mail address", contact=True),
        Column("latitude", "number", "latitude of the address in degrees", low=-90, high=90, contact=True),
        Column("longitude", "number", "longitude of the address in degrees", low=-180, high=180, contact=True),
        Column("do_not_call", "flag", "must not be telephoned"),
        Column("do_not_mail", "flag", "must not be mailed"),
        Column("do_not_walk", "flag", "must not be visited"),
    ),
)

HISTORY = Contract(
    "history",
    "Vote history, one row a voter and election.",
    key=("voter_id", "election_date", "election_type"),
    columns=(
        Column("voter_id", "text", "the voter's id in the voter file", required=True),
        Column("election_date", "date", "election day", required=True),
        Column("election_type", "code", "kind of election", required=True, allowed=ELECTION_TYPES),
        Column("status", "code", "what is known; a row without status means voted", allowed=HISTORY_STATUSES),
    ),
)

SURVEY = Contract(
    "survey",
    "Answers that volunteers collected, one row a contact.",
    key=(),
    columns=(
        Column("voter_id", "text", "the voter's id in the voter file", required=True),
        Column("date", "date", "day of the contact", required=True),
        Column(
            "response",
            "integer",
            "1 strong support, 2 lean support, 3 undecided, 4 lean oppose, 5 strong oppose",
            required=True,
            blank=True,
            low=1,
            high=5,
        ),
        Column("canvasser_id", "text", "who asked"),
        Column("contact_result", "code", "how the contact ended (canvassed, not home, moved…)"),
    ),
)

RESULTS = Contract(
    "results",
    "Certified results of past elections, one row an area and election.",
    key=("area_type", "area", "election_date", "election_type"),
    columns=(
        Column(
            "area_type",
            "code",
            "the voter column that `area` is a value of",
            required=True,
            allowed=("county", "precinct", "zip", "all"),
        ),
        Column("area", "text", "the area, as the voter file names it", required=True),
        Column("election_date", "date", "election day", required=True),
        Column("election_type", "code", "kind of election", required=True, allowed=ELECTION_TYPES),
        Column("votes_for", "number", "votes for the campaign's side", low=0),
        Column("votes_against", "number", "votes for all other sides", low=0),
        Column("ballots_cast", "number", "ballots cast", low=0),
        Column("registered", "number", "registered voters", low=0),
    ),
)

CONTRACTS = {contract.name: contract for contract in (VOTERS, HISTORY, SURVEY, RESULTS)}

# Words in a column's name that mark it as sensitive: never a feature, whatever a mapping says.
SENSITIVE_WORDS = (
    "race",
    "ethnic",
    "religio",
    "health",
    "language",
    "orientation",
    "surname",
    "last_name",
    "first_name",
    "ssn",
    "licence",
    "license",
    "donor",
    "national_origin",
)
