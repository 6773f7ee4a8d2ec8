"""A synthetic county: files as a campaign would have them, and the truth behind them."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from data.elections import Election
from data.synthetic_answers import Support, canvass, certify, choose_sides
from data.synthetic_file import SCORED_STATUSES, STATUSES, draw_status, text_frame, voter_ids, write_register
from data.synthetic_people import Bools, Floats, Ints, People, settle_people
from data.synthetic_turnout import Turnout, cast_votes, past_calendar, predict_turnout

EXTRAS = {"education": "category", "income": "number"}
# The voter file and the canvass are as of this many days before the coming election.
HEAD_START = 45
NEXT_MIDTERM = Election(date(2026, 11, 3), "general")


@dataclass(frozen=True)
class County:
    """A county's files as text, as they would stand in CSV files, and the truth behind them.

    `truth` has one row a voter in the order of `voters`: `turnout` and `support` (the true chances; turnout is 0 where
    the voter may not vote), `votes` and `supports` (what was drawn), and `best_turnout` and `best_support`: the best
    predictions possible from the files, were all effects known. The files are as of the day `taken`.
    """

    voters: pd.DataFrame
    history: pd.DataFrame
    survey: pd.DataFrame
    results: pd.DataFrame
    truth: pd.DataFrame
    election: Election
    extras: dict[str, str]
    taken: date


def synthesise_county(*, voters: int = 60_000, seed: int = 1, election: Election = NEXT_MIDTERM) -> County:
    """A county of `voters` people before the coming election, the same for the same arguments.

    Twelve past elections, certified results of the generals among them, and a canvass of about `voters` / 30 answers,
    at least 1,500 and at most 5,000 of them (fewer in a county too small for that).
    """
    rng = np.random.default_rng(seed)
    calendar = (*past_calendar(election), election)
    taken = election.date - timedelta(HEAD_START)
    people = settle_people(voters, taken=taken, opening=calendar[0].date, rng=rng)
    turnout = cast_votes(people, calendar, rng)
    support = choose_sides(people, election.date, rng)
    status = draw_status(people, taken, _lapsed(turnout), rng)
    scored = turnout.may_vote[:, -1] & np.isin(status, [STATUSES.index(name) for name in SCORED_STATUSES])
    truth = _truth(people, turnout, support, scored)
    order = np.argsort(truth["voter_id"].to_numpy(), kind="stable")
    return County(
        voters=write_register(people, status, rng).iloc[order].reset_index(drop=True),
        history=_history(turnout, order),
        survey=canvass(people, turnout, support, scored, taken=taken, rng=rng),
        results=certify(people, turnout, support, rng),
        truth=truth.iloc[order].reset_index(drop=True),
        election=election,
        extras=dict(EXTRAS),
        taken=taken,
    )


def write_county(county: County, folder: Path) -> dict[str, Path]:
    """Write the county's CSV files, `mapping.toml` and `truth.parquet` into a folder, made if missing.

    Returns the path of each by its name: voters, history, survey, results, mapping, truth.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = ("voters", "history", "survey", "results")
    paths = {name: folder / f"{name}.csv" for name in names}
    for name in names:
        table = pa.Table.from_pandas(getattr(county, name), preserve_index=False)
        csv.write_csv(table, paths[name], csv.WriteOptions(quoting_style="none", quoting_header="none"))
    paths |= {"mapping": folder / "mapping.toml", "truth": folder / "truth.parquet"}
    lines = [f'{name} = "{kind}"' for name, kind in county.extras.items()]
    paths["mapping"].write_text("\n".join(["[extra]", *lines, ""]), encoding="utf-8")
    parquet.write_table(pa.Table.from_pandas(county.truth, preserve_index=False), paths["truth"])
    return paths


def best_auc(county: County) -> dict[str, float]:
    """The AUC of the best possible turnout and support predictions, on what was drawn for voters who may be scored."""
    truth = county.truth[county.truth["turnout"] > 0]
    return {
        "turnout": _auc(truth["best_turnout"].to_numpy(), truth["votes"].to_numpy()),
        "support": _auc(truth["best_support"].to_numpy(), truth["supports"].to_numpy()),
    }


def _lapsed(turnout: Turnout) -> Bools:
    """Who was on the rolls for the last two generals and voted in neither."""
    past = [e for e, election in enumerate(turnout.calendar[:-1]) if election.type == "general"][-2:]
    return np.asarray((turnout.may_vote[:, past] & ~turnout.voted[:, past]).all(axis=1))


def _truth(people: People, turnout: Turnout, support: Support, scored: Bools) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "voter_id": voter_ids(len(people)).to_pandas(),
            "turnout": np.where(scored, turnout.chances[:, -1], 0.0),
            "support": support.chance,
            "votes": turnout.voted[:, -1] & scored,
            "supports": support.drawn,
            "best_turnout": np.where(scored, predict_turnout(turnout, people.door), 0.0),
            "best_support": support.chance,
        }
    )


def _history(turnout: Turnout, order: Ints) -> pd.DataFrame:
    """One row a vote cast before the coming election, voters in the given order."""
    row, election = np.nonzero(turnout.voted[order, :-1])
    columns = {
        "voter_id": voter_ids(len(order)).take(pa.array(order[row])),
        "election_date": pa.array([e.date.isoformat() for e in turnout.calendar]).take(pa.array(election)),
        "election_type": pa.array([e.type for e in turnout.calendar]).take(pa.array(election)),
    }
    return text_frame(columns)


def _auc(scores: Floats, outcomes: Bools) -> float:
    """The chance that a voter with the outcome scores above one without it, ties counting half."""
    ordered = np.sort(scores)
    ranks = (np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right") + 1) / 2
    hits = int(outcomes.sum())
    return float((ranks[outcomes].sum() - hits * (hits + 1) / 2) / (hits * (len(outcomes) - hits)))
