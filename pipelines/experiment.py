"""An experiment: a file about voters of the campaign, studied with their features as they stood on its day."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.campaign import Campaign
from data.durable import make_folder, sha256_file, write_file
from data.elections import Election
from data.errors import GateRefused, InputError, UsageError
from data.experiments import Roles, read_experiment
from data.snapshots import Snapshot, open_snapshot
from features.household import door_keys
from features.matrix import build_features, category_columns
from lists.exports import write_csv
from models.experiments import Experiment, drawn_both_ways
from models.randomisation import find_leak
from models.studies import Study, study_experiment
from pipelines.blocks import read_blocks, read_surroundings, read_vocabulary
from pipelines.run import Run


@dataclass(frozen=True)
class Studied:
    """An experiment that was studied: what was read, what was found, where it is stored."""

    file: str
    columns: dict[str, str]
    as_of: date
    snapshot: str
    seed: int
    rows: int
    study: Study
    path: Path

    def to_json(self) -> dict[str, Any]:
        """For machines; figures of groups only, never of a voter."""
        study = {name: value for name, value in asdict(self.study).items() if name != "moved"}
        told = {name: getattr(self, name) for name in ("file", "columns", "snapshot", "seed", "rows")}
        return {**told, "as_of": self.as_of.isoformat(), **study}


def run_experiment(run: Run, file: Path, roles: Roles, *, day: date | None, out: Path | None = None) -> Studied:
    """Study the experiment, store what was found, and write who is moved to `out` if anyone can be told apart.

    `day` is that of the experiment, the campaign's election day where it is None. Raises UsageError and InputError as
    `read_experiment`, InputError too where features know the outcome, GateRefused where the draw was none.
    """
    _check_out(out)
    snapshot = open_snapshot(run.campaign)
    rows = read_experiment(file, roles, snapshot.read_voter_ids())
    election = _election(run.campaign, snapshot, day)
    features, doors = _gather(run, snapshot, election, rows["voter_id"])
    if leak := find_leak(features, rows["outcome"].to_numpy()):
        told = f"the feature {leak!r} is the outcome itself; give the day before which it was not known with --date"
        raise InputError(f"{file.name}, column {roles.outcome!r}: {told}")
    experiment = _to_experiment(rows, doors)
    if not drawn_both_ways(experiment).any():
        told = "no block has both voters to contact and voters left alone; leave the option out, or name another column"
        raise InputError(f"{file.name}, column {roles.block!r}: {told}")
    study = study_experiment(experiment, features, category_columns(snapshot.extras), seed=run.settings.seed)
    studied = _keep(run, file, roles, election, snapshot, study, len(rows))
    if study.randomisation.against:
        told = f"{file.name} is no randomised experiment, and no effect is estimated ({studied.path.name})"
        raise GateRefused(told, study.randomisation.against)
    if out is not None and study.moved is not None:
        known = ~np.isnan(study.moved)
        write_csv(pd.DataFrame({"voter_id": rows["voter_id"][known], "uplift": study.moved[known]}), out)
    return studied


def _check_out(out: Path | None) -> None:
    if out is None:
        return
    if out.suffix != ".csv":
        raise UsageError(f"{out.name}: --out must end in .csv")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"{out}: there is no such folder")


def _election(campaign: Campaign, snapshot: Snapshot, day: date | None) -> Election:
    """The election of that day, of the campaign's kind where the vote history knows none."""
    if day is None:
        return campaign.election
    known = (election for election in snapshot.calendar if election.date == day)
    return next(known, Election(day, campaign.election.type))


def _gather(run: Run, snapshot: Snapshot, election: Election, voter_ids: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    """Features and doors of the voters as of the election, in their order."""
    surroundings = read_surroundings(run, snapshot, [election], read_vocabulary(run, snapshot))[election]
    pieces, doors = [], []
    for block in read_blocks(run, snapshot, "experiment"):
        taking = block["voter_id"].isin(voter_ids).to_numpy()
        pieces.append(build_features(block, as_of=election.date, surroundings=surroundings)[taking])
        doors.append(pd.Series(door_keys(block)[taking].view(np.int64), index=pieces[-1].index))
    return pd.concat(pieces).loc[voter_ids], pd.concat(doors).loc[voter_ids]


def _to_experiment(rows: pd.DataFrame, doors: pd.Series) -> Experiment:
    """The experiment of the file's rows; a household is a cluster where the file names none."""
    cluster = pd.factorize(rows["cluster"])[0] if "cluster" in rows else doors.to_numpy()
    block = pd.factorize(rows["block"])[0] if "block" in rows else np.zeros(len(rows))
    contacted = rows["contacted"].to_numpy() if "contacted" in rows else None
    return Experiment(
        rows["assigned"].to_numpy(),
        rows["outcome"].to_numpy(),
        np.asarray(cluster, np.int64),
        np.asarray(block, np.int64),
        contacted,
    )


def _keep(
    run: Run, file: Path, roles: Roles, election: Election, snapshot: Snapshot, study: Study, rows: int
) -> Studied:
    """Store what was found under a name that the same experiment, studied the same way, has again."""
    asked = {
        "sha256": sha256_file(file),
        "columns": roles.columns,
        "election": [election.date.isoformat(), election.type],
        "snapshot": snapshot.digest,
        "seed": run.settings.seed,
    }
    folder = run.campaign.root / "experiments"
    name = sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
    path = folder / f"{name}.json"
    studied = Studied(file.name, roles.columns, election.date, snapshot.digest, run.settings.seed, rows, study, path)
    make_folder(folder)
    write_file(path, json.dumps({**studied.to_json(), "sha256": asked["sha256"]}, indent=1).encode())
    return studied
