import hashlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cloudpickle
import pyarrow as pa
import pytest

from data.errors import InputError, PropensityError, UsageError
from data.parts import read_part, write_part
from data.snapshots import Part, open_snapshot
from data.storage import Folder, Place, open_place, read_checked
from pipelines.engine import Each, Server, in_threads, one_by_one, open_engine
from pipelines.run import Run
from pipelines.score import score_campaign
from pipelines.settings import read_settings
from pipelines.share import Mark, bring_back, copy_in, open_share
from pipelines.workers import open_workers

VOTER = "V-canary-4711"
PLAN = json.dumps({"seed": 7}).encode()
PLAN_DIGEST = hashlib.sha256(PLAN).hexdigest()
PLAN_NAME = f"models/{PLAN_DIGEST}.json"

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers do not have the tests


@dataclass(frozen=True)
class StandIn:
    """A scorer that is quick, but finds everything where a worker would."""

    source: Place
    target: Place
    plan: str
    begun: Path | None = None

    def score_part(self, part: Part) -> str:
        if self.begun:
            (self.begun / f"{os.getpid()}-{part.voters}-{time.monotonic_ns()}").touch()
            time.sleep(0.4)
        seed = json.loads(read_checked(self.source, f"models/{self.plan}.json", self.plan))["seed"]
        voters = read_part(self.source.within("snapshots/parts"), part.voters, columns=["voter_id"])
        scores = [hash_of(voter, seed) for voter in voters["voter_id"].to_pylist()]
        return write_part(self.target, voters.append_column("turnout", pa.array(scores, pa.float32())))


def hash_of(voter_id: str, seed: int) -> float:
    return int(hashlib.sha256(f"{seed}{voter_id}".encode()).hexdigest()[:6], 16) / 2**24


def score(run: Run, each: Each, place: Place | None = None, begun: Path | None = None) -> list[str]:
    """What the score step does, with the stand-in."""
    snapshot = open_snapshot(run.campaign)
    (run.campaign.root / PLAN_NAME).write_bytes(PLAN)
    copy_in(run, snapshot.parts, [PLAN_NAME])
    found = place or Folder(run.campaign.root)
    scorer = StandIn(found, found.within("scores"), PLAN_DIGEST, begun)
    digests = each(scorer.score_part, run.watch("score", snapshot.parts), spread=True)
    bring_back(run, [f"scores/{digest}.parquet" for digest in digests])
    return digests


@pytest.fixture(scope="module", autouse=True)
def environment(s3: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with open_engine(tmp_path_factory.mktemp("engine"), read_settings({})) as server:
        yield server


@pytest.fixture(scope="module")
def cluster(server: Server, s3: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two workers that another program started."""
    from distributed import LocalCluster

    from pipelines.cluster import be_quiet

    be_quiet()
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
        memory_limit=0,
        local_directory=tmp_path_factory.mktemp("dask"),
    ) as cluster:
        cluster.wait_for_workers(2)
        yield cluster


@pytest.fixture(scope="module")
def expected(in_parts: Run) -> list[str]:
    return score(in_parts, one_by_one)


def run_step(server: Server, run: Run, step: Callable[[Each], Any]) -> Any:
    """What the step makes of the workers that the run names."""
    from pipelines.flow import run_steps

    with open_workers(run) as cluster:
        return run_steps(server, {"step": step}, name=run.name, cluster=cluster)["step"]


def test_scores_are_the_same_in_threads(in_parts: Run, expected: list[str], server: Server) -> None:
    assert len(set(expected)) == len(expected) > 5
    assert score(in_parts, in_threads(2)) == expected
    assert run_step(server, in_parts, lambda each: score(in_parts, each)) == expected


def test_scores_are_the_same_on_a_cluster(in_parts: Run, expected: list[str], server: Server, cluster: Any) -> None:
    run = replace(in_parts, dask=cluster.scheduler_address)
    assert run_step(server, run, lambda each: score(run, each)) == expected


def test_scores_are_the_same_through_a_store(
    in_parts: Run, expected: list[str], server: Server, cluster: Any, s3: str
) -> None:
    run = replace(in_parts, dask=cluster.scheduler_address, share=s3)
    place = open_place(s3).within(run.campaign.uuid)
    files = [run.campaign.root / "scores" / f"{digest}.parquet" for digest in expected]
    before = [path.read_bytes() for path in files]
    for path in files:
        path.unlink()
    assert run_step(server, run, lambda each: score(run, each, place)) == expected
    assert [path.read_bytes() for path in files] == before
    assert [place.size_of(f"scores/{digest}.parquet") for digest in expected] == [None] * len(expected)


def test_the_score_step_gives_the_same_scores_on_a_cluster(
    done: Any, server: Server, cluster: Any, s3: str, tmp_path: Path
) -> None:
    campaign = replace(done.run.campaign, root=shutil.copytree(done.run.campaign.root, tmp_path / "campaign"))
    scores, expected = campaign.root / "scores", done.scoring.parts
    (content,) = [(scores / f"{digest}.parquet").read_bytes() for digest in expected]
    for share in (None, s3):
        run = replace(done.run, campaign=campaign, dask=cluster.scheduler_address, share=share)
        for path in scores.iterdir():
            path.unlink()
        found = run_step(server, run, partial(score_campaign, run))
        assert (found.parts, found.reused) == (expected, 0)
        assert (scores / f"{found.parts[0]}.parquet").read_bytes() == content
        assert run_step(server, run, partial(score_campaign, run)).reused == found.voters


def test_a_killed_worker_costs_only_its_part(
    in_parts: Run, expected: list[str], server: Server, cluster: Any, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_one() -> None:
        while len(begun := sorted(tmp_path.iterdir(), key=lambda path: path.name.rsplit("-")[-1])) < 3:
            time.sleep(0.02)
        time.sleep(0.15)
        killed.append(int(begun[-1].name.partition("-")[0]))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    run = replace(in_parts, dask=cluster.scheduler_address)
    assert run_step(server, run, lambda each: score(run, each, begun=tmp_path)) == expected
    killer.join()
    begun = [path.name.split("-")[:2] for path in tmp_path.iterdir()]
    mine = {part for worker, part in begun if int(worker) == killed[0]}
    again = {part for part in mine if [part for _, part in begun].count(part) > 1}
    assert len(begun) == len(expected) + len(again)  # nothing of anybody else's
    assert 1 <= len(again) <= 2  # the part in the middle, and at worst the one whose result was just on its way


def test_an_error_on_a_worker_is_told_without_its_text(
    in_parts: Run, server: Server, cluster: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(item: int) -> None:
        raise KeyError(VOTER) if item == 3 else InputError("part 5 is damaged")

    run = replace(in_parts, dask=cluster.scheduler_address)
    with pytest.raises(PropensityError, match="a bug, on a worker: KeyError in test_cluster"):
        run_step(server, run, lambda each: each(fail, [3], spread=True))
    with pytest.raises(InputError, match="part 5 is damaged"):
        run_step(server, run, lambda each: each(fail, [5], spread=True))
    assert capfd.readouterr() == ("", "")


def test_only_function_and_item_travel(in_parts: Run, server: Server, cluster: Any) -> None:
    """A step's own surroundings, which may be large and need not be picklable, stay at home."""
    unpicklable = threading.Lock()

    def step(each: Each) -> list[int]:
        with unpicklable:
            assert each(whereabouts, [1]) == [os.getpid()]
            return each(whereabouts, range(4), spread=True)

    run = replace(in_parts, dask=cluster.scheduler_address)
    assert os.getpid() not in run_step(server, run, step)
    scorer = StandIn(Folder(Path("/campaign")), open_place("/campaign/scores"), PLAN_DIGEST)
    assert len(pickle.dumps((scorer.plan, scorer.source, scorer.target))) < 500


def whereabouts(item: int) -> int:
    return os.getpid()


def test_workers_unlike_the_run_are_refused(
    in_parts: Run, server: Server, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import cluster as module

    run = replace(in_parts, dask=cluster.scheduler_address)
    monkeypatch.setattr(module, "describe_installation", lambda: {"python": "3.12"})
    with pytest.raises(UsageError, match=r"a worker has python 3\.\d+ instead of 3.12"):
        run_step(server, run, lambda each: None)


def test_workers_that_see_another_folder_are_refused(server: Server, cluster: Any, tmp_path: Path) -> None:
    from pipelines.cluster import open_cluster

    with (
        pytest.raises(UsageError, match="a worker does not see .* --share"),
        open_cluster(cluster.scheduler_address, Mark(Folder(tmp_path), "campaign.toml", "0" * 64)),
    ):
        pass


@contextmanager
def lone_worker() -> Iterator[SimpleNamespace]:
    """A scheduler with one worker, which nobody starts again."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50, protocol="tcp://"
    ) as scheduler:
        command = ["dask", "worker", scheduler.scheduler_address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
        with subprocess.Popen(
            [Path(sys.executable).with_name(command[0]), *command[1:]], stderr=subprocess.DEVNULL
        ) as worker:
            yield SimpleNamespace(address=scheduler.scheduler_address, kill=worker.kill)
            worker.kill()


def test_without_workers_it_ends_soon_and_nothing_is_left(
    in_parts: Run, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import cluster as module

    before = sorted(in_parts.campaign.root.rglob("*"))
    with lone_worker() as lone:
        run = replace(in_parts, dask=lone.address)

        def wait_and_kill(item: int) -> None:
            time.sleep(60)

        def step(each: Each) -> None:
            monkeypatch.setattr(module, "SECONDS_FOR_A_WORKER", 1)
            threading.Timer(1, lone.kill).start()
            each(wait_and_kill, range(3), spread=True)

        began = time.monotonic()
        with pytest.raises(PropensityError, match="no workers left"):
            run_step(server, run, step)
        assert time.monotonic() - began < 30
    assert sorted(in_parts.campaign.root.rglob("*")) == before


def test_a_cluster_of_this_machine_ends_with_the_block(in_parts: Run, server: Server) -> None:
    from pipelines.cluster import open_cluster

    with open_share(in_parts) as mark, open_cluster(None, mark) as cluster:
        assert str(cluster.address).startswith("tls://127.0.0.1:")
        from pipelines.flow import run_steps

        step = {"step": lambda each: each(whereabouts, range(4), spread=True)}
        workers = set(run_steps(server, step, name="local", cluster=cluster)["step"])  # type: ignore[call-overload]
        assert os.getpid() not in workers
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
