"""Score: every voter of the snapshot, part by part; voters = scored + excluded."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.campaign import Campaign
from data.errors import PropensityError
from data.parts import read_verified, write_part
from data.snapshots import Part, Snapshot, open_snapshot
from features.matrix import category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import learn_vocabulary
from models.model import PropensityModel, read_model
from models.scoring import score_voters
from pipelines.engine import Each
from pipelines.records import Scoring, read_training, scoring_path, write_record
from pipelines.run import Run
from pipelines.train import read_blocks

KEPT = ("household_id", "precinct", "do_not_call", "do_not_mail", "do_not_walk")


@dataclass(frozen=True)
class PartScore:
    """A scored part: where it is, how many were excluded for which reason, and the sums of the scores."""

    digest: str
    rows: int
    excluded: Mapping[str, int]
    sums: Mapping[str, float]


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


def load_models(campaign: Campaign) -> dict[str, PropensityModel]:
    """The models of the last training by outcome, each checked against its digest."""
    models = read_training(campaign.root).models
    return {
        name: read_model(read_verified(campaign.root / "models" / f"{digest}.json", digest))
        for name, digest in models.items()
    }


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


@dataclass(frozen=True)
class Scorer:
    """Scores parts of one snapshot into a folder."""

    folder: Path
    snapshot: Snapshot
    models: Mapping[str, PropensityModel]
    surroundings: Surroundings

    def score_part(self, part: Part) -> PartScore:
        """Score one part and keep it; its balance."""
        voters = self.snapshot.read_voters(part)
        scores = score_voters(voters, self.models, self.surroundings)
        for column in KEPT:
            scores[column] = voters[column].to_numpy(object if column in KEPT[:2] else bool)
        reasons, counts = np.unique(scores["excluded"].to_numpy(str), return_counts=True)
        excluded = {str(reason): int(n) for reason, n in zip(reasons, counts, strict=True) if reason}
        sums = {name: float(np.nansum(scores[name].to_numpy(np.float64))) for name in self.models}
        digest = write_part(self.folder, pa.Table.from_pandas(scores, preserve_index=False))
        return PartScore(digest, len(scores), excluded, sums)


def add_up(run: Run, snapshot: Snapshot, models: Mapping[str, PropensityModel], parts: list[PartScore]) -> Scoring:
    """The balance over all parts; PropensityError when a voter is missing from it."""
    voters = sum(part.rows for part in parts)
    if voters != snapshot.voters:
        raise PropensityError(f"{snapshot.voters:,} voters in the snapshot, {voters:,} came out of scoring")
    excluded: dict[str, int] = {}
    for part in parts:
        for reason, count in part.excluded.items():
            excluded[reason] = excluded.get(reason, 0) + count
    scored = voters - sum(excluded.values())
    means = {name: sum(part.sums[name] for part in parts) / max(scored, 1) for name in models}
    return Scoring(
        run=run.name,
        snapshot=snapshot.digest,
        as_of=run.campaign.election.date.isoformat(),
        models={name: model.digest for name, model in models.items()},
        voters=voters,
        scored=scored,
        excluded=dict(sorted(excluded.items())),
        means=means,
        parts=tuple(part.digest for part in parts),
        seconds=0.0,
    )


def remove_unused(folder: Path, scoring: Scoring) -> None:
    """Remove the score files of earlier runs: every published list holds its own scores."""
    kept = {f"{digest}.parquet" for digest in scoring.parts}
    for path in folder.glob("*.parquet"):
        if path.name not in kept:
            path.unlink()
