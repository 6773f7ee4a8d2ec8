"""Intake: one file, read and checked, every row accounted for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.cells import ARROW_TYPES
from data.checking import LINE, check_chunk
from data.contracts import HISTORY, SURVEY, VOTERS, Contract
from data.duplicates import find_duplicates
from data.errors import InputError, PropensityError
from data.fetched import is_fetched, read_fetched
from data.mapping import Mapping
from data.quarantine import Reject
from data.reader import Chunk, read_records
from data.survey import ANSWER

UNKNOWN_VOTER = "a voter who is not in the voter file"
NOTHING_SAID = "neither a response nor a contact result"
AGAIN = "again"
CONTRADICTION = "same {}, different content"


Fault = tuple[str, str]


@dataclass(frozen=True)
class Intake:
    """What a file brings: `rows == len(accepted) + len(rejects) + collapsed`.

    `accepted` has every column of the contract, typed, and the extras as `extra_<name>`.
    """

    rows: int
    accepted: pa.Table
    rejects: tuple[Reject, ...]
    collapsed: int
    warnings: tuple[str, ...]
    dropped_columns: tuple[str, ...]


def take_in(
    file: Path, contract: Contract, mapping: Mapping, voter_ids: pa.Array | None, *, today: date, name: str = ""
) -> Intake:
    """Read the file against the contract; `voter_ids` are those whom a row's `voter_id` may name, None for anybody.

    The file is CSV or was fetched from a database; messages call it `name`, or by its own name. Raises InputError when
    the file as a whole cannot be used, PropensityError when a row is unaccounted for.
    """
    name = name or file.name
    extras = dict(mapping.extra) if contract is VOTERS else {}
    rows = 0
    header: tuple[str, ...] = ()
    tables: list[pa.Table] = []
    rejects: list[Reject] = []
    unreadable: Counter[tuple[str, str]] = Counter()
    for chunk in _read(file, name):
        translated = _translate(chunk, mapping, name)
        table, refused = check_chunk(translated, contract, extras, today=today)
        header = tuple(translated.table.column_names)
        rows += len(chunk.lines) + len(chunk.rejects)
        tables.append(table)
        rejects += refused.rows
        unreadable += refused.dropped
    accepted, broken, collapsed = _settle(_complete(pa.concat_tables(tables), contract), contract, voter_ids)
    rejects += _with_texts(file, broken)
    if rows != len(accepted) + len(rejects) + collapsed:
        raise PropensityError(
            f"{name}: {rows} rows, but {len(accepted)} accepted, {len(rejects)} quarantined, {collapsed} collapsed"
        )
    dropped = tuple(name for name in header if name not in contract.names and name not in extras)
    return Intake(
        rows, accepted.drop_columns(LINE), tuple(rejects), collapsed, _warnings(unreadable, len(accepted)), dropped
    )


def _read(file: Path, name: str) -> Iterator[Chunk]:
    if not file.is_file():
        raise InputError(f"{name}: there is no such file")
    return read_fetched(file, name=name) if is_fetched(file) else read_records(file, name=name)


def _translate(chunk: Chunk, mapping: Mapping, name: str) -> Chunk:
    header = mapping.rename(tuple(chunk.table.column_names))
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise InputError(
            f"{name}: the mapping gives two columns the same name", [f"column {column!r}" for column in twice]
        )
    return replace(chunk, table=mapping.translate(chunk.table.rename_columns(header)))


def _complete(table: pa.Table, contract: Contract) -> pa.Table:
    """The table with every column of the contract; a history row that does not say otherwise means voted."""
    for column in contract.columns:
        if column.name not in table.column_names:
            table = table.append_column(column.name, pa.nulls(len(table), ARROW_TYPES[column.kind]))
    if contract is HISTORY:
        at = table.column_names.index("status")
        table = table.set_column(at, "status", pc.fill_null(table["status"], "voted"))
    return table


def _settle(table: pa.Table, contract: Contract, voter_ids: pa.Array | None) -> tuple[pa.Table, dict[int, Fault], int]:
    """The rows that stay, the fault of each line that does not, and how many rows only repeat another."""
    broken: dict[int, Fault] = {}
    if voter_ids is not None and "voter_id" in contract.names:
        known = pc.is_in(table["voter_id"], value_set=voter_ids)
        table = _refuse(table, known, ("voter_id", UNKNOWN_VOTER), broken)
    if contract is SURVEY:
        said = pc.or_(pc.is_valid(table["response"]), pc.is_valid(table["contact_result"]))
        table = _refuse(table, said, ("response", NOTHING_SAID), broken)
    content = [name for name in table.column_names if name != LINE]
    again, clash = find_duplicates(table, contract.key or ANSWER, content if contract.key else ANSWER)
    key = ", ".join(contract.key)
    table = _refuse(
        table.append_column(AGAIN, pa.array(again)), pa.array(~clash), (key, CONTRADICTION.format(key)), broken
    )
    repeats = int(np.count_nonzero(again))
    if repeats:
        table = table.filter(pc.invert(table[AGAIN]))
    return table.drop_columns(AGAIN), broken, repeats


def _refuse(table: pa.Table, stays: pa.Array, fault: Fault, broken: dict[int, Fault]) -> pa.Table:
    if pc.all(stays).as_py():
        return table
    broken |= dict.fromkeys(table[LINE].filter(pc.invert(stays)).to_pylist(), fault)
    return table.filter(stays)


def _with_texts(file: Path, broken: dict[int, Fault]) -> list[Reject]:
    """The rejects of these lines. Faults that only the whole file shows are rare: its text is read again, not kept."""
    if not broken:
        return []
    wanted = np.fromiter(broken, dtype=np.int64)
    rejects = []
    for chunk in _read(file, file.name):
        for row in np.flatnonzero(np.isin(chunk.lines, wanted)).tolist():
            rejects.append(chunk.reject(row, *broken[int(chunk.lines[row])]))
    return rejects


def _warnings(unreadable: Counter[tuple[str, str]], accepted: int) -> tuple[str, ...]:
    warnings = [f"{column}: {count} rows with {rule}; taken as missing" for (column, rule), count in unreadable.items()]
    return (*warnings, *([] if accepted else ["no row was accepted"]))
