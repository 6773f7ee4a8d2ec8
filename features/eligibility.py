"""Who may be scored: everybody who can vote on election day, as far as the file tells; the others with a reason."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.contracts import STATUS_CODES
from data.elections import Election, youngest_birthday
from features.view import coded

# Statuses of `contracts.STATUS_CODES` with which a voter may vote; every other status is itself the reason.
MAY_VOTE = ("active", "inactive", "pending")
UNDER_AGE = "under_age"
REASONS = ("", *(status for status in STATUS_CODES if status not in MAY_VOTE), UNDER_AGE)


def exclusion_reasons(voters: pd.DataFrame, coming: Election) -> pd.Categorical:
    """Why each voter is not scored, or "" for who is; one per voter, same order.

    The reason is the status (`deceased`, `moved`, `cancelled`, `ineligible`) or `under_age`, in that order.
    """
    status = coded(voters["status"])
    reasons = ["" if word in MAY_VOTE else str(word) for word in status.categories]
    told = tuple(dict.fromkeys((*REASONS, *reasons)))
    codes = np.array([*map(told.index, reasons), -1], np.int16)[status.codes]
    codes[(codes == 0) & under_age(voters, coming)] = told.index(UNDER_AGE)
    return pd.Categorical.from_codes(codes, categories=told)


def under_age(voters: pd.DataFrame, coming: Election) -> NDArray[np.bool_]:
    """Who is not yet 18 on election day; False where the birth date is not known."""
    day_after = np.datetime64(youngest_birthday(coming.date)) + 1
    return np.asarray(voters["born"].to_numpy("datetime64[ms]") >= day_after)
