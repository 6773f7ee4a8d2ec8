"""What a model learns to predict: who voted in a past election, and who said to support the campaign."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.elections import Calendar, Election, has_bit
from features.view import Floats, history_bits

SUPPORT, UNDECIDED, OPPOSE = (1, 2), (3,), (4, 5)


def turnout_labels(voters: pd.DataFrame, calendar: Calendar, election: Election) -> Floats:
    """1 voted in `election`, 0 did not though on the rolls, NaN not known; float32, one per voter, same order."""
    number = calendar.index(election)
    voted, rolls = (has_bit(history_bits(voters, calendar, prefix), number) for prefix in ("voted", "rolls"))
    return np.where(rolls, voted, np.nan).astype(np.float32)


@dataclass(frozen=True)
class SupportLabels:
    """`label` is 1 support or 0 oppose, indexed by voter_id, unique; `counts` says what became of every answer."""

    label: pd.Series
    counts: dict[str, int]


def support_labels(survey: pd.DataFrame, election: Election) -> SupportLabels:
    """Who supports (1, 2) and who opposes (4, 5), from answers before election day; the undecided (3) are counted only.

    A voter's newest answer counts. Where canvassers disagree on the side of a voter, none of it does.
    """
    known = survey[survey["response"].notna()]
    before = known[known["date"].to_numpy("datetime64[D]") < np.datetime64(election.date)]
    side = before["response"].map({**dict.fromkeys(SUPPORT, 1.0), **dict.fromkeys(OPPOSE, 0.0)})
    ordered = before.assign(side=side).sort_values(["date", "import_order"], kind="stable")
    newest_each = ordered.drop_duplicates(["voter_id", "canvasser_id"], keep="last")
    sides = newest_each.groupby("voter_id")["side"].nunique()
    newest = ordered.drop_duplicates("voter_id", keep="last").set_index("voter_id")["side"]
    agreed = newest[~newest.index.isin(sides.index[sides > 1])]
    label = agreed.dropna()
    counts = {
        "answers": len(survey),
        "no answer": len(survey) - len(known),
        "on or after election day": len(known) - len(before),
        "voters": len(newest),
        "conflicting": len(newest) - len(agreed),
        "undecided": len(agreed) - len(label),
        "support": int(label.sum()),
        "oppose": int((label == 0).sum()),
    }
    return SupportLabels(label, counts)
