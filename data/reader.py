"""Reading a CSV file as text: every record with its line, nothing guessed, nothing lost."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from data.errors import InputError
from data.quarantine import Reject

CHUNK_LINES = 100_000
LOOK_AHEAD = 20
UNCLOSED = "an unclosed quote"
MISPLACED = "a misplaced quote"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True)
class Chunk:
    """Some records of a file.

    `table` holds their cells as text, one string column a header name. `lines` is each record's first line and
    `records` its original text, in the same order; `rejects` are the records that could not be read.
    """

    table: pa.Table
    lines: NDArray[np.int64]
    records: Sequence[str]
    rejects: tuple[Reject, ...]

    def reject(self, row: int, column: str, rule: str) -> Reject:
        """The reject of that row, for breaking this rule in this column."""
        return Reject(int(self.lines[row]), column, rule, _printable(self.records[row]))


def read_records(path: Path, *, name: str = "", chunk_lines: int = CHUNK_LINES) -> Iterator[Chunk]:
    """Read a UTF-8, comma-separated file with a header row (RFC 4180), in chunks, as text.

    Every record is in exactly one chunk, as a row or as a reject; blank lines are neither. Raises InputError, which
    calls the file `name`, when there is no usable header or no record at all.
    """
    name = name or path.name
    if not path.is_file():
        raise InputError(f"{name}: there is no such file")
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header = _read_header(file, name)
        line, empty = 2, True
        pending: list[str] = []
        while lines := pending + list(islice(file, chunk_lines)):
            last = len(lines) - len(pending) < chunk_lines
            chunk, used = _read_chunk(lines, line, header, last)
            line, pending = line + used, lines[used:]
            empty = empty and not (len(chunk.lines) or chunk.rejects)
            yield chunk
            if last:
                break
    if empty:
        raise InputError(f"{name}: there is a header but no record; is this the whole file?")


def _read_header(file: TextIO, name: str) -> list[str]:
    text = file.readline()
    if not text.strip():
        raise InputError(
            f"{name}, line 1: the file is empty or begins with a blank line; the first line must be the header"
        )
    if not _is_text(text):
        raise InputError(f"{name}, line 1: not UTF-8 text; save the file as CSV in UTF-8")
    for separator, words in SEPARATORS.items():
        if separator in text and "," not in text:
            raise InputError(f"{name}, line 1: the columns look separated by {words}; save the file with commas")
    header = [cell.strip() for cell in _parse(text)]
    faults = [f"column {i} has no name; name it or remove it" for i, column in enumerate(header, 1) if not column]
    for column in sorted({column for column in header if column and header.count(column) > 1}):
        places = " and ".join(str(i) for i, other in enumerate(header, 1) if other == column)
        faults.append(f"column {column!r} appears at {places}; rename one or remove it")
    if faults or not header:
        raise InputError(f"{name}, line 1: the header cannot be used", faults or ["a quote is unclosed or misplaced"])
    return header


def _read_chunk(lines: list[str], line: int, header: list[str], last: bool) -> tuple[Chunk, int]:
    """The chunk of these lines, the first of which is number `line`, and how many of them it used up."""
    table = _read_plain(lines, header)
    if table is None:
        table = _read_quoted(lines, header)
    if table is None:
        chunk, used = _read_carefully(lines, line, header, last)
    else:
        chunk, used = Chunk(table, np.arange(line, line + len(lines)), lines, ()), len(lines)
    return _reject_headers(chunk), used


def _read_plain(lines: list[str], header: list[str]) -> pa.Table | None:
    """The cells, the fastest way, where no line has a quote and all have the same width; else None."""
    text = "".join(lines)
    if '"' in text or text.startswith("\ufeff") or not _is_text(text):
        return None
    content = text.encode()
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            pacsv.ReadOptions(column_names=header, block_size=len(content) + 1),
            pacsv.ParseOptions(quote_char=False, ignore_empty_lines=True),
            pacsv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    return table if len(table) == len(lines) else None  # a blank line is no row


def _read_quoted(lines: list[str], header: list[str]) -> pa.Table | None:
    """The cells, a fast way, where every line is one record and all have the same width; else None."""
    if not _is_text("".join(lines)):
        return None
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error:
        return None
    # A row takes at least one line: as many rows as lines means that each line is exactly one record.
    if len(rows) != len(lines) or set(map(len, rows)) != {len(header)}:
        return None
    return _to_table(rows, header)


def _read_carefully(lines: list[str], line: int, header: list[str], last: bool) -> tuple[Chunk, int]:
    rows: list[list[str]] = []
    numbers: list[int] = []
    records: list[str] = []
    rejects: list[Reject] = []
    at = 0
    while at < len(lines):
        size, row, rule = _next_record(lines, at, len(header))
        if rule == UNCLOSED and not last and at + LOOK_AHEAD > len(lines):
            break
        text = "".join(lines[at : at + size])
        if rule:
            rejects.append(Reject(line + at, "", rule, _printable(text)))
        elif row:
            rows.append(row)
            numbers.append(line + at)
            records.append(text)
        at += size
    return Chunk(_to_table(rows, header), np.array(numbers, dtype=np.int64), records, tuple(rejects)), at


def _next_record(lines: list[str], at: int, width: int) -> tuple[int, list[str], str]:
    """The record that begins at line `at`: how many lines it takes, its cells, and the rule it breaks or nothing.

    A record of several lines must parse and have the right width: a stray quote must not swallow the lines after it.
    """
    if not _is_text(lines[at]):
        return 1, [], "bytes that are not UTF-8 text, or NUL characters"
    if lines[at].count('"') % 2 == 0:
        row = _parse(lines[at])
        fits = len(row) == width or not lines[at].strip("\r\n")
        return 1, row, "" if fits else f"{len(row)} fields where the header has {width}" if row else MISPLACED
    for size in range(2, LOOK_AHEAD + 1):
        text = "".join(lines[at : at + size])
        if text.count('"') % 2 == 0:
            row = _parse(text) if _is_text(text) else []
            return (size, row, "") if len(row) == width else (1, [], UNCLOSED)
    return 1, [], UNCLOSED


def _parse(record: str) -> list[str]:
    """The cells of one record; none when its quotes are not as they must be."""
    try:
        rows = list(csv.reader([record], strict=True))
    except csv.Error:
        return []
    return rows[0] if len(rows) == 1 else []


def _is_text(text: str) -> bool:
    """Whether the bytes were UTF-8 (each byte that was not is a lone surrogate now) without NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _printable(record: str) -> str:
    """The record without its line end, with bytes that are not UTF-8 written as \\xNN."""
    return record.rstrip("\r\n").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _to_table(rows: list[list[str]], header: list[str]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(header)
    return pa.table([pa.array(column, pa.string()) for column in columns], names=header)


def _reject_headers(chunk: Chunk) -> Chunk:
    """The chunk without rows that repeat the header, as files glued together have them."""
    header = chunk.table.column_names
    repeated = pc.equal(chunk.table[0], header[0])
    if not pc.any(repeated).as_py():
        return chunk
    for column, name in zip(chunk.table.columns[1:], header[1:], strict=True):
        repeated = pc.and_(repeated, pc.equal(pc.utf8_trim_whitespace(column), name))
    again = repeated.to_numpy()
    rejects = [chunk.reject(row, "", "the header again") for row in np.flatnonzero(again).tolist()]
    keep = np.flatnonzero(~again)
    records = [chunk.records[row] for row in keep.tolist()]
    return Chunk(chunk.table.take(keep), chunk.lines[keep], records, (*chunk.rejects, *rejects))
