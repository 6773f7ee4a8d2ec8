"""A pull as a file: CSV, Excel, or what VAN loads; no cell of it is ever run as a formula."""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from pyarrow import csv

from data.durable import open_whole, write_file
from data.errors import UsageError

SCORES = ("turnout_score", "support_score")
EXCEL_ROWS = 1_048_576
EXCEL_CELL = 32_767

# What a spreadsheet runs when a cell starts with it; the second four are their full-width twins.
FORMULA = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
STARTS_FORMULA = rf"\A(\s*{FORMULA}|[\t\r\n])"
# A comma file opened where the semicolon separates: what follows any separator may become a cell of its own.
SPLITS_INTO_FORMULA = rf'([;,|\t\r\n"]\s*)({FORMULA})'


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows as comma-separated UTF-8 with a header, whole or not at all, readable by the owner only.

    Text is quoted; what a spreadsheet would run as a formula is preceded by an apostrophe. Raises UsageError where
    there is no such folder.
    """
    write_csv_pieces([frame], path)


def write_csv_pieces(frames: Iterable[pd.DataFrame], path: Path) -> int:
    """The same for rows that come in pieces of the same columns, at least one; how many rows they are."""
    _check_folder(path)
    tables = map(_disarm_table, frames)
    first = next(tables)
    rows = 0
    with open_whole(path) as file, csv.CSVWriter(file, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)
            rows += len(table)
    return rows


def write_van(frame: pd.DataFrame, path: Path) -> None:
    """Write what VAN's score loader takes: voter_id first, then one column per score; as `write_csv` does."""
    write_csv(frame[["voter_id", *(score for score in SCORES if frame[score].notna().any())]], path)


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows as an Excel workbook: header frozen, columns filterable, ids and postal codes as text.

    As safe and as whole as `write_csv`; text is cut at the 32,767 characters a cell holds. Raises UsageError for more
    rows than a sheet holds, or without the folder.
    """
    if len(frame) >= EXCEL_ROWS:
        raise UsageError(
            f"{len(frame):,} rows do not fit an Excel sheet ({EXCEL_ROWS - 1:,}). Take CSV, or fewer with --top."
        )
    _check_folder(path)
    buffer = BytesIO()
    # Its temporary files hold people's addresses: they stay beside the workbook, not in a folder shared by everybody.
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        _fill_sheet(book, _disarm_table(frame))
    _write(path, buffer.getvalue())


def _fill_sheet(book: xlsxwriter.Workbook, rows: pa.Table) -> None:
    sheet = book.add_worksheet("list")
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows.num_rows, rows.num_columns - 1)
    sheet.set_column(0, rows.num_columns - 1, 16)
    sheet.write_row(0, 0, rows.column_names, book.add_format({"bold": True}))
    writers = [_choose_writer(sheet, column) for column in rows.columns]
    for number, cells in enumerate(_each_row(rows), start=1):
        for position, cell in enumerate(cells):
            if cell is not None:
                writers[position](number, position, cell)


def _each_row(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in rows.to_batches(max_chunksize=10_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _choose_writer(sheet: xlsxwriter.worksheet.Worksheet, column: pa.ChunkedArray) -> Callable[..., int]:
    if pa.types.is_large_string(column.type):
        return lambda number, position, text: sheet.write_string(number, position, text[:EXCEL_CELL])
    write: Callable[..., int] = sheet.write_number
    return write


def _disarm_table(frame: pd.DataFrame) -> pa.Table:
    """The rows with text as large_string and numbers as they are, missing values null, nothing a formula."""
    texts = frame.select_dtypes(exclude="number")
    table = pa.Table.from_pandas(frame.assign(**texts.astype("str")), preserve_index=False)
    for position, name in enumerate(table.column_names):
        if name in texts:
            table = table.set_column(position, name, _disarm(table[name].cast(pa.large_string())))
    return table


def _disarm(text: pa.ChunkedArray) -> pa.ChunkedArray:
    apart = pc.replace_substring_regex(text, SPLITS_INTO_FORMULA, r"\1'\2")
    return pc.replace_substring_regex(apart, STARTS_FORMULA, r"'\1")


def _write(path: Path, content: bytes) -> None:
    _check_folder(path)
    write_file(path, content)


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}; make it first, or name another file.")
