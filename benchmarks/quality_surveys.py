"""Surveys posed as problems: CES 2022, the CCES with validated turnout, and the poll of FiveThirtyEight."""

from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from converters import GENERALS, convert_support, convert_turnout, number_voters
from product import fit_support, fit_turnout
from quality_problems import OURS, RESULTS, STATED, Problem

from data.elections import Election

PRESIDENTIAL_RESULTS = {
    "2012-11-06": ("obama12", ("romney12", "otherpres12")),
    "2016-11-08": ("clinton16", ("trump16", "otherpres16")),
}


def results_too(n: int, party: bool) -> bool:
    """Where the product is also asked with the results of past elections."""
    return n <= 1_000 and not party


def pose_support(data: Path, n: int, party: bool, seed: int) -> Problem:
    """CES 2022: who was sampled teaches, everybody else is judged."""
    case = convert_support(data, answers=n, seed=seed)
    voters = case.files["voters"].drop(columns=[] if party else ["party"])
    survey = case.files["survey"]
    ask = partial(fit_support, voters, survey, election=to_general(case.election), extras={"urbanicity": "category"})
    ours = {OURS: ask}
    if results_too(n, party):
        ours[RESULTS] = partial(ask, results=state_results(data))
    columns = voters.set_index("voter_id")
    label = (survey["response"] == 1).to_numpy(float)
    return Problem(case.truth, ours, columns.loc[survey["voter_id"]], label, columns.loc[case.truth.index])


def state_results(data: Path) -> pd.DataFrame:
    """Certified results of past presidential elections by state, as a campaign on the Democratic side imports them."""
    counties = pd.read_parquet(data / "county_results_demog.parquet")
    states = counties.assign(state=counties["fips"].str[:2].astype(int).astype(str)).groupby("state")
    pieces = []
    for day, (ours, others) in PRESIDENTIAL_RESULTS.items():
        sums = states[[ours, *others]].sum()
        columns = {"votes_for": sums[ours], "votes_against": sums[list(others)].sum(axis=1)}
        pieces.append(pd.DataFrame(columns).assign(election_date=day, election_type="general"))
    results = pd.concat(pieces).rename_axis("area").reset_index().assign(area_type="county")
    # Alaska counts by district and is not in the file.
    return results[results["votes_for"] > 0].reset_index(drop=True)


def pose_turnout(data: Path, coming: int, seed: int) -> Problem:
    """CCES: the respondents of earlier years teach, those of one year are judged; nobody after it is in the file."""
    case = convert_turnout(data)
    happened = _all_happened(case.files["history"], case.truth)
    year = happened["election_date"].str[:4].astype(int).set_axis(happened["voter_id"])
    happened, year = happened[(year <= coming).to_numpy()], year[year <= coming]
    voters = case.files["voters"].set_index("voter_id").loc[year.index]
    voted = (happened["status"] == "voted").astype(int).set_axis(year.index)
    now = (year == coming).to_numpy()
    columns = voters.drop(columns="birth_year").assign(age=year - voters["birth_year"])
    history, election = happened[~now], Election(date.fromisoformat(GENERALS[coming]), "general")
    extras = dict.fromkeys(case.extras, "category")
    ask = partial(fit_turnout, voters.reset_index(), history, election=election, extras=extras)
    ours = {OURS: ask, STATED: partial(ask, expected=round(float(voted[now].mean()), 4))}
    return Problem(voted[now], ours, columns[~now], voted[~now].to_numpy(float), columns[now])


def _all_happened(history: pd.DataFrame, truth: pd.Series) -> pd.DataFrame:
    last = pd.DataFrame({"voter_id": truth.index, "election_date": max(GENERALS.values()), "election_type": "general"})
    last["status"] = np.where(truth == 1, "voted", "did_not_vote")
    return pd.concat([history, last], ignore_index=True)


def pose_nonvoters(data: Path, kind: str, seed: int) -> Problem:
    """FTE: who rarely or never votes, asked of 70 % as a survey would; all items and demographics but race."""
    poll = pd.read_parquet(data / "fte_nonvoters_2020.parquet")
    poll.index = pd.Index(number_voters(len(poll)), name="voter_id")
    rarely = (poll["voter_category"] == "rarely/never").astype(int)
    items = poll[[name for name in poll if name.startswith("Q")]].rename(columns=str.lower)
    if kind == "category":
        items = items.astype(float).astype(str).replace("nan", np.nan)
    own = pd.concat([items, poll[["educ", "income_cat"]]], axis=1)
    voters = own.assign(birth_year=2020 - poll["ppage"], sex=poll["gender"].str[0])
    teaches = np.random.default_rng(seed).permutation(len(poll)) < 0.7 * len(poll)
    answers = np.where(rarely[teaches] == 1, 1, 5)
    survey = pd.DataFrame({"voter_id": poll.index[teaches], "date": "2020-10-01", "response": answers})
    survey = survey.assign(canvasser_id=np.arange(len(survey)) % 20, contact_result="canvassed")
    extras = {**dict.fromkeys(items, kind), "educ": "category", "income_cat": "category"}
    election = Election(date(2020, 11, 3), "general")
    ask = partial(fit_support, voters.reset_index(), survey, election=election, extras=extras)
    label = rarely[teaches].to_numpy(float)
    return Problem(rarely[~teaches], {OURS: ask}, voters[teaches], label, voters[~teaches])


def to_general(day: str) -> Election:
    return Election(date.fromisoformat(day), "general")
