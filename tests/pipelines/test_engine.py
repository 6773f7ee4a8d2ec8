import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from data.errors import InputError, PropensityError
from pipelines.engine import AHEAD, Server, in_threads, one_by_one, open_engine
from pipelines.settings import read_settings

KILLED_RUN = """
import sys, time
from pathlib import Path
from pipelines.engine import open_engine
from pipelines.settings import read_settings
with open_engine(Path(sys.argv[1]), read_settings({})) as server:
    print(server.url, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())


def answers(server: Server) -> bool:
    address = urlsplit(server.url)
    with socket.socket() as client:
        return client.connect_ex((address.hostname, address.port)) == 0


def wait_for_silence(server: Server, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while answers(server):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_the_server_is_there_at_once_and_gone_with_the_block(tmp_path: Path) -> None:
    began = time.monotonic()
    with open_engine(tmp_path, read_settings({})) as server:
        assert server.own
        assert urlsplit(server.url).hostname == "127.0.0.1"
        assert answers(server)
        assert time.monotonic() - began < 1
    assert not answers(server)


def test_everything_is_in_the_campaign_and_for_nobody_else(tmp_path: Path) -> None:
    with open_engine(tmp_path, read_settings({})):
        home = tmp_path / "prefect"
        assert os.environ["PREFECT_HOME"] == str(home)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()} == {0o600}


def test_a_server_of_the_users_own_is_used_as_it_is(tmp_path: Path) -> None:
    with open_engine(tmp_path, read_settings({"PREFECT_API_URL": "http://prefect.example/api"})) as server:
        assert server == Server("http://prefect.example/api")
    assert not list((tmp_path / "prefect").iterdir())


def test_the_secret_of_a_server_is_its_own_and_not_shown(tmp_path: Path) -> None:
    with open_engine(tmp_path, read_settings({})) as one:
        assert one.secret is not None
        assert one.secret not in repr(one)
    with open_engine(tmp_path, read_settings({})) as other:
        assert one.secret != other.secret


def test_a_killed_run_takes_its_server_with_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED_RUN, str(tmp_path)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        server = Server(run.stdout.readline().strip())
        assert answers(server)
        run.send_signal(signal.SIGKILL)
    assert wait_for_silence(server, seconds=20)


def test_a_server_that_broke_is_said_to_have_broken(tmp_path: Path) -> None:
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "prefect.db").write_bytes(b"not a database" * 100)
    with pytest.raises(PropensityError, match=r"server\.log"), open_engine(tmp_path, read_settings({})) as server:
        assert wait_for_silence(server, seconds=60)
        raise RuntimeError("connection refused")


def test_an_error_of_the_run_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="voters"), open_engine(tmp_path, read_settings({})):
        raise InputError("voters.csv has no rows")


def test_one_by_one_keeps_the_order() -> None:
    assert one_by_one(str, [3, 1, 2]) == ["3", "1", "2"]
    assert one_by_one(str, [3, 1, 2], spread=True) == ["3", "1", "2"]


def test_spread_calls_run_at_the_same_time_and_come_back_in_order() -> None:
    together = threading.Barrier(2, timeout=10)

    def meet(item: int) -> int:
        together.wait()
        time.sleep(0.02 * (item % 2))  # every other one ends later than its successor
        return item

    assert in_threads(2)(meet, range(6), spread=True) == list(range(6))


def test_calls_that_are_not_spread_stay_in_this_thread() -> None:
    here = threading.get_ident()
    assert in_threads(2)(lambda item: threading.get_ident(), range(3)) == [here] * 3


def test_items_are_taken_as_calls_end() -> None:
    ended: list[int] = []
    lead = 0

    def watched() -> Iterator[int]:
        nonlocal lead
        for item in range(12):
            lead = max(lead, item + 1 - len(ended))
            yield item

    in_threads(2)(ended.append, watched(), spread=True)
    assert lead == 2 + AHEAD


def test_the_first_error_ends_it_and_nothing_runs_on() -> None:
    begun: list[int] = []
    running = 0
    lock = threading.Lock()

    def fail_at_three(item: int) -> None:
        nonlocal running
        begun.append(item)
        with lock:
            running += 1
        time.sleep(0.02)
        with lock:
            running -= 1
        if item == 3:
            raise InputError("part 3 is damaged")

    with pytest.raises(InputError, match="part 3"):
        in_threads(2)(fail_at_three, range(1_000), spread=True)
    assert running == 0
    assert max(begun) < 3 + 2 * (2 + AHEAD)
