"""The file of a list: Parquet, written piece by piece, the same bytes however the voters come in pieces."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from data.durable import PRIVATE_FILE, move_file, sha256_file, write_file
from data.errors import InputError
from lists.ranking import RankedList
from lists.selection import Counts
from lists.universes import Universe

GROUP_ROWS = 1 << 16
REPEATING = ["precinct", "turnout_score", "support_score"]  # the columns worth a dictionary; others would only try


@dataclass(frozen=True)
class ListFile:
    """A ranked list in a file that is not published yet; the columns of `RankedList.frame`."""

    universe: Universe
    path: Path
    rows: int
    counts: Counts


Listed = RankedList | ListFile


def create_list(path: Path, universe: Universe, counts: Counts, pieces: Iterable[pa.Table]) -> ListFile:
    """Write a list to a new file for the owner only; the pieces, at least one, hold its voters in order."""
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE_FILE)) as file:
        rows = write_list(file, pieces)
    return ListFile(universe, path, rows, counts)


def write_list(sink: BinaryIO, pieces: Iterable[pa.Table]) -> int:
    """Write the voters of a list, in pieces of any length, at least one; how many they are."""
    rows, groups = 0, _regroup(pieces)
    first = next(groups)
    with pq.ParquetWriter(sink, first.schema, compression="zstd", use_dictionary=REPEATING) as writer:
        for group in chain([first], groups):
            writer.write_table(group, row_group_size=GROUP_ROWS)
            rows += len(group)
    return rows


def keep_part(parts: Path, ranked: Listed) -> str:
    """Keep a list in the folder of parts, durable when this returns; the digest it is found under.

    It is written even if it is there: a file left by a run that died may not be durable.
    """
    if isinstance(ranked, ListFile):
        digest = sha256_file(ranked.path)
        move_file(ranked.path, parts / f"{digest}.parquet")
        return digest
    buffer = BytesIO()
    write_list(buffer, [pa.Table.from_pandas(ranked.frame, preserve_index=False)])
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    write_file(parts / f"{digest}.parquet", buffer.getvalue())
    return digest


def read_part(
    parts: Path, digest: str, columns: Sequence[str] | None, only: Mapping[str, Sequence[str]] | None
) -> pd.DataFrame:
    """The voters of a part, or those `only` whose columns have one of these values; InputError where it is damaged."""
    path = parts / f"{digest}.parquet"
    refuse_damaged(path, digest)
    filters = [(name, "in", list(values)) for name, values in (only or {}).items()]
    return pq.read_table(path, columns=columns, filters=filters or None).to_pandas()


def read_ids(parts: Path, digest: str) -> Iterator[pd.Series]:
    """The voter_ids of a part, some thousands at a time; InputError where it is damaged."""
    path = parts / f"{digest}.parquet"
    refuse_damaged(path, digest)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(GROUP_ROWS, columns=["voter_id"]):
            yield batch["voter_id"].to_pandas()


def refuse_damaged(path: Path, digest: str) -> None:
    """InputError, naming the file, where it is missing or not the bytes that were published."""
    if not path.exists():
        raise InputError(f"{path} is missing: it holds what was published. Restore it from a backup.")
    if sha256_file(path) != digest:
        raise InputError(f"{path} is not what was published: its digest differs. Restore it from a backup.")


def _regroup(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of `GROUP_ROWS` and a rest: how they came must not be seen in the file."""
    waiting: list[pa.Table] = []
    grouped = 0
    for piece in pieces:
        # Without pandas' notes, so that equal voters are equal bytes whatever pandas wrote them.
        waiting.append(piece.replace_schema_metadata(None))
        while sum(map(len, waiting)) >= GROUP_ROWS:
            gathered = pa.concat_tables(waiting)
            yield gathered.slice(0, GROUP_ROWS).combine_chunks()
            waiting, grouped = [gathered.slice(GROUP_ROWS)], grouped + 1
    rest = pa.concat_tables(waiting).combine_chunks()
    if len(rest) or not grouped:
        yield rest
