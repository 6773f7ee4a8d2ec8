"""How far a run is: a bar a step on a terminal, a line a step elsewhere."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Item = TypeVar("Item")
SLOW = 2.0


def watch(label: str, items: Sequence[Item], size: Callable[[Item], int] | None = None) -> Iterable[Item]:
    """Hand on the items and show on standard error how far it is."""
    sizes = [size(item) if size else 1 for item in items]
    show = _draw_bar if sys.stderr.isatty() else _write_line
    return show(label, items, sizes)


def count(label: str, items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[Item]:
    """Hand on items of which nobody knows how many come, and show on standard error how much came so far."""
    began, so_far = time.monotonic(), 0
    columns = (TextColumn("  {task.description:<16}"), SpinnerColumn(), TextColumn("{task.completed:,}"))
    console = Console(stderr=True)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(label, total=None)
        for item in items:
            so_far += size(item)
            bar.update(task, completed=so_far)
            yield item
    if not console.is_terminal and (seconds := time.monotonic() - began) > SLOW:
        sys.stderr.write(f"{label}: {so_far:,} in {seconds:.0f} s\n")


def _draw_bar(label: str, items: Sequence[Item], sizes: list[int]) -> Iterator[Item]:
    columns = (TextColumn("  {task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(label, total=sum(sizes))
        for item, step in zip(items, sizes, strict=True):
            yield item
            progress.advance(bar, step)


def _write_line(label: str, items: Sequence[Item], sizes: list[int]) -> Iterator[Item]:
    began = time.monotonic()
    yield from items
    if (seconds := time.monotonic() - began) > SLOW:
        sys.stderr.write(f"{label}: {sum(sizes):,} in {seconds:.0f} s\n")
