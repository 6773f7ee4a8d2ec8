"""What numba compiles: without the interpreter's lock, kept on disk for the next process, rounded as numpy rounds."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

Given = ParamSpec("Given")
Made = TypeVar("Made")


def compiled(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """The function as machine code, compiled when it is first called; the same bits as in Python, and no lock held."""
    return cast(Callable[Given, Made], njit(cache=True, nogil=True)(function))
