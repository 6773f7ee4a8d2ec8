"""Score: every voter of the snapshot, part by part; voters = scored + excluded."""

import time
from collections.abc import Mapping
from dataclasses import replace

from data.snapshots import Snapshot, open_snapshot
from features.surroundings import Surroundings
from models.gates import GateLimits
from models.model import PropensityModel
from models.profiles import Profile, suspect_drift
from pipelines.balance import add_up, remove_unused
from pipelines.blocks import read_surroundings, read_vocabulary
from pipelines.engine import Each
from pipelines.model_store import load_models
from pipelines.records import Scoring, Training, read_training, scoring_path, write_record
from pipelines.reference import read_reference
from pipelines.run import Run
from pipelines.scorer import Scorer

LIMITS = GateLimits()


def score_campaign(run: Run, each: Each) -> Scoring:
    """Score the current snapshot with the last trained models and record the balance."""
    began = time.monotonic()
    snapshot = open_snapshot(run.campaign)
    models = load_models(run.campaign)
    scorer = Scorer(run.campaign.root / "scores", snapshot, models, gather_coming(run, snapshot, models))
    parts = each(scorer.score_part, run.watch("score", snapshot.parts, lambda part: part.rows), spread=True)
    suspicions = suspect_file(read_training(run.campaign.root), snapshot, scorer.surroundings)
    balance = add_up(run, snapshot, models, parts)
    scoring = replace(balance, seconds=round(time.monotonic() - began, 2), suspicions=suspicions)
    write_record(scoring_path(run.campaign.root), scoring)
    remove_unused(run.campaign.root / "scores", scoring)
    return scoring


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
