import hashlib
import sqlite3
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipelines.registry import RecordPending, Registry, open_registry

VOTER = "V-canary-4711"
DIGEST = hashlib.sha256(b"snapshot").hexdigest()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("campaign")


@pytest.fixture(scope="module")
def registry(root: Path) -> Registry:
    return open_registry(root, campaign_uuid="a-campaign")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("parts") / "part.parquet"
    pd.DataFrame({"rank": [1, 2], "voter_id": [VOTER, "V-2"]}).to_parquet(path)
    return path


def record_model(registry: Registry, *, outcome: str, published: bool) -> str:
    return registry.record_model(
        outcome=outcome,
        run_name=f"{outcome} by trees",
        parameters={"learner": "boosted", "leaves": 7},
        metrics={"auc": 0.81, "brier": 0.17},
        tags={"run_key": "k1"},
        datasets={"snapshot": DIGEST},
        files={"model.json": b"{}", "card.md": b"# A card"},
        published=published,
    )


def record_list(registry: Registry, parquet: Path, *, name: str, version: int) -> str:
    return registry.record_list(
        name=name,
        version=version,
        release="r1",
        parquet=parquet,
        rows=2,
        doors=1,
        parameters={"purpose": "mobilise", "seed": 1},
        tags={"support_model": "m1"},
        datasets={"list": DIGEST},
        run_key="k1",
    )


def rows(root: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(root / "mlflow.db") as database:
        return database.execute(query, values).fetchall()


def aliases(root: Path, name: str) -> list[tuple[Any, ...]]:
    return rows(root, "select alias, version from registered_model_aliases where name = ?", name)


def facts(root: Path, table: str, run: str) -> Mapping[str, Any]:
    return dict(rows(root, f"select key, value from {table} where run_uuid = ?", run))


def test_a_model_is_a_finished_run_with_what_it_was_made_of(registry: Registry, root: Path) -> None:
    run = record_model(registry, outcome="support", published=True)
    assert facts(root, "params", run) == {"learner": "boosted", "leaves": "7"}
    assert facts(root, "metrics", run) == {"auc": 0.81, "brier": 0.17}
    assert facts(root, "tags", run).items() >= {"campaign": "a-campaign", "outcome": "support", "run_key": "k1"}.items()
    assert rows(root, "select status from runs where run_uuid = ?", run) == [("FINISHED",)]
    assert DIGEST in rows(root, "select dataset_source from datasets where name = 'snapshot'")[0][0]


def test_the_files_of_a_model_are_kept_as_they_are(registry: Registry, root: Path) -> None:
    run = record_model(registry, outcome="files", published=False)
    [(source,)] = rows(root, "select source from model_versions where run_id = ?", run)
    folder = Path(source.removeprefix("file://"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"model.json": b"{}", "card.md": b"# A card"}
    assert folder.is_relative_to(root / "mlartifacts")


def test_only_a_published_model_gets_the_alias(registry: Registry, root: Path) -> None:
    record_model(registry, outcome="turnout", published=True)
    record_model(registry, outcome="turnout", published=False)
    assert aliases(root, "model-turnout") == [("published", 1)]


def test_a_list_version_is_recorded_once(registry: Registry, root: Path, parquet: Path) -> None:
    first = record_list(registry, parquet, name="base", version=1)
    before = rows(root, "select count(*) from runs")
    assert record_list(registry, parquet, name="base", version=1) == first
    assert rows(root, "select count(*) from runs") == before
    assert rows(root, "select count(*) from model_versions where name = 'list-base'") == [(1,)]


def test_the_alias_follows_the_latest_list_version(registry: Registry, root: Path, parquet: Path) -> None:
    record_list(registry, parquet, name="gotv", version=4)
    run = record_list(registry, parquet, name="gotv", version=5)
    [(_, version)] = aliases(root, "list-gotv")
    assert rows(root, "select run_id from model_versions where name = 'list-gotv' and version = ?", version) == [(run,)]
    assert facts(root, "metrics", run) == {"rows": 2.0, "doors": 1.0}


def test_the_alias_never_goes_back(registry: Registry, root: Path, parquet: Path) -> None:
    for version in (1, 2, 1):
        record_list(registry, parquet, name="undecided", version=version)
    assert aliases(root, "list-undecided") == [("published", 2)]


def test_a_voter_is_in_the_parquet_of_the_list_and_nowhere_else(registry: Registry, root: Path, parquet: Path) -> None:
    record_list(registry, parquet, name="survey_next", version=1)
    holders = {path.name for path in root.rglob("*") if path.is_file() and VOTER.encode() in path.read_bytes()}
    assert holders == {parquet.name}


def test_nobody_else_on_the_machine_may_read_it(registry: Registry, root: Path) -> None:
    record_model(registry, outcome="rights", published=False)
    kept = [root / "mlflow.db", *(root / "mlartifacts").rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600, 0o700}


def test_nothing_is_pickled_and_nothing_is_left_over(registry: Registry, root: Path) -> None:
    record_model(registry, outcome="leftovers", published=False)
    assert not [path for path in root.rglob("*") if path.suffix in {".pkl", ".pickle", ".skops"}]
    assert {path.name.partition(".db")[0] for path in root.iterdir()} == {"mlflow", "mlartifacts"}


def test_a_report_is_kept_as_the_file_it_is(registry: Registry, root: Path, tmp_path: Path) -> None:
    (page := tmp_path / "2026-09-14.2.html").write_text("<!doctype html>")
    run = registry.record_report(
        run_name="report 2026-09-14.2", report=page, tags={"run": "2026-09-14.2"}, datasets={"snapshot": DIGEST}
    )
    [kept] = (root / "mlartifacts").rglob(page.name)
    assert kept.parent.name == "report" and kept.read_text() == "<!doctype html>"
    assert facts(root, "tags", run).items() >= {"run": "2026-09-14.2", "kind": "report"}.items()
    with pytest.raises(RecordPending, match="the report"):
        registry.record_report(run_name="r", report=tmp_path / "missing.html", tags={}, datasets={})


def test_a_server_that_is_down_costs_little_time_and_says_so(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RecordPending, match="stands all the same"):
        open_registry(tmp_path, campaign_uuid="a-campaign", tracking_uri="http://127.0.0.1:9")
    assert time.monotonic() - began < 5


def test_a_list_that_cannot_be_recorded_is_named_and_its_run_failed(
    registry: Registry, root: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecordPending, match="list volunteer_ask version 9"):
        record_list(registry, tmp_path / "missing.parquet", name="volunteer_ask", version=9)
    assert rows(root, "select status from runs where name = 'volunteer_ask 9'") == [("FAILED",)]
    assert not rows(root, "select * from model_versions where name = 'list-volunteer_ask'")
