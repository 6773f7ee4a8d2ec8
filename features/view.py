"""A block of voters as they stood on a day: history cut off before it, and what is asked of it again and again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Bits, Calendar, Election, count_bits, has_bit, mask, words

Floats = NDArray[np.float32]
DAYS_A_YEAR = 365.2425

# Which kinds of election a group of features reads; "like" stands for the kinds like the coming election.
GROUPS: dict[str, tuple[str, ...]] = {
    "presidential": ("presidential",),
    "midterm": ("midterm",),
    "general": ("presidential", "midterm", "odd_general"),
    "primary": ("primary", "presidential_primary"),
    "local": ("municipal", "special", "runoff", "odd_general"),
}


@dataclass(frozen=True)
class View:
    """Voters as of the day of the coming election; nothing dated on or after that day can be seen through it.

    `voters` is a block as `Snapshot.read_voters` gives it, `calendar` the elections its history bits refer to,
    `coming` the election whose day is the as-of date.
    """

    voters: pd.DataFrame
    calendar: Calendar
    coming: Election

    @property
    def as_of(self) -> date:
        return self.coming.date

    @cached_property
    def past(self) -> tuple[int, ...]:
        """Numbers of the calendar's elections before the as-of date, oldest first."""
        return tuple(i for i, election in enumerate(self.calendar) if election.date < self.as_of)

    @cached_property
    def voted(self) -> Bits:
        return self._history("voted")

    @cached_property
    def rolls(self) -> Bits:
        return self._history("rolls")

    @cached_property
    def on_file(self) -> NDArray[np.bool_]:
        """Who was on the rolls before the as-of date, as far as the file tells; shape (voters,)."""
        registered = self.voters["registered"].to_numpy("datetime64[D]")
        return np.asarray(~(registered >= np.datetime64(self.as_of)) | (self.voted != 0).any(axis=1))

    def _history(self, prefix: str) -> Bits:
        return history_bits(self.voters, self.calendar, prefix) & mask(
            self.calendar, lambda election: election.date < self.as_of
        )

    def chosen(self, group: str) -> Callable[[Election], bool]:
        """A test for the past elections of a group: a key of `GROUPS`, `like`, or `all`."""
        if group == "all":
            return lambda election: election.date < self.as_of
        kinds = (self.coming.kind,) if group == "like" else GROUPS[group]
        return lambda election: election.date < self.as_of and election.kind in kinds

    def votes(self, group: str) -> NDArray[np.int64]:
        return count_bits(self.voted, mask(self.calendar, self.chosen(group)))

    def elections(self, group: str) -> NDArray[np.int64]:
        """How many past elections of the group each voter was on the rolls for."""
        return count_bits(self.rolls, mask(self.calendar, self.chosen(group)))

    def newest(self, group: str) -> list[int]:
        """Numbers of the group's past elections, newest first."""
        chosen = self.chosen(group)
        return [i for i in reversed(self.past) if chosen(self.calendar[i])]

    def voted_in(self, election: int) -> Floats:
        """1 voted, 0 did not, NaN was not on the rolls; shape (voters,)."""
        return np.where(has_bit(self.rolls, election), has_bit(self.voted, election), np.nan).astype(np.float32)

    def years_since(self, column: str) -> Floats:
        """Years from a date column to the as-of date; NaN where missing or not before it."""
        days = (np.datetime64(self.as_of) - self.voters[column].to_numpy("datetime64[D]")).astype("timedelta64[D]")
        years = np.where(np.isnat(days), np.nan, days.astype(np.float64)) / DAYS_A_YEAR
        return np.where(years > 0, years, np.nan).astype(np.float32)


def history_bits(voters: pd.DataFrame, calendar: Calendar, prefix: str) -> Bits:
    """The `voted` or `rolls` bits of a block over the whole calendar; shape (voters, words)."""
    bits: Bits = voters[[f"{prefix}_{w}" for w in range(words(len(calendar)))]].to_numpy(np.uint64)
    return bits


def share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """`part / whole` as float32, NaN where `whole` is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan).astype(np.float32)
