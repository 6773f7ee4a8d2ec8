"""Who may be scored: everybody who can vote on election day, as far as the file tells; the others with a reason."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Election, youngest_birthday

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
    return np.asarray(voters["born"].to_numpy("datetime64[D]") > np.datetime64(youngest_birthday(coming.date)))
