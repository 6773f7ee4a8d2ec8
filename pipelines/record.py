"""Record: tell MLflow what was trained and what was published. What it misses is a warning, never a failure."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.parts import read_verified
from data.snapshots import Snapshot, open_snapshot
from lists.versions import ListVersion, Release
from pipelines.engine import Each
from pipelines.records import OutcomeRecord, Training
from pipelines.registry import RecordPending, Registry, open_registry
from pipelines.run import Run


@dataclass(frozen=True)
class Recorder:
    """Records one run's models and lists."""

    run: Run
    registry: Registry
    snapshot: Snapshot

    def record_outcome(self, named: tuple[str, OutcomeRecord]) -> str:
        """Record a trained outcome; its MLflow run."""
        name, record = named
        folder = self.run.campaign.root / "models"
        content = read_verified(folder / f"{record.digest}.json", str(record.digest)) if record.digest else b"{}"
        return self.registry.record_model(
            outcome=name,
            run_name=f"{name} {self.run.name}",
            parameters={
                "seed": self.run.settings.seed,
                **_weights(record),
            },
            metrics=dict(_metrics(record)),
            tags={"run": self.run.name, "decision": record.state, "reasons": "; ".join(record.reasons)},
            datasets=_datasets(self.snapshot),
            files={"model.json": content},
            published=record.trusted,
        )

    def record_report(self, report: Path) -> str:
        """Record the report; its MLflow run."""
        return self.registry.record_report(
            run_name=f"report {self.run.name}",
            report=report,
            tags={"run": self.run.name},
            datasets=_datasets(self.snapshot),
        )

    def record_list(self, release: Release, version: ListVersion) -> str:
        """Record a published list version; its MLflow run."""
        return self.registry.record_list(
            name=version.name,
            version=version.version,
            release=release.digest,
            parquet=self.run.campaign.root / "lists" / "parts" / f"{version.part}.parquet",
            rows=version.rows,
            doors=version.doors,
            parameters={"purpose": version.purpose, "tie_rule": version.tie_rule, "seed": self.run.settings.seed},
            tags={"run": self.run.name, "as_of": str(version.provenance["as_of"]), "part": version.part},
            datasets=_datasets(self.snapshot),
            run_key=release.run_key,
        )


def record_run(
    run: Run, each: Each, training: Training | None, release: Release | None, report: Path | None
) -> list[str]:
    """Record what this run trained and published; a warning for whatever MLflow did not take."""
    try:
        uri = run.settings.mlflow_tracking_uri
        registry = open_registry(run.campaign.root, campaign_uuid=run.campaign.uuid, tracking_uri=uri)
        recorder = Recorder(run, registry, open_snapshot(run.campaign))
        if training:
            trained = [(name, record) for name, record in training.outcomes.items() if record.evaluation]
            each(recorder.record_outcome, trained)
        if report:
            recorder.record_report(report)
        if release:
            for version in release.lists.values():
                recorder.record_list(release, version)
    except RecordPending as pending:
        return [str(pending)]
    return []


def _weights(record: OutcomeRecord) -> dict[str, float]:
    """The blend's weights, named in the letters that MLflow takes."""
    return {f"weight {name.replace('=', ' ')}": weight for name, weight in (record.members or {}).items()}


def _metrics(record: OutcomeRecord) -> Iterator[tuple[str, float]]:
    evaluation = record.evaluation or {}
    for name in ("rows", "positives", "mean_score"):
        yield name, float(evaluation[name])
    for name in ("log_loss", "log_loss_at_level", "brier", "auc", "ece", "ece_at_level", "slope", "intercept"):
        yield name, evaluation[name]["value"]
    for rule, compared in evaluation["rules"].items():
        yield f"log_loss {rule}", compared["log_loss"]
        yield f"gain {rule}", compared["gain"]["value"]


def _datasets(snapshot: Snapshot) -> dict[str, str]:
    """The digests of the snapshot and of every file imported into it."""
    files = {f"{record['kind']} {record['file']}": record["sha256"] for record in snapshot.imports}
    return {"snapshot": snapshot.digest, **files}
