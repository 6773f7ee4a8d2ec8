"""Errors on their way through Prefect, which writes down what it sees: a PropensityError's text, no other."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from data.errors import PropensityError

Parameters = ParamSpec("Parameters")
Output = TypeVar("Output")


class StepFailed(PropensityError):
    """Stands for an error whose own text may hold a person's data; `__cause__` is that error."""


def guard(function: Callable[Parameters, Output]) -> Callable[Parameters, Output]:
    """The function, but an error of it that is not a PropensityError is raised as StepFailed."""

    @wraps(function)
    def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Output:
        try:
            return function(*args, **kwargs)
        except PropensityError:
            raise
        except Exception as error:
            raise StepFailed(describe(error)) from error

    return call


def describe(error: Exception) -> str:
    """What may be written down of an error: its text if `propensity` wrote it, else its type alone."""
    return str(error) if isinstance(error, PropensityError) else type(error).__name__


def original(error: Exception) -> BaseException:
    """The error a step raised."""
    return error.__cause__ or error if isinstance(error, StepFailed) else error
