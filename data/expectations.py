"""A file of the turnout to expect area by area."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data.area_levels import AREA_TYPES, AreaLevels, is_share
from data.checking import LINE, check_chunk
from data.contracts import Column, Contract
from data.errors import InputError, UsageError
from data.reader import read_records

MOST_SHOWN = 12
SHARE = "expected_turnout"
EXPECTATIONS = Contract(
    "expectations",
    "The turnout to expect, one row an area; one kind of area a file.",
    key=("area",),
    columns=(
        Column("area_type", "code", "the voter column that `area` is a value of", required=True, allowed=AREA_TYPES),
        Column("area", "text", "the area, as the voter file names it", required=True),
        Column(SHARE, "number", "the share of the registered who will vote", required=True),
    ),
)


def read_expected_turnout(text: str) -> float | AreaLevels:
    """The turnout to expect: the number that the text is, or what the file of that name says area by area.

    Raises UsageError when it is neither, InputError as `read_expectations`.
    """
    try:
        return float(text)
    except ValueError:
        if not Path(text).is_file():
            raise UsageError(
                f"{text!r} is neither a share such as 0.52 nor a CSV file of the turnout by area"
            ) from None
    return read_expectations(Path(text))


def read_expectations(file: Path) -> AreaLevels:
    """The turnout that the file says to expect of each of its areas.

    Raises InputError with every fault of the file: an expectation that is left out would not be missed.
    """
    tables, faults = [], []
    for chunk in read_records(file):
        if missing := [name for name in EXPECTATIONS.names if name not in chunk.table.column_names]:
            told = [f"column {name!r} is missing" for name in missing]
            raise InputError(f"{file.name}, line 1: name the columns {', '.join(EXPECTATIONS.names)}", told)
        table, rejects = check_chunk(chunk, EXPECTATIONS, {}, today=date.max)
        tables.append(table)
        faults += [
            f"line {one.line}{f', column {one.column!r}' if one.column else ''}: {one.rule}; correct the row"
            for one in rejects.rows
        ]
    rows = pa.concat_tables(tables)
    if faults := faults + _row_faults(rows):
        more = [f"… and {len(faults) - MOST_SHOWN:,} more"] if len(faults) > MOST_SHOWN else []
        raise InputError(f"{file.name} does not say what turnout to expect", faults[:MOST_SHOWN] + more)
    areas = zip(rows["area"].to_pylist(), rows[SHARE].to_pylist(), strict=True)
    return AreaLevels(rows["area_type"][0].as_py(), dict(areas))


def _row_faults(rows: pa.Table) -> list[str]:
    faults: list[str] = []
    seen: set[str] = set()
    kinds = pc.unique(rows["area_type"]).to_pylist()
    for row in rows.select([LINE, *EXPECTATIONS.names]).to_pylist():
        line, area = f"line {row[LINE]}", row["area"]
        if not is_share(row[SHARE]):
            faults.append(f"{line}, column {SHARE!r}: not between 0 and 1; write a share such as 0.52")
        if row["area_type"] != kinds[0]:
            faults.append(f"{line}, column 'area_type': not {kinds[0]} as above; keep one kind of area a file")
        if area in seen:
            faults.append(f"{line}, column 'area': {area!r} again; keep one of its rows")
        seen.add(area)
    return faults
