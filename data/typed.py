"""Typed columns: values that a database gives as they are, and the text each of them would be in a CSV file."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.cells import ARROW_TYPES, bounds, oldest_day
from data.contracts import Column
from data.errors import InputError

Mask = NDArray[np.bool_]
DAY = 24 * 3600 * 1_000_000
LONGEST_INTEGER = 10**18 - 1
DAMAGING = np.frombuffer(b".,+", dtype=np.uint8)


def take_plain(values: pa.Array, column: Column, today: date) -> tuple[pa.Array, Mask] | None:
    """The values that can break no rule of the column, and which rows they are; None for a column to be read as text.

    Shapes (rows,). What stands in other rows of the values means nothing. A missing value is plain where it may be.
    """
    native = _native(values, column, today)
    if native is None:
        return None
    typed, fits = native
    if values.null_count:
        missing = values.is_null().to_numpy(zero_copy_only=False)
        fits = np.where(missing, not column.required or column.blank, fits)
    return typed, fits


def as_text(values: pa.Array, name: str) -> pa.Array:
    """The text that each value would be in a CSV file, null where there is none.

    Raises InputError for a type that has no one such text.
    """
    kind = values.type
    if isinstance(kind, pa.BaseExtensionType) and not pa.types.is_fixed_size_binary(kind.storage_type):
        kind, values = kind.storage_type, values.storage
    if pa.types.is_string(kind):
        return values
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return _moments(values)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.array([str(one) if one else None for one in values.to_pylist()], pa.string())
    if pa.types.is_floating(kind) and name == "voter_id":
        raise InputError(f"column {name!r} holds numbers with fractions, which are no ids; store the ids as text")
    if pa.types.is_timestamp(kind):
        raise InputError(
            f"column {name!r} is a time with time zone, whose day depends on the place: write "
            f"({name} at time zone 'America/New_York')::date as {name} in --query"
        )
    if pa.types.is_null(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_primitive(kind):
        return pc.cast(values, pa.string())
    raise InputError(f"column {name!r} is of a type that is no text ({kind}): cast it in --query, such as {name}::text")


def printable(values: pa.Array, name: str) -> list[str]:
    """The values for people to read, whatever their type."""
    try:
        return pc.fill_null(as_text(values, name), "").to_pylist()  # type: ignore[no-any-return]
    except InputError:
        return ["" if one is None else str(one) for one in values.to_pylist()]


def _native(values: pa.Array, column: Column, today: date) -> tuple[pa.Array, Mask] | None:
    kind, target = values.type, ARROW_TYPES[column.kind]
    if column.kind == "text" and pa.types.is_string(kind):
        return values, _needs_no_trim(values) & (column.name != "voter_id" or _is_no_number(values))
    if column.kind == "flag" and pa.types.is_boolean(kind):
        return values, np.ones(len(values), dtype=bool)
    if column.kind == "date" and pa.types.is_date32(kind):
        return values, _is_past(_filled(values.view(pa.int32())).to_numpy(), today)
    if column.kind == "date" and pa.types.is_timestamp(kind) and kind.tz is None and kind.unit == "us":
        moments = _filled(values.view(pa.int64())).to_numpy()
        fits = (moments % DAY == 0) & _is_past(moments // DAY, today)
        return pa.array(np.where(fits, moments // DAY, 0).astype(np.int32)).view(target), fits
    if column.kind in ("integer", "number") and pa.types.is_integer(kind):
        return pc.cast(values, target, safe=False), _is_within(values, column, today)
    if column.kind == "number" and pa.types.is_float64(kind):
        return values, _is_within(values, column, today)
    return None


def _filled(values: pa.Array) -> pa.Array:
    return pc.fill_null(values, 0) if values.null_count else values


def _is_past(days: NDArray[np.int64], today: date) -> Mask:
    epoch = date(1970, 1, 1)
    return (days <= (today - epoch).days) & (days >= (oldest_day(today) - epoch).days)


def _is_within(values: pa.Array, column: Column, today: date) -> Mask:
    low, high = bounds(column, today)
    if pa.types.is_integer(values.type):
        low, high = max(low, -LONGEST_INTEGER), min(high, LONGEST_INTEGER)
        least, most = pc.min_max(values).values()
        if least.is_valid and low <= least.as_py() and most.as_py() <= high:
            return np.ones(len(values), dtype=bool)
    numbers = _filled(values).to_numpy(zero_copy_only=False)
    return np.asarray((numbers >= low) & (numbers <= high) & np.isfinite(numbers))


def _needs_no_trim(values: pa.Array) -> Mask:
    """Which texts begin and end with a visible ASCII character: nothing is to be trimmed there, none is blank."""
    places, content = _buffers(values)
    begin, end = places[:-1], places[1:]
    if not len(content):
        return np.zeros(len(values), dtype=bool)
    first, last = content[np.minimum(begin, len(content) - 1)], content[end - 1]
    visible = (first > 0x20) & (first < 0x7F) & (last > 0x20) & (last < 0x7F)
    return np.asarray((end > begin) & visible)


def _is_no_number(values: pa.Array) -> Mask:
    """Which ids have none of the signs without which no spreadsheet has damaged them."""
    offsets, content = _buffers(values)
    signs = np.isin(content, DAMAGING)
    if not signs.any():
        return np.ones(len(values), dtype=bool)
    before = np.concatenate([[0], np.cumsum(signs)])
    return np.asarray(before[offsets[1:]] == before[offsets[:-1]])


def _buffers(values: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Where each text begins and ends among the bytes, and the bytes; a missing text may be anything."""
    _, offsets, content = values.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    return places, np.frombuffer(content or b"", dtype=np.uint8)


def _moments(values: pa.Array) -> pa.Array:
    """Days as days; with a time of day, as both."""
    moments = pc.fill_null(values.cast(pa.timestamp("us"), safe=False).view(pa.int64()), 0)
    whole = pa.array(moments.to_numpy() % DAY == 0)
    texts = pc.cast(values, pa.string())
    return pc.if_else(whole, pc.utf8_slice_codeunits(texts, 0, 10), texts)
