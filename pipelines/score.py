"""Score: every voter of the snapshot, part by part; voters = scored + excluded."""

import time
from collections.abc import Mapping
from dataclasses import replace

from data.snapshots import Snapshot, open_snapshot
from features.matrix import category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import learn_vocabulary
from models.model import PropensityModel
from pipelines.balance import add_up, remove_unused
from pipelines.engine import Each
from pipelines.lessons import read_blocks
from pipelines.model_store import load_models
from pipelines.records import Scoring, scoring_path, write_record
from pipelines.run import Run
from pipelines.scorer import Scorer


def score_campaign(run: Run, each: Each) -> Scoring:
    """Score the current snapshot with the last trained models and record the balance."""
    began = time.monotonic()
    snapshot = open_snapshot(run.campaign)
    models = load_models(run.campaign)
    scorer = Scorer(run.campaign.root / "scores", snapshot, models, gather_coming(run, snapshot, models))
    parts = each(scorer.score_part, run.watch("score", snapshot.parts, lambda part: part.rows))
    scoring = replace(add_up(run, snapshot, models, parts), seconds=round(time.monotonic() - began, 2))
    write_record(scoring_path(run.campaign.root), scoring)
    remove_unused(run.campaign.root / "scores", scoring)
    return scoring


def gather_coming(run: Run, snapshot: Snapshot, models: Mapping[str, PropensityModel]) -> Surroundings:
    """Surroundings as of the coming election, in the words that the models learned."""
    coming = run.campaign.election
    words = [model.vocabulary for model in models.values()]
    if not words:
        words = [learn_vocabulary(read_blocks(run, snapshot, "words"), category_columns(snapshot.extras))]
    return learn_surroundings(
        read_blocks(run, snapshot, "surroundings"),
        calendar=snapshot.calendar,
        coming=[coming],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=words[0],
    )[coming]
