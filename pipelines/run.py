"""A run: what every step is given, and the steps in their order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from data.campaign import Campaign
from pipelines.settings import Settings

Item = TypeVar("Item")


class Watch(Protocol):
    """Hands on the items one by one and shows how far it is; `size` is the total of their sizes."""

    def __call__(
        self, label: str, items: Sequence[Item], size: Callable[[Item], int] | None = None
    ) -> Iterable[Item]: ...


def unwatched(label: str, items: Sequence[Item], size: Callable[[Item], int] | None = None) -> Iterable[Item]:
    """The watch that shows nothing."""
    return items


@dataclass(frozen=True)
class Run:
    """One run of a campaign: its `name` (a date and a number), when it started, and who watches.

    `dask` is the scheduler whose workers take the spread calls, or "local"; `share` is where they read and write,
    if not the campaign folder.
    """

    name: str
    campaign: Campaign
    settings: Settings
    started: datetime
    watch: Watch = unwatched
    dask: str | None = None
    share: str | None = None
