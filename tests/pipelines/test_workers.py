import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from data.errors import UsageError
from pipelines import workers
from pipelines.run import Run
from pipelines.workers import check_workers, open_workers


def refusal(call: Callable[[Run], object], run: Run) -> str:
    with pytest.raises(UsageError) as refused:
        call(run)
    return str(refused.value)


def test_without_a_scheduler_there_is_nothing_to_open(in_parts: Run) -> None:
    check_workers(in_parts)
    with open_workers(in_parts) as cluster:
        assert cluster is None


def test_a_share_alone_is_of_no_use(in_parts: Run) -> None:
    assert "--dask" in refusal(check_workers, replace(in_parts, share="s3://bucket"))


@pytest.mark.parametrize("address", ["", "LOCAL", "scheduler", "host:8786", "tcp://host", "tcp://host:x", "http://h:1"])
def test_an_address_that_is_none_is_said_to_be_none(in_parts: Run, address: str) -> None:
    assert "tcp://HOST:PORT" in refusal(check_workers, replace(in_parts, dask=address))


def test_a_scheduler_that_does_not_answer_is_named_at_once(in_parts: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        check_workers(replace(in_parts, dask=address))
    assert f"answers at {address} (Connection refused)" in refusal(check_workers, replace(in_parts, dask=address))


def test_without_the_extra_the_remedy_is_named(in_parts: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    check_workers(replace(in_parts, dask="local"))
    monkeypatch.setattr(workers, "NEEDED", ("numpy", "no_such_package"))
    told = refusal(check_workers, replace(in_parts, dask="local"))
    assert told == "--dask needs no_such_package; install it with `make dask`"
