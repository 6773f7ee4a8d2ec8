"""A cluster of Dask workers for the spread calls of a run: a scheduler's, or one of this machine's own processes.

Prefect stays at home: every call is a task run in this process that waits for a worker, so workers need no way to
Prefect's server and are sent nothing but a function and an item. Everything that Dask would log is kept quiet.
"""

import logging
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from copy import copy
from functools import partial, update_wrapper
from inspect import unwrap
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import uuid4

import dask
from distributed import Client, KilledWorker, LocalCluster, Security
from prefect.futures import PrefectConcurrentFuture
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import Task
from prefect_dask.task_runners import DaskTaskRunner

from data.errors import PropensityError, UsageError
from pipelines.engine import AHEAD, AT_HOME, Item, Result, count_cores
from pipelines.errand import attempt, describe_installation, find_fault
from pipelines.faults import guard
from pipelines.share import Mark

SECONDS_TO_CONNECT = 5
SECONDS_FOR_A_WORKER = 20
SECONDS_BETWEEN_LOOKS = 2

# Without its dashboard too, Dask serves pages of itself to everybody on the machine.
NO_PAGES: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}

IGNORE_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"  # it is for the run, which ends them


class ClusterRunner(DaskTaskRunner):
    """Prefect's runner for Dask, but the task run stays in this process and only its function goes to a worker."""

    def __init__(self, address: str, security: Security, workers: int) -> None:
        super().__init__(address=address, client_kwargs={"security": security, "timeout": SECONDS_TO_CONNECT})
        self.security = security
        self.workers = workers
        self.threads: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(workers + AHEAD)

    def duplicate(self) -> "ClusterRunner":
        """A runner of the same cluster."""
        assert self.address is not None
        return ClusterRunner(self.address, self.security, self.workers)

    def __enter__(self) -> "ClusterRunner":
        super().__enter__()  # type: ignore[no-untyped-call]
        with warnings.catch_warnings(action="ignore"):  # of versions that differ, which were checked
            assert self.client
        self._exit_stack.enter_context(self.threads)
        return self

    def submit(  # type: ignore[override]
        self, task: Task[..., Any], parameters: dict[str, Any], wait_for: Any = None, dependencies: Any = None
    ) -> PrefectConcurrentFuture[Any]:
        """Run the task in a thread of this process, its function on a worker, unless it is to stay at home."""
        if AT_HOME in task.tags:
            return self.threads.submit(task, parameters, wait_for, dependencies)
        here, function = copy(task), unwrap(task.fn)
        here.fn = guard(update_wrapper(partial(self.call, function), function))
        return self.threads.submit(here, parameters, wait_for, dependencies)

    def call(self, function: Callable[[Item], Result], item: Item) -> Result:
        """What the function makes of the item on some worker; raises what it raises there.

        A worker that ends meanwhile costs nothing but its call, which another one does. PropensityError when there
        has been no worker for a while, or the same call ended several.
        """
        name = f"{getattr(function, '__name__', 'call')}-{uuid4().hex}"
        future = self.client.submit(attempt, function, item, describe_installation(), key=name, pure=False)  # type: ignore[no-untyped-call]
        try:
            result, error = cast("tuple[Result, PropensityError | None]", self.wait(future))
        except KilledWorker:
            raise PropensityError("a part ended every worker it was given to; have they enough memory?") from None
        except CancelledError:
            raise PropensityError(f"{self.address} went away in the middle; start it and run again") from None
        finally:
            future.release()
        if error is not None:
            raise error
        return result

    def wait(self, future: Any) -> Any:
        """The result of a call, for as long as there are workers."""
        seen = time.monotonic()
        while True:
            try:
                return future.result(timeout=SECONDS_BETWEEN_LOOKS)
            except TimeoutError:
                if self.client.nthreads():  # type: ignore[no-untyped-call]
                    seen = time.monotonic()
                elif time.monotonic() - seen > SECONDS_FOR_A_WORKER:
                    raise PropensityError(f"{self.address} has no workers left; start some and run again") from None


@contextmanager
def open_cluster(address: str | None, mark: Mark) -> Iterator[ClusterRunner]:
    """A runner for the cluster of that scheduler, or, without one, for a cluster of this machine's own processes.

    Every worker must have what this process has and see the mark: UsageError otherwise, and when no scheduler or no
    worker answers.
    """
    be_quiet()
    if address is None:
        with start_local() as (found, security):
            yield meet(found, security, mark)
    else:
        security = Security()  # type: ignore[no-untyped-call]
        yield meet(address, security, mark)


def be_quiet() -> None:
    """Dask logs functions and their arguments; what a run has to say it says itself."""
    for name in ["distributed", "tornado", *logging.root.manager.loggerDict]:
        if name.split(".")[0] in {"distributed", "tornado"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def start_local() -> Iterator[tuple[str, Security]]:
    """A cluster of one process a core on loopback, which ends with the block; nobody else on the machine may use it."""
    security = Security.temporary()  # type: ignore[no-untyped-call]
    with (
        dask.config.set(NO_PAGES),
        TemporaryDirectory() as scratch,
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=count_cores(),
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls://",
            security=security,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            local_directory=scratch,
            preload=IGNORE_CTRL_C,
        ) as cluster,
    ):
        yield cluster.scheduler_address, security


def meet(address: str, security: Security, mark: Mark) -> ClusterRunner:
    """A runner for the scheduler at that address, once all its workers have been found fit for the run."""
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Client(  # type: ignore[no-untyped-call]
                address, security=security, timeout=SECONDS_TO_CONNECT, set_as_default=False
            ) as client,
        ):
            client.wait_for_workers(1, timeout=SECONDS_FOR_A_WORKER)
            faults = client.run(find_fault, describe_installation(), mark, on_error="return")
            threads = sum(client.nthreads().values())
    except TimeoutError:
        raise UsageError(f"{address} has no workers; start some with `dask worker {address}`") from None
    except (OSError, ValueError) as error:
        fault = type(error).__name__
        raise UsageError(
            f"no Dask scheduler answers at {address} ({fault}); is it running, and on this port?"
        ) from None
    for fault in faults.values():
        if isinstance(fault, PropensityError):
            raise fault
        if fault is not None:
            raise UsageError(f"a worker cannot load propensity ({type(fault).__name__}); install it on every machine")
    return ClusterRunner(address, security, threads)
