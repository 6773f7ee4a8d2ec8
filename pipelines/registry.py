"""What MLflow is told of a campaign: one run and one registered version for every model and every list version.

MLflow is a witness, not the truth: what is live is what the campaign's own pointers name, whether or not it is recorded
here. Without a server of the campaign's choice everything stays in `mlflow.db` and `mlartifacts/` of its folder.
Models are recorded as the files they are, never as pickles. Parameters and tags say nothing of any voter.

MLflow is imported when a registry is opened: its import takes seconds and reads the environment.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from data.errors import PropensityError

if TYPE_CHECKING:
    from mlflow import MlflowClient

Value = str | float | int

PUBLISHED = "published"
DIGEST_CHARACTERS = 32  # MLflow keeps 36; the whole digest is in the source

# Quiet and offline, and a server that does not answer costs one short wait instead of four minutes of attempts.
ENVIRONMENT: Mapping[str, str] = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "3",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
}


class RecordPending(PropensityError):
    """MLflow did not record something; what it should have recorded stands all the same."""


@contextmanager
def recording(what: str) -> Iterator[None]:
    """Turn whatever MLflow raises inside the block into RecordPending, naming `what` and the kind of error."""
    try:
        yield
    except Exception as error:
        raise RecordPending(
            f"MLflow did not record {what} ({type(error).__name__}); it stands all the same."
        ) from error


def open_registry(root: Path, *, campaign_uuid: str, tracking_uri: str | None = None) -> Registry:
    """The registry of the campaign at `root`, in its own folder or at `tracking_uri`; made if it is not there.

    Raises RecordPending if it cannot be opened, after five seconds at most if a server does not answer.
    """
    os.umask(0o077)
    os.environ.update(ENVIRONMENT)
    with recording("this run"):
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri or f"sqlite:///{root.absolute() / 'mlflow.db'}")
        registry = Registry(client, root, campaign_uuid, shared=tracking_uri is not None)
        registry.find_experiment()
    return registry


class Registry:
    """One campaign's models and lists in MLflow. On a `shared` server every name begins with the campaign's uuid."""

    def __init__(self, client: MlflowClient, root: Path, campaign_uuid: str, *, shared: bool) -> None:
        self._client = client
        self._root = root
        self._campaign_uuid = campaign_uuid
        self._prefix = f"{campaign_uuid}-" if shared else ""
        self._artifacts = None if shared else (root.absolute() / "mlartifacts").as_uri()

    def record_model(
        self,
        *,
        outcome: str,
        run_name: str,
        parameters: Mapping[str, Value],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        datasets: Mapping[str, str],
        files: Mapping[str, bytes],
        published: bool,
    ) -> str:
        """Record a trained model as the next version of `model-<outcome>`; the id of its run.

        `datasets` are sha256 digests by name. The alias `published` moves to it only if it is `published`.
        Raises RecordPending.
        """
        model = f"model-{outcome}"
        stated = {**tags, "outcome": outcome}
        with recording(f"the model of {outcome}"), self._run(run_name, stated, parameters, metrics, datasets) as run:
            with TemporaryDirectory(dir=self._root) as folder:
                for name, content in files.items():
                    (Path(folder) / name).write_bytes(content)
                self._client.log_artifacts(run, folder, "model")
            version = self._register(model, run, "model", stated)
            if published:
                self._publish(model, version)
        return run

    def record_list(
        self,
        *,
        name: str,
        version: int,
        release: str,
        parquet: Path,
        rows: int,
        doors: int,
        parameters: Mapping[str, Value],
        tags: Mapping[str, str],
        datasets: Mapping[str, str],
        run_key: str,
    ) -> str:
        """Record a published list version, with its voters, as a version of `list-<name>`; the id of its run.

        A version that is recorded already is not recorded again. The alias `published` moves to it, but never back.
        Raises RecordPending.
        """
        model = f"list-{name}"
        stated = {**tags, "list": name, "list_version": str(version), "release": release, "run_key": run_key}
        metrics = {"rows": float(rows), "doors": float(doors)}
        with recording(f"list {name} version {version}"):
            found = self._find_version(model, version)
            if found is None:
                with self._run(f"{name} {version}", stated, parameters, metrics, datasets) as run:
                    self._client.log_artifact(run, str(parquet), "list")
                    found = self._register(model, run, "list", stated), run
            self._publish(model, found[0])
            return found[1]

    def record_report(
        self, *, run_name: str, report: Path, tags: Mapping[str, str], datasets: Mapping[str, str]
    ) -> str:
        """Record the report of a run, as the file it is; the id of its MLflow run. Raises RecordPending."""
        with recording("the report"), self._run(run_name, {**tags, "kind": "report"}, {}, {}, datasets) as run:
            self._client.log_artifact(run, str(report), "report")
        return run

    def find_experiment(self) -> str:
        """The id of the campaign's experiment."""
        name = f"{self._prefix}propensity"
        found = self._client.get_experiment_by_name(name)
        return found.experiment_id if found else self._client.create_experiment(name, self._artifacts)

    @contextmanager
    def _run(
        self,
        run_name: str,
        tags: Mapping[str, str],
        parameters: Mapping[str, Value],
        metrics: Mapping[str, float],
        datasets: Mapping[str, str],
    ) -> Iterator[str]:
        """A run that holds all but files, finished at the end of the block and failed if the block fails."""
        stated = {**tags, "campaign": self._campaign_uuid}
        run = self._client.create_run(self.find_experiment(), tags=stated, run_name=run_name).info.run_id
        status = "FAILED"
        try:
            self._describe(run, parameters, metrics, datasets)
            yield run
            status = "FINISHED"
        finally:
            self._client.set_terminated(run, status)

    def _describe(
        self, run: str, parameters: Mapping[str, Value], metrics: Mapping[str, float], datasets: Mapping[str, str]
    ) -> None:
        from mlflow.entities import Dataset, DatasetInput, Metric, Param

        now = int(time.time() * 1000)
        self._client.log_batch(
            run,
            metrics=[Metric(name, value, now, 0) for name, value in metrics.items()],
            params=[Param(name, str(value)) for name, value in parameters.items()],
        )
        inputs = [
            Dataset(name, digest[:DIGEST_CHARACTERS], "sha256", json.dumps({"sha256": digest}))
            for name, digest in datasets.items()
        ]
        self._client.log_inputs(run, [DatasetInput(dataset) for dataset in inputs])

    def _register(self, model: str, run: str, artifact: str, tags: Mapping[str, str]) -> int:
        """The number MLflow gives to the run's artifact as the next version of the model."""
        from mlflow.exceptions import MlflowException

        name = self._prefix + model
        try:
            self._client.get_registered_model(name)
        except MlflowException:
            self._client.create_registered_model(name, tags={"campaign": self._campaign_uuid})
        source = f"{self._client.get_run(run).info.artifact_uri}/{artifact}"
        stated = {**tags, "campaign": self._campaign_uuid}
        return int(self._client.create_model_version(name, source, run, tags=stated).version)

    def _find_version(self, model: str, list_version: int) -> tuple[int, str] | None:
        """MLflow's own version number and the run of a list version, if it is recorded."""
        wanted = f"name = '{self._prefix}{model}' and tag.list_version = '{list_version}'"
        found = self._client.search_model_versions(wanted, max_results=1)
        return (int(found[0].version), str(found[0].run_id)) if found else None

    def _publish(self, model: str, version: int) -> None:
        """Move the alias to this version, never back to an earlier one."""
        live = self._client.get_registered_model(self._prefix + model).aliases.get(PUBLISHED, 0)
        if version > int(live):
            self._client.set_registered_model_alias(self._prefix + model, PUBLISHED, str(version))
