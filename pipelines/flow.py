"""A run as one Prefect flow: a task per step, and inside a step a task per item.

Prefect watches and records; it decides nothing. Steps are plain functions that find their input in the campaign and
leave their output there, so the same steps run with or without a flow, together or one at a time.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Task, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import State, StateType
from prefect.events.worker import EventsWorker
from prefect.futures import PrefectConcurrentFuture, PrefectFuture
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import Completed, Crashed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from data.errors import PropensityError, UsageError
from pipelines.engine import Each, Item, Result, Server, count_cores, spread_out

Parameters = ParamSpec("Parameters")
Output = TypeVar("Output")

SECONDS_TO_DRAIN = 5

Step = Callable[[Each], object]


class StepFailed(PropensityError):
    """Stands for an error whose own text may hold a person's data; `__cause__` is that error."""


def run_steps(server: Server, steps: Mapping[str, Step], *, name: str) -> dict[str, object]:
    """Run the steps in order as one flow run called `name`; what each step returned, by its name.

    The first step that raises ends the run: Prefect shows it Failed, and its very exception is raised here. Nothing a
    step returns is written down, and neither is the text of an exception that is not a PropensityError.
    """
    outputs: dict[str, object] = {}
    failures: list[Exception] = []
    each = EachAsTask(workers := count_cores())
    runner = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner[Any](workers))

    @flow(name="propensity", flow_run_name=name, persist_result=False, task_runner=runner)
    def propensity() -> State[None]:
        # Returned, not raised: Prefect pickles the exception of a failed flow into a file.
        try:
            for step_name, step in steps.items():
                outputs[step_name] = as_task(step, step_name)(each)
        except Exception as error:
            failures.append(error)
            return Failed(message=describe(error))
        return Completed()

    with connect(server):
        propensity(return_state=True)
    for failure in failures:
        raise original(failure)
    return outputs


@dataclass(frozen=True)
class EachAsTask:
    """The `Each` of a flow: every call is a task run; spread ones are submitted to the flow's task runner."""

    workers: int

    def __call__(
        self, function: Callable[[Item], Result], items: Iterable[Item], /, *, spread: bool = False
    ) -> list[Result]:
        call = as_task(function, function.__name__)
        if not spread:
            return [call(item) for item in items]
        return spread_out(lambda item: submit(call, item), items, self.workers, take_result)


def submit(call: Task[[Item], Result], item: Item) -> "Future[State[Result]]":
    """Hand the call to the flow's task runner; the state it will end in."""
    return cast("Future[State[Result]]", cast("PrefectConcurrentFuture[Result]", call.submit(item)).wrapped_future)


def take_result(future: "Future[State[Result]]") -> Result:
    """What the task of that state returned; raises what it raised."""
    return future.result().result()


def as_task(function: Callable[Parameters, Output], name: str) -> Task[Parameters, Output]:
    """The function as a Prefect task that keeps no result and no foreign exception text."""

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Output:
        try:
            return function(*args, **kwargs)
        except PropensityError:
            raise
        except Exception as error:
            raise StepFailed(describe(error)) from error

    return task(name=name, cache_policy=NO_CACHE, persist_result=False)(call)


def describe(error: Exception) -> str:
    """What may be written down of an error: its text if `propensity` wrote it, else its type alone."""
    return str(error) if isinstance(error, PropensityError) else type(error).__name__


def original(error: Exception) -> BaseException:
    """The error a step raised."""
    return error.__cause__ or error if isinstance(error, StepFailed) else error


@contextmanager
def connect(server: Server) -> Iterator[None]:
    """Make Prefect use this server inside the block, and leave only when the server has heard everything."""
    logging.getLogger("EventsWorker").setLevel(logging.ERROR)  # it warns of a queue that it is about to empty
    with temporary_settings({PREFECT_API_URL: server.url, PREFECT_API_AUTH_STRING: server.secret}):
        if not server.own:
            check_answer()
            yield
            return
        close_abandoned_runs()
        try:
            # Nobody watches the heartbeat of a run whose server dies with it, and ending its thread costs a second.
            with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
                yield
        finally:
            EventsWorker.drain_all(timeout=SECONDS_TO_DRAIN)


def check_answer() -> None:
    """UsageError when the server that the environment names does not answer."""
    with get_client(sync_client=True) as client:
        if fault := client.api_healthcheck():
            raise UsageError(f"PREFECT_API_URL names a server that does not answer ({type(fault).__name__}); unset it")


def close_abandoned_runs() -> None:
    """Mark as crashed what still counts as running: its process was killed, for this one holds the campaign."""
    unfinished = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=unfinished))):
            client.set_flow_run_state(run.id, Crashed(message="the process was killed"), force=True)
