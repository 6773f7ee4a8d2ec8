"""Who may be scored: everybody who can vote on election day, as far as the file tells; the others with a reason."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Election

VOTING_AGE = 18
# Statuses of `contracts.STATUS_CODES` with which a voter may vote; every other status is itself the reason.
MAY_VOTE = ("active", "inactive", "pending")


def exclusion_reasons(voters: pd.DataFrame, coming: Election) -> NDArray[np.object_]:
    """Why each voter is not scored, or "" for who is; one per voter, same order.

    The reason is the status (`deceased`, `moved`, `cancelled`, `ineligible`) or `under_age`, in that order.
    """
    status = voters["status"].astype(object).to_numpy()
    reasons = np.where(np.isin(status, MAY_VOTE), "", status)
    reasons[(reasons == "") & under_age(voters, coming)] = "under_age"
    return np.asarray(reasons)


def under_age(voters: pd.DataFrame, coming: Election) -> NDArray[np.bool_]:
    """Who is not yet 18 on election day; False where the birth date is not known."""
    eighteen = np.datetime64(f"{coming.date.year - VOTING_AGE}-{coming.date:%m}") + np.timedelta64(0, "D")
    youngest = eighteen + np.timedelta64(coming.date.day - 1, "D")
    return np.asarray(voters["born"].to_numpy("datetime64[D]") > youngest)
