"""The cases of the quality benchmark: data sets posed as problems, the same rows for the product and for its peers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from converters import GENERALS, SELECTED_ON, convert_support, convert_turnout, number_voters
from numpy.typing import NDArray
from product import Scored, fit_county, fit_support, fit_turnout, fit_within, make_county

from data.elections import Election

OURS = "propensity"
STATED = f"{OURS}, turnout stated"
RESULTS = f"{OURS}, with state results"
BEST = "best achievable"
PRESIDENTIAL_RESULTS = {
    "2012-11-06": ("obama12", ("romney12", "otherpres12")),
    "2016-11-08": ("clinton16", ("trump16", "otherpres16")),
}
COUNTY_VOTERS = 60_000


@dataclass(frozen=True)
class Problem:
    """What to learn from, whom to judge on (`test` and `truth` by voter_id), and how the product is asked.

    `known` are predictions that nobody has to fit. Without rows to learn from there are no peers.
    """

    truth: pd.Series
    ours: Mapping[str, Callable[[], Scored]]
    train: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    label: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False)
    test: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    known: Mapping[str, pd.Series] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Goal:
    """A figure of one of the product's rows within low..high, or better than the best peer's by more than `ahead`."""

    figure: str
    low: float = -np.inf
    high: float = np.inf
    ahead: float | None = None
    row: str = OURS


@dataclass(frozen=True)
class Task:
    """One table: a problem for every seed; where there is one seed only, nothing is drawn."""

    case: str
    title: str
    pose: Callable[[int], Problem]
    seeds: int
    goals: tuple[Goal, ...] = ()


BELOW_PEERS = Goal("log_loss", ahead=0.0)


def list_tasks(data: Path | None) -> list[Task]:
    """Every task, in the order of the document; those on real data only where there is a folder of it."""
    real = [] if data is None else [*_ces(data), *_cces(data), *_experiments(data), *_nonvoters(data)]
    return real + _county()


def _ces(data: Path) -> list[Task]:
    return [
        Task(
            "ces",
            f"CES 2022 support, {'with' if party else 'no'} party, n = {n:,}",
            partial(pose_support, data, n, party),
            seeds=8,
            goals=(BELOW_PEERS, Goal("log_loss", ahead=0.005, row=RESULTS))
            if _results_too(n, party)
            else (BELOW_PEERS,),
        )
        for party in (False, True)
        for n in (300, 1_000, 3_000, 10_000)
    ]


def _results_too(n: int, party: bool) -> bool:
    return n <= 1_000 and not party


def pose_support(data: Path, n: int, party: bool, seed: int) -> Problem:
    """CES 2022: who was sampled teaches, everybody else is judged."""
    case = convert_support(data, answers=n, seed=seed)
    voters = case.files["voters"].drop(columns=[] if party else ["party"])
    survey = case.files["survey"]
    ask = partial(fit_support, voters, survey, election=_election(case.election), extras={"urbanicity": "category"})
    ours = {OURS: ask}
    if _results_too(n, party):
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


def _cces(data: Path) -> list[Task]:
    goals = {2018: (Goal("auc", low=0.728), Goal("ece", high=0.015), Goal("ece", high=0.012, row=STATED))}
    return [
        Task(
            "cces",
            f"CCES validated vote, generals {min(GENERALS)}–{coming - 2} → {coming}",
            partial(pose_turnout, data, coming),
            seeds=1,
            goals=goals.get(coming, ()),
        )
        for coming in (2018, 2016, 2014, 2012)
    ]


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


def _experiments(data: Path) -> list[Task]:
    ggl = (Goal("log_loss", high=0.566), Goal("ece", high=0.005), BELOW_PEERS)
    return [
        Task("ggl", "GGL, Aug 2006 primary, control arm, half the households", partial(pose_primary, data), 4, ggl),
        Task("ggn", "GGN, Nov 2001 local elections, control arm, 70/30", partial(pose_cities, data), 8, (BELOW_PEERS,)),
    ]


def pose_primary(data: Path, seed: int) -> Problem:
    """GGL control arm: half of the households teach who votes in the primary, the other half is judged."""
    group = pd.read_parquet(data / "ggl2008.parquet")
    group = group[group["treatment"] == "control"].reset_index(drop=True)
    group.index = pd.Index(number_voters(len(group)), name="voter_id")
    who = {"birth_year": group["yob"], "sex": np.where(group["female"] == 1, "F", "M")}
    voters = pd.DataFrame({**who, "household_id": group["hh_id"]}).reset_index()
    past = stated_history(group, SELECTED_ON)
    columns = group[["yob", "female", "hh_size", *SELECTED_ON]]
    election = Election(date(2006, 8, 8), "primary")
    return _pose_within(voters, past[past["status"] == "voted"], columns, group, "voted", election, {}, 0.5, seed)


def pose_cities(data: Path, seed: int) -> Problem:
    """GGN control arm: 70 % of the households of six cities teach who votes in November 2001, the others are judged."""
    group = pd.read_parquet(data / "ggn2003_canvass.parquet")
    group = group[group["treat"] == 0].reset_index(drop=True)
    group.index = pd.Index(number_voters(len(group)), name="voter_id")
    days = {"voted99": ("1999-11-02", "municipal"), "voted00": ("2000-11-07", "general")}
    days |= {"primary": ("2001-09-11", "primary")}
    who = {"birth_year": 2001 - group["age"].round().astype("Int64"), "sex": group["sex"], "party": group["party"]}
    where = {"county": group["city"], "precinct": group["city"].astype(str) + " " + group["turf"].astype(str)}
    voters = pd.DataFrame({**who, **where, "household_id": group["hh_id"], "famsize": group["famsize"]}).reset_index()
    columns = group[["city", "party", "sex", "age", "famsize", *days]]
    election, extras = Election(date(2001, 11, 6), "municipal"), {"famsize": "number"}
    return _pose_within(voters, stated_history(group, days), columns, group, "voted01", election, extras, 0.7, seed)


def stated_history(group: pd.DataFrame, days: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Columns of 1, 0 and unknown as rows of a vote history."""
    pieces = []
    for column, (day, kind) in days.items():
        known = group[column].dropna()
        status = np.where(known == 1, "voted", "did_not_vote")
        pieces.append(pd.DataFrame({"election_date": day, "election_type": kind, "status": status}, index=known.index))
    return pd.concat(pieces).rename_axis("voter_id").reset_index()


def _pose_within(
    voters: pd.DataFrame,
    past: pd.DataFrame,
    columns: pd.DataFrame,
    group: pd.DataFrame,
    voted: str,
    election: Election,
    extras: Mapping[str, str],
    share: float,
    seed: int,
) -> Problem:
    """A share of the households teaches who voted in an election, the others are judged."""
    teaches = draw_households(group["hh_id"], share, seed)
    day = {voted: (election.date.isoformat(), election.type)}
    history = pd.concat([past, stated_history(group[teaches], day)], ignore_index=True)
    ask = partial(fit_within, voters, history, election=election, extras=extras)
    label = group[voted].astype(int)
    return Problem(label[~teaches], {OURS: ask}, columns[teaches], label[teaches].to_numpy(float), columns[~teaches])


def draw_households(household: pd.Series, share: float, seed: int) -> NDArray[np.bool_]:
    """The rows of a random share of the households."""
    number, names = pd.factorize(household)
    return np.random.default_rng(seed).permutation(len(names))[number] < share * len(names)


def _nonvoters(data: Path) -> list[Task]:
    said: Sequence[tuple[str, str]] = (("number", "items as numbers"), ("category", "items as categories"))
    return [
        Task(
            "fte", f"FTE “rarely/never” voters, 70/30, {words}", partial(pose_nonvoters, data, kind), 8, (BELOW_PEERS,)
        )
        for kind, words in said
    ]


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


def _county() -> list[Task]:
    goals = (Goal("auc", ahead=-0.005), Goal("slope", low=0.95, high=1.05))
    return [
        Task("county", f"Synthetic county of {COUNTY_VOTERS:,}: {outcome}", partial(pose_county, outcome), 3, goals)
        for outcome in ("turnout", "support")
    ]


def pose_county(outcome: str, seed: int) -> Problem:
    """The synthetic county, judged on who may vote and was not asked, beside the best prediction possible."""
    county = make_county(COUNTY_VOTERS, seed)
    judged = county.truth[county.truth["turnout"] > 0].set_index("voter_id")
    judged = judged.drop(county.survey["voter_id"].unique(), errors="ignore") if outcome == "support" else judged
    truth = judged["votes" if outcome == "turnout" else "supports"].astype(int)
    ask = partial(fit_county, voters=COUNTY_VOTERS, county_seed=seed, outcome=outcome)
    return Problem(truth, {OURS: ask}, known={BEST: judged[f"best_{outcome}"]})


def _election(day: str) -> Election:
    return Election(date.fromisoformat(day), "general")
