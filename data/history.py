"""Vote history as bits: who voted in which election, and whose absence means something."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.contracts import HISTORY_STATUSES
from data.elections import WORD, Bits, Calendar, Election, count_bits, has_bit, mask, set_bits, youngest_birthday


@dataclass(frozen=True)
class History:
    """The calendar, which of its elections state who did not vote, and bits of shape (voters, words)."""

    calendar: Calendar
    stated: tuple[bool, ...]
    voted: Bits
    rolls: Bits


def build_history(accepted: pa.Table, voters: pa.Table) -> History:
    """The history of these voters (`voter_id`, `born`, `registered`), in their order, from all accepted history rows.

    `voted` is set where a row says so. `rolls` is set where the voter is known to have been able to vote, so that the
    absence of a vote means something: voted implies rolls, and nothing after an election changes its bit. Rows of
    voters who are not here are ignored; the calendar is all elections of the rows, sorted.
    """
    calendar, numbers = _number_elections(accepted)
    bits = _bits_by_status(accepted, numbers, voters, len(calendar))
    did_not = pc.equal(accepted["status"], "did_not_vote").to_numpy()
    stated = np.bincount(numbers[did_not], minlength=len(calendar)) > 0
    history = History(calendar, tuple(stated.tolist()), bits["voted"], np.zeros_like(bits["voted"]))
    for number in range(len(calendar)):
        able = _stated(bits, number) if stated[number] else _presumed(history, number, voters)
        able &= ~(has_bit(bits["not_eligible"], number) | has_bit(bits["not_counted"], number))
        able |= has_bit(history.voted, number)
        history.rolls[:, number // WORD] |= able.astype(np.uint64) << np.uint64(number % WORD)
    return history


def with_history(voters: pa.Table, history: History, start: int) -> pa.Table:
    """These voters, of whom the first is number `start` of the history, with their bits.

    The columns are `voted_<w>` and `rolls_<w>`, uint64, one pair for each 64 elections of the calendar.
    """
    for name, bits in (("voted", history.voted), ("rolls", history.rolls)):
        for word, column in enumerate(bits[start : start + len(voters)].T):
            voters = voters.append_column(f"{name}_{word}", pa.array(np.ascontiguousarray(column)))
    return voters


def _number_elections(accepted: pa.Table) -> tuple[Calendar, NDArray[np.int64]]:
    """The calendar, and the number of each row's election in it."""
    types = accepted["election_type"].combine_chunks().dictionary_encode()
    days = accepted["election_date"].combine_chunks().dictionary_encode()
    pairs = days.indices.to_numpy().astype(np.int64) * len(types.dictionary) + types.indices.to_numpy()
    distinct, numbers = np.unique(pairs, return_inverse=True)
    day_of, type_of = np.divmod(distinct, max(1, len(types.dictionary)))
    elections = [
        Election(days.dictionary[d].as_py(), types.dictionary[t].as_py())
        for d, t in zip(day_of.tolist(), type_of.tolist(), strict=True)
    ]
    order = sorted(range(len(elections)), key=elections.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return tuple(elections[i] for i in order), rank[numbers]


def _bits_by_status(accepted: pa.Table, numbers: NDArray[np.int64], voters: pa.Table, count: int) -> dict[str, Bits]:
    rows = pc.fill_null(pc.index_in(accepted["voter_id"], value_set=voters["voter_id"]), -1).to_numpy().astype(np.int64)
    bits = {}
    for status in HISTORY_STATUSES:
        chosen = (rows >= 0) & pc.equal(accepted["status"], status).to_numpy()
        bits[status] = set_bits(rows[chosen], numbers[chosen], voters=len(voters), count=count)
    return bits


def _stated(bits: dict[str, Bits], number: int) -> NDArray[np.bool_]:
    return has_bit(bits["voted"] | bits["did_not_vote"], number)


def _presumed(history: History, number: int, voters: pa.Table) -> NDArray[np.bool_]:
    """Old enough, and registered by then: a registration may be renewed or undated, a vote by then shows it too."""
    day = history.calendar[number].date
    earlier = mask(history.calendar, lambda election: election.date <= day)
    registered = _days(voters["registered"])
    on_rolls = np.isnat(registered) | (registered <= np.datetime64(day)) | (count_bits(history.voted, earlier) > 0)
    born = _days(voters["born"])
    return on_rolls & (np.isnat(born) | (born <= np.datetime64(youngest_birthday(day))))


def _days(column: pa.ChunkedArray) -> NDArray[np.datetime64]:
    days: NDArray[np.datetime64] = column.to_numpy().astype("datetime64[D]")
    return days
