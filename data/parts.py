"""Parts: Parquet files named by the SHA-256 of their bytes, written once and checked whenever they are read."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputError
from data.storage import Folder, Place, as_place, read_checked


def write_part(folder: Path | Place, table: pa.Table, *, repeating: Sequence[str] | None = None) -> str:
    """Keep the table in `folder`; the digest it is found under. The same table has the same digest.

    Where it is known which columns repeat their values, looking for repetitions in the others is saved.
    """
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", use_dictionary=True if repeating is None else list(repeating))
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    if not has_part(folder, digest):
        as_place(folder).write_bytes(name_part(digest), content)
    return digest


def read_part(folder: Path | Place, digest: str, *, columns: Sequence[str] | None = None) -> pa.Table:
    """The table, or some of its columns; InputError when its bytes are not those that were written."""
    content = read_checked(as_place(folder), name_part(digest), digest)
    return pq.read_table(pa.BufferReader(content), columns=None if columns is None else list(columns))


def has_part(folder: Path | Place, digest: str) -> bool:
    """Whether the part is there and its bytes are those that were written."""
    try:
        read_checked(as_place(folder), name_part(digest), digest)
    except InputError:
        return False
    return True


def read_verified(path: Path, digest: str) -> bytes:
    """The bytes of a file whose SHA-256 must be `digest`; InputError names the file when it is missing or damaged."""
    return read_checked(Folder(path.parent), path.name, digest)


def name_part(digest: str) -> str:
    """The name of a part's file."""
    return f"{digest}.parquet"


def as_frame(table: pa.Table) -> pd.DataFrame:
    """The table as pandas makes it; texts in codes are taken over here, at a third of what that costs there."""
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    others = table.drop_columns(texts).to_pandas(date_as_object=False)
    columns = {name: _coded(table[name]) if name in texts else others[name] for name in table.column_names}
    return pd.DataFrame(columns, index=others.index, copy=False)


def _coded(column: pa.ChunkedArray) -> pd.Categorical:
    texts = column.combine_chunks()
    words = pd.CategoricalDtype(pd.Index(texts.dictionary.to_pandas()))
    return pd.Categorical.from_codes(pc.fill_null(texts.indices, -1).to_numpy(), dtype=words)
