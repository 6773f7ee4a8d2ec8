"""A block of voters as they stood on a day: history cut off before it, and what is asked of it again and again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Bits, Calendar, Election, count_bits, has_bit, mask, up_to_newest, words
from features.kept import Kept

Floats = NDArray[np.float32]
Counts = NDArray[np.int32]
DAYS_A_YEAR = 365.2425
VOTED_IN = np.array([np.nan, np.nan, 0, 1], np.float32)  # not on the rolls, whatever else is said; sat out; voted

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
    `coming` the election whose day is the as-of date. What several features ask for is worked out once, and the counts
    that they share cannot be written to.
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
        registered = self.voters["registered"].to_numpy("datetime64[ms]")
        return np.asarray(~(registered >= np.datetime64(self.as_of)) | (self.voted != 0).any(axis=1))

    @cached_property
    def doors(self) -> NDArray[np.int64]:
        """A number per household within the block, a voter without one being a household alone; shape (voters,)."""
        households = coded(self.voters["household_id"])
        codes = np.array(households.codes, np.int64)
        alone = codes < 0
        codes[alone] = len(households.categories) + np.arange(alone.sum())
        return codes

    @cached_property
    def _kept(self) -> Kept:
        return Kept()

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

    def votes(self, group: str) -> Counts:
        return self._kept(f"votes {group}", lambda: count_bits(self.voted, self._mask(group)))

    def elections(self, group: str) -> Counts:
        """How many past elections of the group each voter was on the rolls for."""
        return self._kept(f"elections {group}", lambda: count_bits(self.rolls, self._mask(group)))

    def _mask(self, group: str) -> Bits:
        return mask(self.calendar, self.chosen(group))

    def newest(self, group: str) -> list[int]:
        """Numbers of the group's past elections, newest first."""
        chosen = self.chosen(group)
        return [i for i in reversed(self.past) if chosen(self.calendar[i])]

    def voted_in(self, election: int) -> Floats:
        """1 voted, 0 did not, NaN was not on the rolls; shape (voters,)."""
        voted, on_rolls = (has_bit(bits, election).view(np.int8) for bits in (self.voted, self.rolls))
        return VOTED_IN.take(2 * on_rolls + voted)

    def streak(self, group: str) -> Counts:
        """Past elections of the group in a row up to the newest: voted in (positive), sat out (negative).

        Those that the voter was not on the rolls for are skipped.
        """
        on_rolls = self.rolls & self._mask(group)
        voted = self.voted & on_rolls
        sat_out = voted ^ on_rolls
        return count_bits(voted, ~up_to_newest(sat_out)) - count_bits(sat_out, ~up_to_newest(voted))

    def newest_vote(self) -> Counts:
        """The number of the newest election voted in, -1 for who never voted; shape (voters,)."""
        reached = up_to_newest(self.voted)
        return count_bits(reached, reached) - 1

    def years_since(self, column: str) -> Floats:
        """Years from a date column to the as-of date; NaN where missing or not before it."""
        days = np.datetime64(self.as_of) - self.voters[column].to_numpy("datetime64[D]")
        years = days.astype(np.int64) / DAYS_A_YEAR  # a missing day is the lowest number of all
        years[years <= 0] = np.nan
        return np.asarray(years, np.float32)


def history_bits(voters: pd.DataFrame, calendar: Calendar, prefix: str) -> Bits:
    """The `voted` or `rolls` bits of a block over the whole calendar; shape (voters, words), each word in one piece."""
    return np.stack([voters[name].to_numpy(np.uint64) for name in history_columns(calendar, prefix)]).T


def history_columns(calendar: Calendar, prefix: str) -> tuple[str, ...]:
    """The columns of a block that the `voted` or `rolls` bits over the calendar are in."""
    return tuple(f"{prefix}_{w}" for w in range(words(len(calendar))))


def coded(values: pd.Series) -> pd.Categorical:
    """Words as codes into the few that there are; a column of a block is coded already."""
    return values.astype("category").array


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    """`part / whole`, NaN where `whole` is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios: NDArray[np.float64] = np.divide(part, whole, dtype=np.float64)
    ratios[~(whole > 0)] = np.nan
    return ratios


def share(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """`part / whole` as float32, NaN where `whole` is 0."""
    return ratio(part, whole).astype(np.float32)
