"""Checking records against their contract: typed values, or the rule that a row breaks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.cells import ARROW_TYPES, parser
from data.contracts import VOTERS, Column, Contract
from data.errors import InputError
from data.quarantine import Reject
from data.reader import Chunk
from data.typed import as_text, take_plain

EMPTY = "an empty cell where a value must be"
LINE = "line"


@dataclass(frozen=True)
class Rejects:
    """The rows of a chunk that are not accepted, and how many optional values were dropped, per column and rule."""

    rows: tuple[Reject, ...]
    dropped: Counter[tuple[str, str]]


def check_header(header: Sequence[str], contract: Contract, extras: Mapping[str, str]) -> None:
    """Raise InputError, naming the nearest columns there are, unless every required and extra column is there."""
    faults = []
    for name in (*contract.required, *extras):
        if name not in header:
            near = get_close_matches(name, header, n=3, cutoff=0.5) or header[:10]
            faults.append(f"column {name!r} is missing; nearest are: {', '.join(near)}")
    if faults:
        raise InputError(f"not a {contract.name} file: rename the columns, or map them under [columns]", faults)


def check_chunk(
    chunk: Chunk, contract: Contract, extras: Mapping[str, str], *, today: date
) -> tuple[pa.Table, Rejects]:
    """Type the cells of the contract's columns and of the extras; leave out and report the rows that break a rule.

    The table has `line` (int64) and every column that the contract and the file share, then `extra_<name>`; null
    where the cell is blank. An optional date or number of a voter that cannot be becomes null and is counted:
    a voter is more than one bad date. Every record is in the table or in the rejects, the chunk's own included.
    Raises InputError when a required column is missing.
    """
    check_header(chunk.table.column_names, contract, extras)
    checked: dict[str, pa.Array] = {LINE: pa.array(chunk.lines)}
    faults: dict[int, tuple[str, str]] = {}
    dropped: Counter[tuple[str, str]] = Counter()
    for name, column in _columns(contract, extras):
        if column.name not in chunk.table.column_names:
            continue
        values, rules = _check_column(chunk.table[column.name], column, today)
        checked[name] = values
        if contract is VOTERS and not column.required and column.kind in ("date", "integer", "number"):
            dropped.update((column.name, rule) for rule in rules.values())
        else:
            for row, rule in rules.items():
                faults.setdefault(row, (column.name, rule))
    rows = [chunk.reject(row, *fault) for row, fault in faults.items()]
    table = pa.table(checked)
    if faults:
        table = table.take(np.setdiff1d(np.arange(len(table)), list(faults)))
    return table, Rejects((*chunk.rejects, *rows), dropped)


def _columns(contract: Contract, extras: Mapping[str, str]) -> list[tuple[str, Column]]:
    kinds = {"category": "text", "number": "number"}
    declared = [(column.name, column) for column in contract.columns]
    return declared + [(f"extra_{name}", Column(name, kinds[kind], "")) for name, kind in extras.items()]  # type: ignore[arg-type]


def _check_column(cells: pa.ChunkedArray, column: Column, today: date) -> tuple[pa.Array, dict[int, str]]:
    """The values, null where there is none, and the rule broken by each row that breaks one.

    What can break no rule is taken as it is; the rest is read as text, each distinct text once.
    """
    # Of one chunk, as usual, combining would make a copy.
    values = cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()
    plain = take_plain(values, column, today)
    if plain is None:
        text = as_text(values, column.name)
        plain = take_plain(text, column, today) if text is not values else None
        if plain is None:
            return _parse_texts(text, column, today)
        values = text
    typed, fits = plain
    if fits.all():
        return typed, {}
    odd = np.flatnonzero(~fits)
    parsed, rules = _parse_texts(as_text(values.take(pa.array(odd)), column.name), column, today)
    return pc.replace_with_mask(typed, pa.array(~fits), parsed), {int(odd[row]): rule for row, rule in rules.items()}


def _parse_texts(texts: pa.Array, column: Column, today: date) -> tuple[pa.Array, dict[int, str]]:
    coded = (pc.fill_null(texts, "") if texts.null_count else texts).dictionary_encode()
    parse = parser(column, today)
    values, rules = [], {}
    for code, text in enumerate(distinct := coded.dictionary.to_pylist()):
        value = None
        if trimmed := text.strip():
            try:
                value = parse(trimmed)
            except ValueError as error:
                rules[code] = str(error)
        elif column.required and not column.blank:
            rules[code] = EMPTY
        values.append(value)
    if column.kind == "code" and values == distinct:
        return texts, {}
    codes = coded.indices.to_numpy()
    broken = np.flatnonzero(np.isin(codes, list(rules))) if rules else ()
    typed = pc.take(pa.array(values, ARROW_TYPES[column.kind]), coded.indices)
    return typed, {int(row): rules[int(codes[row])] for row in broken}
