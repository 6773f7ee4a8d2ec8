"""Rows that were fetched from a database, kept as one Arrow file: written as they come, read as an import reads."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, overload

import numpy as np
import pyarrow as pa

from data.errors import InputError
from data.reader import Chunk
from data.typed import printable

MAGIC = b"ARROW1"
BLOCK = 256


def is_fetched(path: Path) -> bool:
    """Whether the file is what `write_fetched` writes, whatever it is called."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def write_fetched(file: IO[bytes], schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write the batches as they come, in the memory of one; how many rows they have. The same rows, the same bytes."""
    rows = 0
    # Not compressed: an import maps the file into memory and copies nothing.
    with pa.ipc.new_file(file, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += len(batch)
    return rows


def read_fetched(path: Path, *, name: str = "") -> Iterator[Chunk]:
    """The rows in chunks, their columns typed as the database had them; a row's line is its number, from 1.

    Raises InputError when the file is damaged, or without rows.
    """
    line = 1
    try:
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                batch.validate(full=True)
                table = pa.Table.from_batches([batch])
                yield Chunk(table, np.arange(line, line + len(table)), Rows(table), ())
                line += len(table)
    except pa.ArrowInvalid:
        raise InputError(f"{name or path.name}: damaged, not the Arrow file that was written; import it anew") from None
    if line == 1:
        raise InputError(f"{name or path.name}: there is no row")


class Rows(Sequence[str]):
    """The rows of a table as lines of a CSV file; a block is put into words when one of its rows is asked for."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._first = -1
        self._block: list[tuple[str, ...]] = []

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        if not 0 <= at < len(self):
            raise IndexError(at)
        if (first := at - at % BLOCK) != self._first:
            block = self._table.slice(first, BLOCK)
            columns = (printable(block[name].combine_chunks(), name) for name in block.column_names)
            self._first, self._block = first, list(zip(*columns, strict=True))
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(self._block[at - first])
        return line.getvalue()
