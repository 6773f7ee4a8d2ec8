"""Public data sets as campaigns: files with the columns of our contracts, and what came true beside them.

The data stay outside the repository, in the folder that PROPENSITY_REAL_DATA names. None of it names a person: the
voter ids are row numbers.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

DATA_SETS = {
    "turnout": "cces_cumulative_2006_2019.parquet",
    "support": "ces2022_votechoice.parquet",
    "selected": "ggl2008.parquet",
}
GENERALS = {
    2008: "2008-11-04",
    2010: "2010-11-02",
    2012: "2012-11-06",
    2014: "2014-11-04",
    2016: "2016-11-08",
    2018: "2018-11-06",
}
SELECTED_ON = {
    "g2000": ("2000-11-07", "general"),
    "g2002": ("2002-11-05", "general"),
    "g2004": ("2004-11-02", "general"),
    "p2000": ("2000-08-08", "primary"),
    "p2002": ("2002-08-06", "primary"),
    "p2004": ("2004-08-03", "primary"),
}
# Who asked whom is not known; as many volunteers as a canvass of this size might have.
CANVASSERS = 20


@dataclass(frozen=True)
class Case:
    """A campaign's files, in the order in which they are imported, and the truth to judge its scores by.

    `truth` is 1 or 0 by voter_id, for the voters whom the scores are judged on; `judged` says in words who they are.
    """

    name: str
    election: str
    election_type: str
    files: dict[str, pd.DataFrame]
    truth: pd.Series = field(repr=False)
    judged: str
    extras: tuple[str, ...] = ()

    @property
    def mapping(self) -> str:
        """The mapping that declares the extra columns, all of them categories."""
        return "\n".join(["[extra]", *(f'{name} = "category"' for name in self.extras), ""])


def missing_data(folder: Path) -> list[str]:
    """The data sets that the folder lacks."""
    return [name for name in DATA_SETS.values() if not (folder / name).is_file()]


def number_voters(count: int) -> pd.Series:
    """Ids that begin with zeros, as ids of voter files do."""
    return pd.Series(np.arange(count), name="voter_id").astype(str).str.zfill(7)


def convert_turnout(folder: Path) -> Case:
    """CCES 2008–2016 with validated turnout as stated history; the respondents of 2018 are whom to predict."""
    columns = ["year", "age", "gender", "state", "education", "faminc", "marstat", "voted_validated"]
    asked = pd.read_parquet(folder / DATA_SETS["turnout"], columns=columns)
    asked = asked[asked["year"].isin(GENERALS) & asked["voted_validated"].notna() & asked["age"].notna()]
    asked = asked.reset_index(drop=True)
    extras = ("education", "faminc", "marstat")
    voters = pd.DataFrame(
        {
            "voter_id": number_voters(len(asked)),
            "birth_year": asked["year"] - asked["age"],
            "sex": asked["gender"].astype(str).str[:1],
            "county": asked["state"],
            **{name: asked[name] for name in extras},
        }
    )
    history = pd.DataFrame(
        {
            "voter_id": voters["voter_id"],
            "election_date": asked["year"].map(GENERALS),
            "election_type": "general",
            "status": np.where(asked["voted_validated"] == 1, "voted", "did_not_vote"),
        }
    )
    coming = asked["year"] == max(GENERALS)
    truth = asked.loc[coming, "voted_validated"].astype(int).set_axis(voters.loc[coming, "voter_id"])
    files = {"voters": voters, "history": history[~coming]}
    return Case("turnout", GENERALS[max(GENERALS)], "general", files, truth, "the respondents of 2018", extras)


def convert_support(folder: Path, *, answers: int, seed: int) -> Case:
    """CES 2022 two-party voters of 2020; a random sample answers, everybody else is judged."""
    asked = pd.read_parquet(folder / DATA_SETS["support"])
    asked = asked[asked["vote2020"].isin(["Biden", "Trump"])].reset_index(drop=True)
    leaning = asked["pid7"].astype(float).fillna(4)
    voters = pd.DataFrame(
        {
            "voter_id": number_voters(len(asked)),
            "birth_year": asked["birthyr"],
            "sex": asked["gender"].astype(str).str[:1],
            "county": asked["state_fips"],
            "party": np.select([leaning < 4, leaning > 4], ["DEM", "REP"], "UNA"),
            "urbanicity": asked["urbancity"],
        }
    )
    supports = (asked["vote2020"] == "Biden").astype(int).set_axis(voters["voter_id"])
    answered = supports.sample(answers, random_state=seed)
    survey = pd.DataFrame(
        {
            "voter_id": answered.index,
            "date": "2020-10-01",
            "response": answered.map({1: 1, 0: 5}).to_numpy(),
            "canvasser_id": np.arange(answers) % CANVASSERS,
            "contact_result": "canvassed",
        }
    )
    files = {"voters": voters, "survey": survey}
    truth = supports.drop(answered.index)
    return Case("support", "2020-11-03", "general", files, truth, "who was not asked", ("urbanicity",))


def convert_selected(folder: Path) -> Case:
    """The control group of Gerber, Green and Larimer (2008): chosen by their history, so that history says nothing."""
    group = pd.read_parquet(folder / DATA_SETS["selected"])
    group = group[group["treatment"] == "control"].reset_index(drop=True)
    voters = pd.DataFrame(
        {
            "voter_id": number_voters(len(group)),
            "birth_year": group["yob"],
            "sex": np.where(group["female"] == 1, "F", "M"),
            "household_id": group["hh_id"],
        }
    )
    took_part = [
        pd.DataFrame({"voter_id": voters["voter_id"][group[column] == 1], "election_date": day, "election_type": kind})
        for column, (day, kind) in SELECTED_ON.items()
    ]
    files = {"voters": voters, "history": pd.concat(took_part, ignore_index=True)}
    truth = group["voted"].astype(int).set_axis(voters["voter_id"])
    return Case("selected", "2006-08-08", "primary", files, truth, "everybody")
