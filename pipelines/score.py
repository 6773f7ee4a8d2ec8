"""Score: every voter of the snapshot, part by part; voters = scored + excluded."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version

from data.snapshots import Snapshot, open_snapshot
from features.surroundings import Surroundings
from models.gates import GateLimits
from models.model import PropensityModel
from models.profiles import Profile, suspect_drift
from pipelines.balance import add_up, remove_unused
from pipelines.blocks import read_surroundings, read_vocabulary
from pipelines.engine import Each
from pipelines.model_store import load_models
from pipelines.plan import Plan, plan_name, store_plan
from pipelines.records import Scoring, Training, find_scoring, read_training, scoring_path, write_record
from pipelines.reference import read_reference
from pipelines.run import Run
from pipelines.scorer import Scorer, load_plan

LIMITS = GateLimits()
SAMPLE = 1_000


def score_campaign(run: Run, each: Each) -> Scoring:
    """Score the current snapshot with the last trained models and record the balance."""
    began, folder = time.monotonic(), run.campaign.root / "scores"
    snapshot, training = open_snapshot(run.campaign), read_training(run.campaign.root)
    made_from = identify(run, snapshot, training)
    plan = find_plan(run, made_from) or store_plan(folder, make_plan(run, snapshot))
    scorer = Scorer(snapshot.parts_folder, folder, plan)
    parts = each(scorer.score_part, run.watch("score", snapshot.parts, lambda part: part.rows), spread=True)
    balance = add_up(run, snapshot, training.models, parts)
    suspicions = suspect_file(training, snapshot, load_plan(folder, plan).surroundings)
    seconds = round(time.monotonic() - began, 2)
    scoring = replace(balance, seconds=seconds, suspicions=suspicions, plan=plan, made_from=made_from)
    write_record(scoring_path(run.campaign.root), scoring)
    remove_unused(folder, scoring, snapshot.parts)
    return scoring


def identify(run: Run, snapshot: Snapshot, training: Training) -> str:
    """A digest of everything that scores depend on."""
    made_from = [
        run.campaign.uuid,
        version("propensity"),
        repr(run.campaign.election),
        repr(snapshot.calendar),
        sorted(snapshot.extras.items()),
        [part.voters for part in snapshot.parts],
        snapshot.results,
        training.models,
    ]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def find_plan(run: Run, made_from: str) -> str | None:
    """The plan of the last scoring, if it was made from the same."""
    last = find_scoring(run.campaign.root)
    if last is None or last.made_from != made_from:
        return None
    return last.plan if (run.campaign.root / "scores" / plan_name(last.plan)).exists() else None


def make_plan(run: Run, snapshot: Snapshot) -> Plan:
    """The plan by which the snapshot is scored with the last trained models."""
    models = load_models(run.campaign)
    surroundings = gather_coming(run, snapshot, models)
    return Plan(models, surroundings, read_reference(snapshot, surroundings, SAMPLE))


def suspect_file(training: Training, snapshot: Snapshot, surroundings: Surroundings) -> tuple[str, ...]:
    """Why the models of a training must not be used on this snapshot: features that are not what they were then."""
    if training.profile is None or training.snapshot == snapshot.digest:
        return ()
    profile = Profile.from_json(training.profile)
    now = read_reference(snapshot, surroundings)
    if tuple(profile.shapes) != tuple(now.columns):
        return ("the file has other columns than the models were trained on: train again",)
    return tuple(str(one) for one in suspect_drift(profile, profile.count(now), LIMITS.suspicious) if one.blocks)


def gather_coming(run: Run, snapshot: Snapshot, models: Mapping[str, PropensityModel]) -> Surroundings:
    """Surroundings as of the coming election, in the words that the models learned."""
    coming = run.campaign.election
    words = next((model.vocabulary for model in models.values()), None) or read_vocabulary(run, snapshot)
    return read_surroundings(run, snapshot, [coming], words)[coming]
