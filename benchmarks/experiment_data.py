"""Two published experiments as campaigns: voters, history, and the file of the experiment.

The data stay outside the repository, in the folder that PROPENSITY_REAL_DATA names; the voter ids are row numbers.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from converters import SELECTED_ON, number_voters

CANVASSED = {"voted00": ("2000-11-07", "general"), "voted99": ("1999-11-02", "municipal")}


def convert_mailed(folder: Path, *, voters: int, seed: int) -> dict[str, pd.DataFrame]:
    """Gerber, Green and Larimer (2008), the neighbours' mailing and the control group: so many voters, by household."""
    group = pd.read_parquet(folder / "ggl2008.parquet")
    group = group[group["treatment"].isin(["control", "neighbors"])].reset_index(drop=True)
    doors = group["hh_id"].unique()
    share = min(voters / len(group), 1.0)
    drawn = np.random.default_rng(seed).permutation(doors)[: round(share * len(doors))]
    group = group[group["hh_id"].isin(drawn)].reset_index(drop=True)
    people = pd.DataFrame(
        {
            "voter_id": number_voters(len(group)),
            "birth_year": group["yob"],
            "sex": np.where(group["female"] == 1, "F", "M"),
            "household_id": group["hh_id"],
        }
    )
    trial = pd.DataFrame(
        {
            "voter_id": people["voter_id"],
            "mailed": (group["treatment"] == "neighbors").astype(int),
            "voted": group["voted"],
            "block": group["cluster"],
        }
    )
    return {"voters": people, "history": _history(people["voter_id"], group, SELECTED_ON), "experiment": trial}


def convert_canvassed(folder: Path) -> dict[str, pd.DataFrame]:
    """Green, Gerber and Nickerson (2003): six cities canvassed from door to door, drawn walk list by walk list."""
    group = pd.read_parquet(folder / "ggn2003_canvass.parquet")
    walk_list = group["city"].astype(str) + " " + group["turf"].astype(str)
    people = pd.DataFrame(
        {
            "voter_id": number_voters(len(group)),
            "birth_year": (2001 - group["age"]).where(group["age"].between(17, 110)),
            "sex": group["sex"].astype("str"),
            "party": group["party"].astype("str"),
            "county": group["city"].astype("str"),
            "precinct": walk_list,
            "household_id": group["hh_id"],
        }
    )
    trial = pd.DataFrame(
        {
            "voter_id": people["voter_id"],
            "drawn": group["treat"],
            "reached": group["contact"],
            "voted": group["voted01"],
            "walk_list": walk_list,
        }
    )
    return {"voters": people, "history": _history(people["voter_id"], group, CANVASSED), "experiment": trial}


def _history(voter_ids: pd.Series, group: pd.DataFrame, elections: dict[str, tuple[str, str]]) -> pd.DataFrame:
    """Who voted, and who is known not to have; a blank cell says nothing."""
    stated = [
        pd.DataFrame(
            {
                "voter_id": voter_ids[known],
                "election_date": day,
                "election_type": kind,
                "status": np.where(group.loc[known, column] == 1, "voted", "did_not_vote"),
            }
        )
        for column, (day, kind) in elections.items()
        if (known := group[column].notna()).any()
    ]
    return pd.concat(stated, ignore_index=True)
