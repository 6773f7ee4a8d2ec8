"""The balance of a scoring: voters = scored + excluded, whatever the parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.errors import PropensityError
from data.snapshots import Snapshot
from models.model import PropensityModel
from pipelines.records import Scoring
from pipelines.run import Run


@dataclass(frozen=True)
class PartScore:
    """A scored part: where it is, how many were excluded for which reason, and the sums of the scores."""

    digest: str
    rows: int
    excluded: Mapping[str, int]
    sums: Mapping[str, float]


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
