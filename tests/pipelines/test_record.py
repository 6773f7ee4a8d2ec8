from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from data.snapshots import open_snapshot
from pipelines import record
from pipelines.engine import one_by_one
from pipelines.record import Recorder, record_run
from pipelines.registry import RecordPending

PAGE = Path("reports/2026-10-01.1.html")


@dataclass
class FakeRegistry:
    """Keeps what it is told."""

    models: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)

    def record_model(self, **told: Any) -> str:
        self.models.append(told)
        return "run"

    def record_list(self, **told: Any) -> str:
        self.lists.append(told)
        return "run"

    def record_report(self, **told: Any) -> str:
        self.reports.append(told)
        return "run"


@pytest.fixture
def told(done: Any, monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    registry = FakeRegistry()
    monkeypatch.setattr(record, "open_registry", lambda *args, **kwargs: registry)
    assert record_run(done.run, one_by_one, done.training, done.release, PAGE) == []
    return registry


def test_a_run_records_each_model_and_each_list(told: FakeRegistry, done: Any) -> None:
    assert {model["outcome"] for model in told.models} == {"turnout", "support"}
    assert {one["name"] for one in told.lists} == set(done.release.lists)


def test_a_model_is_recorded_with_its_metrics_digests_and_bytes(told: FakeRegistry, done: Any) -> None:
    turnout = next(model for model in told.models if model["outcome"] == "turnout")
    assert turnout["metrics"]["auc"] == done.training.outcomes["turnout"].evaluation["auc"]["value"]
    assert turnout["datasets"]["snapshot"] == done.training.snapshot
    assert len(turnout["datasets"]) == 5
    evaluation = done.training.outcomes["turnout"].evaluation
    assert turnout["metrics"]["log_loss_at_level"] == evaluation["log_loss_at_level"]["value"]
    assert b'"outcome": "turnout"' in turnout["files"]["model.json"]
    assert turnout["published"]


def test_names_are_in_the_letters_that_mlflow_takes(told: FakeRegistry) -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./: ")
    names = [name for model in told.models for name in (*model["parameters"], *model["metrics"])]
    assert all(set(name) <= allowed for name in names)


def test_no_voter_is_in_parameters_or_tags(told: FakeRegistry, county: Any) -> None:
    words = " ".join(str(one[key]) for one in (*told.models, *told.lists) for key in ("parameters", "tags"))
    assert not any(voter in words for voter in county.voters["voter_id"])


def test_what_mlflow_misses_is_a_warning(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise RecordPending("MLflow did not record anything")

    monkeypatch.setattr(record, "open_registry", down)
    assert record_run(done.run, one_by_one, done.training, done.release, PAGE) == ["MLflow did not record anything"]


def test_the_report_is_recorded_with_what_it_is_about(told: FakeRegistry, done: Any) -> None:
    (one,) = told.reports
    assert (one["report"], one["tags"]) == (PAGE, {"run": done.run.name})
    assert one["datasets"] == told.models[0]["datasets"]


def test_a_step_that_left_nothing_is_not_recorded(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = FakeRegistry()
    monkeypatch.setattr(record, "open_registry", lambda *args, **kwargs: registry)
    assert record_run(done.run, one_by_one, None, None, None) == []
    assert (registry.models, registry.lists, registry.reports) == ([], [], [])


def test_a_list_version_is_recorded_under_its_release(done: Any) -> None:
    registry = FakeRegistry()
    recorder = Recorder(done.run, registry, open_snapshot(done.run.campaign))  # type: ignore[arg-type]
    recorder.record_list(done.release, done.release.lists["gotv"])
    (told,) = registry.lists
    assert (told["release"], told["version"]) == (done.release.digest, 1)
    assert told["parquet"].exists()
