"""Rows of scores as PostgreSQL's binary COPY format has them, packed column by column."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = -1


def pack_rows(table: pa.Table, key: str, numbers: Sequence[str]) -> Iterator[bytes]:
    """The rows as text `key` and float4 `numbers`, NULL where a number is NaN; every row once, in any order.

    Rows whose fields are equally long have the same layout, so each layout is packed in one go.
    """
    ids = pc.cast(table[key], pa.binary()).combine_chunks()
    values = np.empty((len(table), len(numbers)), dtype=">f4")
    for at, name in enumerate(numbers):
        values[:, at] = table[name].to_numpy()
    missing = np.isnan(values)
    lengths = pc.binary_length(ids).to_numpy()
    layouts = lengths.astype(np.int64) << len(numbers) | missing @ (1 << np.arange(len(numbers)))
    for layout in np.unique(layouts).tolist():
        rows = np.flatnonzero(layouts == layout)
        chosen = ids if len(rows) == len(ids) else ids.take(pa.array(rows))
        yield _pack(chosen, values[rows], missing[rows[0]])


def _pack(ids: pa.Array, values: "np.typing.NDArray[np.float32]", missing: "np.typing.NDArray[np.bool_]") -> bytes:
    content = np.frombuffer(ids.buffers()[2] or b"", dtype=np.uint8)
    begin, end = np.frombuffer(ids.buffers()[1], dtype=np.int32)[[ids.offset, ids.offset + len(ids)]]
    length = int(end - begin) // len(ids)
    fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [
        ("fields", ">i2"),
        ("length", ">i4"),
        ("key", "u1", (length,)),
    ]
    for at, absent in enumerate(missing):
        fields += [(f"length_{at}", ">i4")] if absent else [(f"length_{at}", ">i4"), (f"value_{at}", ">f4")]
    packed = np.empty(len(ids), dtype=np.dtype(fields))
    packed["fields"] = 1 + len(missing)
    packed["length"] = length
    packed["key"] = content[begin:end].reshape(len(ids), length)
    for at, absent in enumerate(missing):
        packed[f"length_{at}"] = NULL if absent else 4
        if not absent:
            packed[f"value_{at}"] = values[:, at]
    return packed.tobytes()
