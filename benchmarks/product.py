"""The product as a benchmark meets it: raw frames in, a score for every voter out, by the steps that production runs.

A campaign in a temporary folder, the real imports, `train_models` and `score_campaign`, one after the other without
Prefect and MLflow. Every call of the product that the quality benchmark makes is in this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from data.campaign import Campaign, init_campaign
from data.elections import Election
from data.imports import import_history, import_results, import_survey, import_voters
from data.mapping import Mapping as Profile
from data.snapshots import open_snapshot
from data.synthetic import County, synthesise_county
from models.gates import GateLimits
from models.outcomes import TURNOUT
from models.replay import Era, gather_replay
from models.scoring import score_voters
from models.training import train_model
from pipelines.blocks import read_blocks, read_surroundings, read_vocabulary
from pipelines.engine import one_by_one
from pipelines.run import Run
from pipelines.score import score_campaign
from pipelines.settings import Settings
from pipelines.train import train_models

IMPORTS = {"voters": import_voters, "history": import_history, "survey": import_survey, "results": import_results}
Extras = Mapping[str, str]


@dataclass(frozen=True)
class Scored:
    """Scores of one outcome by voter_id, NaN for who is not scored, and what the gate said they come from."""

    scores: pd.Series
    state: str


def fit_support(
    voters: pd.DataFrame,
    survey: pd.DataFrame,
    *,
    election: Election,
    extras: Extras,
    results: pd.DataFrame | None = None,
    seed: int = 1,
) -> Scored:
    """Support scores of everybody in the voter file."""
    files = {"voters": voters, "survey": survey} | ({} if results is None else {"results": results})
    with TemporaryDirectory(prefix="propensity-quality-") as folder:
        return _score(open_run(Path(folder), files, election, extras, seed))["support"]


def fit_turnout(
    voters: pd.DataFrame,
    history: pd.DataFrame,
    *,
    election: Election,
    extras: Extras,
    expected: float | None = None,
    seed: int = 1,
) -> Scored:
    """Turnout scores of everybody in the voter file; `expected` is the turnout that the campaign states."""
    with TemporaryDirectory(prefix="propensity-quality-") as folder:
        run = open_run(Path(folder), {"voters": voters, "history": history}, election, extras, seed)
        stated = replace(run.campaign, expected_turnout=expected)
        return _score(replace(run, campaign=stated))["turnout"]


def fit_within(
    voters: pd.DataFrame, history: pd.DataFrame, *, election: Election, extras: Extras, seed: int = 1
) -> Scored:
    """Turnout scores for an election that part of the voters are labelled for: its rows in the history say who voted.

    The recipes and the judge of turnout on one era, without the choice among past elections.
    """
    with TemporaryDirectory(prefix="propensity-quality-") as folder:
        run = open_run(Path(folder), {"voters": voters, "history": history}, election, extras, seed)
        snapshot = open_snapshot(run.campaign)
        around = read_surroundings(run, snapshot, [election], read_vocabulary(run, snapshot))
        era = Era(election, 1.0, like=True)
        data, _ = gather_replay(lambda: read_blocks(run, snapshot, ""), (era,), around, seed=seed)
        assert data is not None
        trained = train_model(
            data,
            TURNOUT,
            coming=election,
            judged=np.ones(len(data), bool),
            judged_on="folds",
            vocabulary=around[election].vocabulary,
            limits=GateLimits(),
            seed=seed,
        )
        blocks = (score_voters(b, {"turnout": trained.model}, around[election]) for b in read_blocks(run, snapshot, ""))
        scores = pd.concat(list(blocks)).set_index("voter_id")["turnout"]
        return Scored(scores, trained.decision.used)


def fit_county(*, voters: int, county_seed: int, outcome: str) -> Scored:
    """Scores of one outcome for a synthetic county."""
    return _score_county(voters, county_seed)[outcome]


@lru_cache(maxsize=3)
def make_county(voters: int, county_seed: int) -> County:
    """The synthetic county, and the truth behind it."""
    return synthesise_county(voters=voters, seed=county_seed)


@lru_cache(maxsize=3)
def _score_county(voters: int, county_seed: int) -> dict[str, Scored]:
    county = make_county(voters, county_seed)
    files = {kind: getattr(county, kind) for kind in IMPORTS}
    with TemporaryDirectory(prefix="propensity-quality-") as folder:
        return _score(open_run(Path(folder), files, county.election, county.extras, seed=1))


def open_run(folder: Path, files: Mapping[str, pd.DataFrame], election: Election, extras: Extras, seed: int) -> Run:
    """A campaign with the files imported; nothing is run yet."""
    campaign = init_campaign(folder / "campaign", name="Quality", election=election)
    for kind, rows in files.items():
        _import(campaign, folder / f"{kind}.csv", kind, rows, Profile(extra=dict(extras)))
    settings = Settings(campaign=campaign.root, seed=seed)
    return Run("quality", campaign, settings, datetime.combine(election.date, datetime.min.time()))


def _import(campaign: Campaign, file: Path, kind: str, rows: pd.DataFrame, profile: Profile) -> None:
    rows.to_csv(file, index=False)
    told = profile if kind == "voters" else None
    IMPORTS[kind](campaign, file, mapping=told, today=campaign.election.date)


def _score(run: Run) -> dict[str, Scored]:
    """Train and score as `propensity run` does; the scores of every outcome that could be trained."""
    training = train_models(run, one_by_one)
    scoring = score_campaign(run, one_by_one)
    files = [run.campaign.root / "scores" / f"{digest}.parquet" for digest in scoring.parts]
    scores = pd.concat([pd.read_parquet(file) for file in files]).set_index("voter_id")
    return {
        name: Scored(scores[name], record.state) for name, record in training.outcomes.items() if name in scoring.models
    }
