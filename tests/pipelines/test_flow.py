import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from data.errors import GateRefused
from pipelines.engine import Each, Server, open_engine
from pipelines.settings import read_settings

VOTER = "V-canary-4711"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("campaign")


@pytest.fixture(scope="module")
def recorded(root: Path) -> dict[str, Any]:
    """Several runs and a killed one on one server, which has written everything down because it has ended."""
    with open_engine(root, read_settings({})) as server:
        outputs = run(server, "good")
        refused = failure(server, "refused", GateRefused("support is no better than the rule"))
        bug = failure(server, "bug", KeyError(VOTER))
        spread = run(server, "spread", spread=True)
        spread_bug = failure(server, "spread bug", KeyError(VOTER), spread=True)
        leave_running(server)
        run(server, "after")
    return {"outputs": outputs, "refused": refused, "bug": bug, "spread": spread, "spread_bug": spread_bug}


def run(server: Server, name: str, error: Exception | None = None, *, spread: bool = False) -> dict[str, object]:
    from pipelines.flow import run_steps

    def train(each: Each) -> Path:
        return Path("models/1")

    def score(each: Each) -> list[int]:
        return each(score_part, [1, 2, 3], spread=spread)

    def score_part(part: int) -> int:
        assert (threading.current_thread() is threading.main_thread()) is not spread
        if error is not None and part == 2:
            raise error
        return part * 10

    return run_steps(server, {"train": train, "score": score}, name=name)


def failure(server: Server, name: str, error: Exception, *, spread: bool = False) -> bool:
    try:
        run(server, name, error, spread=spread)
    except Exception as caught:
        return caught is error
    return False


def leave_running(server: Server) -> None:
    from prefect import flow
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    from pipelines.flow import connect

    with connect(server), get_client(sync_client=True) as client:
        client.create_flow_run(flow(name="propensity")(leave_running), name="killed", state=Running())


def rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(root / "prefect" / "prefect.db") as database:
        return database.execute(query).fetchall()


def tasks(root: Path, name: str) -> list[tuple[str, str]]:
    query = "select t.name, t.state_name from task_run t join flow_run f on f.id = t.flow_run_id where f.name = '{}'"
    return sorted((task.partition("-")[0], state) for task, state in rows(root, query.format(name)))


def test_every_step_gives_back_what_it_returned_in_order(recorded: dict[str, Any]) -> None:
    assert recorded["outputs"] == {"train": Path("models/1"), "score": [10, 20, 30]}
    assert list(recorded["outputs"]) == ["train", "score"]


def test_the_very_exception_reaches_the_caller(recorded: dict[str, Any]) -> None:
    assert recorded["refused"]
    assert recorded["bug"]
    assert recorded["spread_bug"]


def test_spread_calls_are_tasks_like_any_other(recorded: dict[str, Any], root: Path) -> None:
    assert recorded["spread"] == recorded["outputs"]
    assert tasks(root, "spread") == tasks(root, "good")
    failed = [state for name, state in tasks(root, "spread bug") if name == "score_part" and state == "Failed"]
    assert failed == ["Failed"]


def test_every_step_and_every_part_is_seen(recorded: dict[str, Any], root: Path) -> None:
    parts = [("score_part", "Completed")] * 3
    assert tasks(root, "good") == sorted([("train", "Completed"), ("score", "Completed"), *parts])


def test_a_failure_is_seen_where_it_happened_and_ends_the_run(recorded: dict[str, Any], root: Path) -> None:
    parts = [("score_part", "RolledBack"), ("score_part", "Failed")]  # a part of a failed step does not count
    assert tasks(root, "refused") == sorted([("train", "Completed"), ("score", "Failed"), *parts])


def test_a_run_is_shown_as_it_ended_and_a_killed_one_as_crashed(recorded: dict[str, Any], root: Path) -> None:
    states = dict(rows(root, "select name, state_name from flow_run"))
    ended = {"good": "Completed", "refused": "Failed", "bug": "Failed", "killed": "Crashed", "after": "Completed"}
    ended |= {"spread": "Completed", "spread bug": "Failed"}
    assert states == ended


def test_a_reason_is_kept_but_never_a_foreign_text(recorded: dict[str, Any], root: Path) -> None:
    query = "select s.message from flow_run f join flow_run_state s on s.id = f.state_id where f.name = '{}'"
    assert rows(root, query.format("refused")) == [("support is no better than the rule",)]
    assert rows(root, query.format("bug")) == rows(root, query.format("spread bug")) == [("KeyError",)]
    kept = [path for path in (root / "prefect").rglob("*") if path.is_file()]
    assert not [path for path in kept if VOTER.encode() in path.read_bytes()]


def test_no_result_is_left_in_a_file(recorded: dict[str, Any], root: Path) -> None:
    database = {"prefect.db", "prefect.db-shm", "prefect.db-wal"}
    assert {path.name for path in (root / "prefect").iterdir()} <= {*database, "server.log"}
    assert (root / "prefect" / "server.log").read_bytes() == b""


def test_nothing_is_printed(recorded: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    assert capfd.readouterr() == ("", "")
