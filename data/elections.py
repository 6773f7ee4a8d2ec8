"""The campaign's election calendar, and vote history as bits over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
WORD = 64
VOTING_AGE = 18


@dataclass(frozen=True, order=True)
class Election:
    """An election: its day and its type, one of `contracts.ELECTION_TYPES`."""

    date: date
    type: str

    @property
    def kind(self) -> str:
        """The type, with generals told apart: `presidential`, `midterm`, or `odd_general` in an odd year."""
        if self.type != "general":
            return self.type
        return {0: "presidential", 2: "midterm"}.get(self.date.year % 4, "odd_general")


Calendar = tuple[Election, ...]


def youngest_birthday(day: date) -> date:
    """The last day of birth of those who are of voting age on that day; for a 29 February, a 28 February."""
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year - VOTING_AGE, day=28 if leap else day.day)


def words(count: int) -> int:
    """How many 64-bit words hold `count` elections; at least one."""
    return max(1, -(-count // WORD))


def mask(calendar: Sequence[Election], wanted: Callable[[Election], bool]) -> Bits:
    """A row of words with the bit of every wanted election set; shape (words,), dtype uint64."""
    bits = np.zeros(words(len(calendar)), dtype=np.uint64)
    for i, election in enumerate(calendar):
        if wanted(election):
            bits[i // WORD] |= np.uint64(1) << np.uint64(i % WORD)
    return bits


def set_bits(rows: NDArray[np.int64], elections: NDArray[np.int64], *, voters: int, count: int) -> Bits:
    """Bits of shape (voters, words), set where voter `rows[k]` has election number `elections[k]`."""
    bits = np.zeros((voters, words(count)), dtype=np.uint64)
    np.bitwise_or.at(bits, (rows, elections // WORD), np.uint64(1) << (elections % WORD).astype(np.uint64))
    return bits


def count_bits(bits: Bits, chosen: Bits) -> NDArray[np.int32]:
    """How many chosen elections each voter has; shape (voters,)."""
    counts = np.zeros(len(bits), np.int32)
    for word in range(bits.shape[1]):
        counts += np.bitwise_count(bits[:, word] & chosen[..., word])
    return counts


def has_bit(bits: Bits, election: int) -> NDArray[np.bool_]:
    """Whether each voter has election number `election`; shape (voters,)."""
    found: NDArray[np.bool_] = (bits[:, election // WORD] & np.uint64(1 << election % WORD)) != 0
    return found


def up_to_newest(bits: Bits) -> Bits:
    """Every election up to the newest that each voter has, whether the voter has it or not; shape (voters, words)."""
    filled = bits
    for shift in (1, 2, 4, 8, 16, 32):
        filled = filled | (filled >> np.uint64(shift))
    for word in range(bits.shape[1] - 2, -1, -1):
        filled[filled[:, word + 1] != 0, word] = ~np.uint64(0)
    return filled
