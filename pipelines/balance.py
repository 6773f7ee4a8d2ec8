"""The balance of a scoring: voters = scored + excluded, whatever the parts."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from data.errors import PropensityError
from data.parts import has_part
from data.snapshots import Part, Snapshot
from data.storage import Place
from pipelines.plan import plan_name
from pipelines.records import Scoring
from pipelines.run import Run

OURS = (".parquet", ".plan", ".json")  # whatever else somebody puts beside them is not ours to remove


@dataclass(frozen=True)
class PartScore:
    """A scored part: where it is, how many were excluded for which reason, the sums of the scores, and what to say.

    `reused` says that an earlier scoring made it.
    """

    digest: str
    rows: int
    excluded: Mapping[str, int]
    sums: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    reused: bool = False

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(**{**data, "warnings": tuple(data["warnings"])})


def write_receipt(folder: Place, plan: str, part: Part, score: PartScore) -> None:
    """Leave beside a score file by which plan it was made, and from which part."""
    folder.write_bytes(receipt_name(plan, part), json.dumps(asdict(score)).encode())


def read_receipt(folder: Place, plan: str, part: Part) -> PartScore | None:
    """What scoring the part by this plan gave before, if it was done and its score file is whole."""
    try:
        score = PartScore.from_json(json.loads(folder.read_bytes(receipt_name(plan, part))))
    except FileNotFoundError:
        return None
    return replace(score, reused=True) if has_part(folder, score.digest) else None


def receipt_name(plan: str, part: Part) -> str:
    """The name of a receipt's file."""
    return f"{hashlib.sha256(f'{plan} {part.voters}'.encode()).hexdigest()}.json"


def add_up(run: Run, snapshot: Snapshot, models: Mapping[str, str], parts: list[PartScore]) -> Scoring:
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
        models=dict(models),
        voters=voters,
        scored=scored,
        excluded=dict(sorted(excluded.items())),
        means=means,
        parts=tuple(part.digest for part in parts),
        seconds=0.0,
        warnings=tuple(sorted({warning for part in parts for warning in part.warnings})),
        reused=sum(part.rows for part in parts if part.reused),
    )


def remove_unused(folder: Path, scoring: Scoring, parts: Sequence[Part]) -> None:
    """Remove the files of earlier scorings of other parts or by other plans: every published list holds its scores."""
    kept = {f"{digest}.parquet" for digest in scoring.parts} | {plan_name(scoring.plan), "scoring.json"}
    kept |= {receipt_name(scoring.plan, part) for part in parts}
    for path in folder.iterdir():
        if path.suffix in OURS and path.name not in kept:
            path.unlink()
