"""A pull: the rows of a published list that somebody takes along, with names and addresses."""

import difflib
from collections.abc import Sequence

import pandas as pd

from data.errors import UsageError

CONTACTS = ("first_name", "last_name", "address", "unit", "city", "zip", "phone")
ALWAYS = ("rank", "voter_id", "household_id", "turnout_score", "support_score", "priority", "reasons", "list_version")
COLUMNS = (*ALWAYS[:3], *CONTACTS, "precinct", *ALWAYS[3:], "precinct_rank")


def select_rows(
    ranked: pd.DataFrame, *, suppressed: pd.DataFrame, precincts: Sequence[str] = (), top: int | None = None
) -> pd.DataFrame:
    """The rows of a list to take along: nobody suppressed by now, in these precincts (all if none), the first `top`.

    Ranks stay those of the list. Raises UsageError for a precinct that is not in the list, and for a `top` below 1.
    """
    if top is not None and top < 1:
        raise UsageError(f"--top is {top}; it must be at least 1.")
    _check_precincts(ranked, precincts)
    wanted = ~ranked["voter_id"].isin(suppressed["voter_id"])
    if precincts:
        wanted &= ranked["precinct"].isin(precincts)
    return ranked[wanted].head(top if top is not None else len(ranked))


def pull_rows(
    ranked: pd.DataFrame,
    contacts: pd.DataFrame,
    *,
    suppressed: pd.DataFrame,
    precincts: Sequence[str] = (),
    top: int | None = None,
    version: int,
) -> pd.DataFrame:
    """The rows that `select_rows` gives, with contacts (indexed by voter_id) and the list's version.

    The columns of `COLUMNS` in that order; contact and precinct columns without any value are left out, those of
    `ALWAYS` never are. Contacts are needed for the selected voters only. Raises UsageError as `select_rows` does.
    """
    rows = select_rows(ranked, suppressed=suppressed, precincts=precincts, top=top)
    people = rows.join(contacts.reindex(columns=list(CONTACTS)), on="voter_id").assign(list_version=version)
    return people[[name for name in COLUMNS if name in ALWAYS or _is_shown(people, name)]].reset_index(drop=True)


def _check_precincts(ranked: pd.DataFrame, precincts: Sequence[str]) -> None:
    known = sorted(ranked["precinct"].dropna().unique())
    for precinct in precincts:
        if precinct not in known:
            near = difflib.get_close_matches(precinct, known, n=3) or known[:3]
            hint = f"Did you mean: {', '.join(near)}?" if near else "It has no precincts."
            raise UsageError(f"There is no precinct {precinct!r} in this list. {hint}")


def _is_shown(people: pd.DataFrame, name: str) -> bool:
    # Lists of before there were ranks in precincts have none.
    column = "precinct" if name == "precinct_rank" else name
    return name in people and _has_values(people[column])


def _has_values(column: pd.Series) -> bool:
    return bool((column.notna() & (column.astype("str") != "")).any())
