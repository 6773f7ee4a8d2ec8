"""Whom a synthetic county supports, and what is heard of it: certified results, and a biased, fumbled canvass."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from data.contracts import RESULTS
from data.synthetic_file import COUNTY, precinct_names, voter_ids
from data.synthetic_people import PARTIES, Bools, Floats, Ints, People, Rng
from data.synthetic_turnout import Turnout, sigmoid

# Log-odds of supporting the campaign. Partisans vote for their own side nine times in ten or more; the others decide.
PARTY_SUPPORT = (2.1, -2.5, -0.1, -0.3)
LEAN_SUPPORT = 0.9
# How much more often, in logs, volunteers reach each party.
PARTY_REACH = (0.6, -0.6, 0.0, 0.0)
CANVASSERS = 32
CANVASS_DAYS = 75
# Shares of contacts without an answer, of answers that are undecided, and of each fumble among the rows.
UNANSWERED, UNDECIDED, STRANGERS, REPEATED, CONTRADICTED = 0.28, 0.12, 0.01, 0.01, 0.004
OUTCOMES, OUTCOME_SHARES = ("not_home", "refused", "moved"), (0.70, 0.22, 0.08)


@dataclass(frozen=True)
class Support:
    """Support of the campaign if voting: its logit, its chance, and what was drawn; arrays of shape (voters,)."""

    logit: Floats
    chance: Floats
    drawn: Bools


def choose_sides(people: People, day: date, rng: Rng) -> Support:
    """Draw everybody's side: party and precinct count most, then age, sex and schooling.

    Schooling counts twice as much among those without a party. Nothing that no column tells has a part in it.
    """
    decades = np.nan_to_num((people.age(day) - 50) / 10)
    schooling = np.where(people.education < 0, 0, people.education - 2)
    unaffiliated = people.party == PARTIES.index("UNA")
    logit = np.asarray(
        np.array(PARTY_SUPPORT)[people.party]
        + LEAN_SUPPORT * people.land.lean[people.precinct]
        - 0.12 * decades
        + 0.3 * (people.sex == 0)
        + 0.12 * schooling * (1 + unaffiliated)
    )
    chance = sigmoid(logit)
    return Support(logit, chance, rng.random(len(people)) < chance)


def certify(people: People, turnout: Turnout, support: Support, rng: Rng) -> pd.DataFrame:
    """Certified results of the past generals by precinct, and their sums for the county.

    Two in a hundred voters leave the file each year, so results count more people than the file still shows.
    """
    coming = turnout.calendar[-1].date
    tables = []
    for e, election in enumerate(turnout.calendar[:-1]):
        if election.type == "general":
            swing, growth = rng.normal(0, 0.12), 1 + 0.02 * (coming - election.date).days / 365
            voted = turnout.voted[:, e]
            counts = _count(people, voted, turnout.may_vote[:, e], sigmoid(support.logit + swing), growth, rng)
            tables.append(counts.assign(election_date=election.date.isoformat(), election_type=election.type))
    precincts = pd.concat(tables, ignore_index=True)
    county = precincts.drop(columns="area").groupby(["election_date", "election_type"], as_index=False).sum()
    areas = [precincts.assign(area_type="precinct"), county.assign(area_type="county", area=COUNTY)]
    return pd.concat(areas, ignore_index=True)[list(RESULTS.names)].astype("str")


def canvass(
    people: People, turnout: Turnout, support: Support, reachable: Bools, *, taken: date, rng: Rng
) -> pd.DataFrame:
    """What volunteers wrote down in the weeks before `taken`: one row a contact, in the order of the days.

    They reach older people, steady voters, supporters and some precincts too often, and only `reachable` voters.
    """
    asked = _reach(people, turnout, support, reachable, taken, rng)
    answered = rng.random(len(asked)) >= UNANSWERED
    answers = _answers(support.drawn[asked], support.chance[asked], rng)
    rows = pd.DataFrame(
        {
            "voter_id": voter_ids(len(people)).take(pa.array(asked)).to_pandas(),
            "date": _days(len(asked), taken, rng),
            "response": answers.astype("str").where(answered, ""),
            "canvasser_id": _canvassers(people.precinct[asked], rng),
            "contact_result": np.where(answered, "canvassed", rng.choice(OUTCOMES, size=len(asked), p=OUTCOME_SHARES)),
        }
    )
    return _fumble(rows, taken, rng)


def _count(people: People, voted: Bools, may_vote: Bools, support: Floats, growth: float, rng: Rng) -> pd.DataFrame:
    """One election's counts by precinct; one to three ballots in a hundred choose nobody."""
    names = precinct_names(people.land)
    ballots = np.bincount(people.precinct[voted], minlength=len(names))
    share = np.bincount(people.precinct[voted], weights=support[voted], minlength=len(names)) / np.maximum(ballots, 1)
    registered = np.round(np.bincount(people.precinct[may_vote], minlength=len(names)) * growth).astype(np.int64)
    ballots = np.round(ballots * growth).astype(np.int64)
    choices = rng.binomial(ballots, rng.uniform(0.97, 0.99, len(names)))
    votes = rng.binomial(choices, share)
    columns = {"area": names, "votes_for": votes, "votes_against": choices - votes, "ballots_cast": ballots}
    return pd.DataFrame({**columns, "registered": registered})


def _reach(people: People, turnout: Turnout, support: Support, reachable: Bools, taken: date, rng: Rng) -> Ints:
    """Rows of the voters who were asked: whole doors at a time, whoever was at home (weighted draw by Gumbel noise)."""
    contacts = min(int(reachable.sum()) // 2, round(np.clip(len(people) / 30, 1_500, 5_000) / (1 - UNANSWERED)))
    decades = np.nan_to_num((people.age(taken) - 50) / 10)
    steady = turnout.voted[:, :-1].sum(axis=1)
    effort = rng.normal(0, 0.9, len(people.land.town))[people.precinct]
    pull = 0.2 * decades + 0.12 * steady + np.array(PARTY_REACH)[people.party] + 0.1 * support.drawn + effort
    luck = rng.gumbel(size=people.door[-1] + 1)[people.door]
    home = reachable & (rng.random(len(people)) < 0.6)
    keenness = np.where(home, pull + luck, -np.inf)
    return np.argsort(-keenness, kind="stable")[:contacts]


def _answers(supports: Bools, chance: Floats, rng: Rng) -> pd.Series:
    """1 or 2 from supporters, 4 or 5 from opponents; 3 more often the closer the chance of support is to a half."""
    doubt = chance * (1 - chance)
    undecided = rng.random(len(chance)) < UNDECIDED * doubt / doubt.mean()
    strong = rng.random(len(chance)) < 0.65
    return pd.Series(np.where(undecided, 3, np.where(supports, 2 - strong, 4 + strong)))


def _days(count: int, taken: date, rng: Rng) -> pd.Series:
    days = np.datetime64(taken) - rng.integers(1, CANVASS_DAYS, size=count).astype("timedelta64[D]")
    return pd.Series(days.astype("datetime64[D]").astype(str), dtype="str")


def _canvassers(precinct: Ints, rng: Rng) -> pd.Series:
    """Volunteers mostly work where they live: a few of them take each precinct."""
    number = (precinct * 5 + rng.integers(0, 6, size=len(precinct))) % CANVASSERS
    return "V" + pd.Series(number + 1).astype("str").str.zfill(2)


def _fumble(rows: pd.DataFrame, taken: date, rng: Rng) -> pd.DataFrame:
    """The rows as they are handed in: ids cut or unknown, codes off the scale, rows twice, answers that conflict."""
    answered = rng.permutation(np.flatnonzero(rows["response"] != ""))
    sizes = [_share(rows, share) for share in (STRANGERS / 2, STRANGERS / 2, REPEATED, CONTRADICTED)]
    off, cut, unknown, twice, torn, _ = np.split(answered, np.cumsum([2, *sizes]))
    again, contrary = rows.iloc[twice], rows.iloc[torn]
    turned = contrary["response"].map({"1": "5", "2": "4", "3": "1", "4": "2", "5": "1"})
    contrary = contrary.assign(response=turned, date=_days(len(contrary), taken, rng).to_numpy())
    rows.loc[cut, "voter_id"] = rows.loc[cut, "voter_id"].str.lstrip("0")
    rows.loc[unknown, "voter_id"] = "9" + rows.loc[unknown, "voter_id"].str[1:]
    rows.loc[off, "response"] = ["0", "7"]
    return pd.concat([rows, again, contrary]).sort_values("date", kind="stable").reset_index(drop=True)


def _share(rows: pd.DataFrame, share: float) -> int:
    return max(1, round(len(rows) * share))
