"""A Prefect server for one run: quiet, offline, everything it keeps inside the campaign folder.

It starts in a second process while the caller still imports, listens on this machine's loopback only, and ends with the
run, even when the run is killed. This module sets Prefect's environment and never imports Prefect: import
`pipelines.flow` inside `open_engine`.
"""

import gc
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from data.errors import PropensityError
from pipelines.settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")
Answer = TypeVar("Answer")

SECONDS_TO_STOP = 10
AHEAD = 2  # calls that wait their turn, so that a worker never waits for the next one

QUIET: Mapping[str, str] = {
    "DO_NOT_TRACK": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}

# A run needs neither blocks nor automations. States of tasks are written in one batch when the server stops:
# the default batch of one costs more than the tasks themselves, and what is still queued at the end is lost.
LEAN: Mapping[str, str] = {
    "PREFECT_UI_ENABLED": "false",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
    "PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "10000",
    "PREFECT__SERVER_EPHEMERAL": "1",
}


class Each(Protocol):
    """Calls a function once an item; what the calls return comes in the order of the items.

    With `spread`, calls may run at the same time, on this machine's cores or on the workers of a cluster: function and
    items are small and can be pickled, and no call depends on another. Items are taken as calls end, at most AHEAD more
    than run at once, so that an iterable that shows progress shows it. The first error ends it. Inside a flow every
    call is a task.
    """

    def __call__(
        self, function: Callable[[Item], Result], items: Iterable[Item], /, *, spread: bool = False
    ) -> list[Result]: ...


def one_by_one(function: Callable[[Item], Result], items: Iterable[Item], /, *, spread: bool = False) -> list[Result]:
    """The plain `Each`: no Prefect at all, nothing at the same time."""
    return [function(item) for item in items]


def in_threads(workers: int) -> Each:
    """An `Each` without Prefect whose spread calls run on that many threads."""

    def each(function: Callable[[Item], Result], items: Iterable[Item], /, *, spread: bool = False) -> list[Result]:
        if not spread:
            return one_by_one(function, items)
        with ThreadPoolExecutor(workers) as pool:
            return spread_out(lambda item: pool.submit(function, item), items, workers, Future.result)

    return each


def spread_out(
    submit: Callable[[Item], "Future[Answer]"],
    items: Iterable[Item],
    workers: int,
    take: Callable[["Future[Answer]"], Result],
) -> list[Result]:
    """Submit the items as workers become free; what `take` makes of each call that ended, in order of the items.

    Raises the first error that shows, once the calls already running have ended; those still waiting are cancelled.
    """
    results: dict[Future[Answer], Result] = {}
    places: list[Future[Answer]] = []
    running: set[Future[Answer]] = set()

    def wait_for_one() -> None:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            running.remove(future)
            results[future] = take(future)

    try:
        for item in items:
            places.append(submit(item))
            running.add(places[-1])
            if len(running) == workers + AHEAD:
                wait_for_one()
        while running:
            wait_for_one()
    finally:
        for future in running:
            future.cancel()
        wait(running)
    return [results[future] for future in places]


def count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Server:
    """A Prefect server: its address, the secret it asks for, and whether it is the run's own."""

    url: str
    secret: str | None = field(default=None, repr=False)
    own: bool = False


@contextmanager
def open_engine(campaign_root: Path, settings: Settings) -> Iterator[Server]:
    """A Prefect server for this run: the one the settings name, else one of its own that ends with the block.

    Everything Prefect keeps is in `campaign_root`/prefect (0700, files 0600). Does not wait for the server: the first
    call to it does. Raises PropensityError naming the server's log if its own server failed.
    """
    home = campaign_root / "prefect"
    os.umask(0o077)
    home.mkdir(mode=0o700, exist_ok=True)
    prepare_environment(home)
    if settings.prefect_api_url:
        yield Server(settings.prefect_api_url)
    else:
        with run_server(home) as server:
            yield server


def prepare_environment(home: Path) -> None:
    """Set what Prefect reads from the environment when it is first imported."""
    os.environ.update(QUIET, PREFECT_HOME=str(home), PREFECT_PROFILES_PATH=str(home / "profiles.toml"))


@contextmanager
def run_server(home: Path) -> Iterator[Server]:
    """A Prefect server in a process of its own, its database and log in `home`."""
    secret = f"run:{secrets.token_urlsafe(24)}"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"
        process = start_server(home, listener, secret)
    try:
        yield Server(url, secret, own=True)
    except Exception as error:
        if isinstance(error, PropensityError) or not has_ended(process):
            raise
        raise PropensityError(
            f"Prefect's server stopped with code {process.returncode}; see {home}/server.log"
        ) from error
    finally:
        stop_server(process)


def start_server(home: Path, listener: socket.socket, secret: str) -> "subprocess.Popen[bytes]":
    """Start the server on a socket that listens already, so that nobody polls for it and no port is raced for."""
    database = f"sqlite+aiosqlite:///{home / 'prefect.db'}"
    environment = {**os.environ, **LEAN, "PREFECT_SERVER_DATABASE_CONNECTION_URL": database}
    with (home / "server.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "pipelines.engine", str(listener.fileno())],
            env={**environment, "PREFECT_SERVER_API_AUTH_STRING": secret},
            pass_fds=[listener.fileno()],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the run, which then tells the server
        )


def has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether the server has ended; one that just closed its socket gets a few seconds to."""
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        return False
    return True


def stop_server(process: "subprocess.Popen[bytes]") -> None:
    """Ask the server to write what it still holds and to end; kill it if it does not."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def serve(descriptor: int) -> None:
    """Serve Prefect's API on an open socket until standard input ends, which it does when the parent process does."""
    gc.disable()  # collecting while a thousand modules load is a fifth of the start, and a run's server is short-lived
    import uvicorn

    config = uvicorn.Config("prefect.server.api.server:create_app", factory=True, lifespan="on", log_level="error")
    threading.Thread(target=end_with_parent, daemon=True).start()
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def end_with_parent() -> None:
    """Wait for the end of standard input, then end this process by a signal: after one, uvicorn leaves at once."""
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
