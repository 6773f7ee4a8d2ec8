"""The workers of a run: this machine's cores, or those of a cluster."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from data.errors import UsageError
from pipelines.run import Run
from pipelines.share import open_share

if TYPE_CHECKING:
    from pipelines.cluster import ClusterRunner

LOCAL = "local"
SECONDS_TO_ANSWER = 5
NEEDED = ("dask", "distributed", "prefect_dask")


@contextmanager
def open_workers(run: Run) -> Iterator["ClusterRunner | None"]:
    """The cluster that the run names, or None for this machine's cores; UsageError when it cannot be used."""
    if run.dask is None:
        yield None
        return
    from pipelines.cluster import open_cluster  # brings Dask and Prefect, which read the environment

    with open_share(run) as mark, open_cluster(None if run.dask == LOCAL else run.dask, mark) as cluster:
        yield cluster


def check_workers(run: Run) -> None:
    """UsageError, before anything is started, when the workers that the run names cannot be had."""
    if run.dask is None:
        if run.share is not None:
            raise UsageError("--share is for the workers of --dask; name those too, or leave it out")
        return
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise UsageError(f"--dask needs {', '.join(missing)}; install it with `make dask`")
    if run.dask != LOCAL:
        check_answer(run.dask)


def check_answer(address: str) -> None:
    """UsageError when nothing listens at the address of a scheduler."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in {"tcp", "tls"} or not parts.hostname or not parts.port:
            raise ValueError
    except ValueError:
        raise UsageError(
            f"{address!r} is no scheduler; --dask takes tcp://HOST:PORT, tls://HOST:PORT or local"
        ) from None
    try:
        socket.create_connection((parts.hostname, parts.port), SECONDS_TO_ANSWER).close()
    except OSError as error:
        fault = error.strerror or type(error).__name__
        raise UsageError(
            f"no Dask scheduler answers at {address} ({fault}); is it running, and on this port?"
        ) from None
