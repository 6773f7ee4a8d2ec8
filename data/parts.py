"""Parts: Parquet files named by the SHA-256 of their bytes, written once and checked whenever they are read."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.durable import sha256_file, write_file
from data.errors import InputError


def write_part(folder: Path, table: pa.Table) -> str:
    """Keep the table in `folder`; the digest it is found under. The same table has the same digest."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    if not has_part(folder, digest):
        write_file(_path(folder, digest), content)
    return digest


def read_part(folder: Path, digest: str, *, columns: Sequence[str] | None = None) -> pa.Table:
    """The table, or some of its columns; InputError when its bytes are not those that were written."""
    content = read_verified(_path(folder, digest), digest)
    return pq.read_table(pa.BufferReader(content), columns=None if columns is None else list(columns))


def has_part(folder: Path, digest: str) -> bool:
    """Whether the part is there and its bytes are those that were written."""
    path = _path(folder, digest)
    return path.exists() and sha256_file(path) == digest


def read_verified(path: Path, digest: str) -> bytes:
    """The bytes of a file whose SHA-256 must be `digest`; InputError names the file when it is missing or damaged."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path.parent.name}/{path.name} is missing; restore it from a backup") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(
            f"{path.parent.name}/{path.name} is damaged: its bytes are not those written; restore it from a backup"
        )
    return content


def _path(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.parquet"
