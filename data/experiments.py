"""An experiment's file: who was assigned to be contacted, and what came of it, one row a voter."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.checking import LINE, check_chunk
from data.contracts import Column, Contract, Kind
from data.errors import InputError, UsageError
from data.reader import Chunk, read_records

MOST_SHOWN = 12
VOTER = "voter_id"
CODED = "write 1 for yes and 0 for no"


@dataclass(frozen=True)
class Roles:
    """Which column of the file says what; None where it does not say."""

    assigned: str
    outcome: str
    contacted: str | None = None
    cluster: str | None = None
    block: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The column of each role that has one."""
        return {role: name for role, name in vars(self).items() if name is not None}

    def contract(self) -> Contract:
        """The contract of a file with these columns. Only an outcome may be unknown."""
        kinds: dict[str, Kind] = {"cluster": "text", "block": "text"}
        meanings = (
            Column(name, kinds.get(role, "flag"), role, required=True, blank=role == "outcome")
            for role, name in self.columns.items()
        )
        return Contract("experiment", "", (VOTER,), (Column(VOTER, "text", "the voter's id", required=True), *meanings))


def read_experiment(file: Path, roles: Roles, voter_ids: pa.ChunkedArray) -> pd.DataFrame:
    """The rows of the file, in their order, with a column for each role that has one.

    `voter_id` is one of `voter_ids` and stands once; `assigned`, `outcome` and `contacted` are 1.0 or 0.0, an unknown
    outcome NaN; `cluster` and `block` are text. Raises UsageError when two roles name one column, InputError with
    every fault when the file is not such an experiment: nothing is dropped, for it would unmake the randomisation.
    """
    _check_roles(roles)
    contract, tables, faults = roles.contract(), [], []
    for chunk in read_records(file):
        _check_header(file, chunk, contract)
        table, rejects = check_chunk(chunk, contract, {}, today=date.max)
        tables.append(table)
        flags = {name for role, name in roles.columns.items() if role in ("assigned", "outcome", "contacted")}
        for one in rejects.rows:
            remedy = f"; {CODED}" if one.column in flags else ""
            faults.append(f"line {one.line}{f', column {one.column!r}' if one.column else ''}: {one.rule}{remedy}")
    rows = pa.concat_tables(tables).combine_chunks()
    faults = _shorten(faults) + _voter_faults(rows, voter_ids) + ([] if faults else _arm_faults(rows, roles))
    if faults:
        raise InputError(f"{file.name} is not an experiment that can be read", faults)
    return _to_frame(rows, roles)


def _check_roles(roles: Roles) -> None:
    counts = Counter([VOTER, *roles.columns.values()])
    if twice := sorted(name for name, count in counts.items() if count > 1):
        raise UsageError(f"column {twice[0]!r} cannot be two things at once: name another for one of the options")


def _check_header(file: Path, chunk: Chunk, contract: Contract) -> None:
    header = chunk.table.column_names
    faults = []
    for name in contract.required:
        if name not in header:
            near = get_close_matches(name, header, n=3, cutoff=0.5) or header[:10]
            faults.append(f"column {name!r} is missing; nearest are: {', '.join(near)}")
    if faults:
        raise InputError(f"{file.name}, line 1: columns are missing; name those that the file has", faults)


def _shorten(faults: list[str]) -> list[str]:
    rest = len(faults) - MOST_SHOWN
    return faults if rest <= 0 else [*faults[:MOST_SHOWN], f"… and {rest:,} more rows"]


def _voter_faults(rows: pa.Table, voter_ids: pa.ChunkedArray) -> list[str]:
    faults = []
    unknown = rows.filter(pc.invert(pc.is_in(rows[VOTER], value_set=voter_ids.combine_chunks())))[LINE]
    if len(unknown):
        remedy = "import the voter file as it stood then; to leave a voter out for having gone later would be no draw"
        faults.append(f"{_lines(unknown)}, column 'voter_id': not in the voter file; {remedy}")
    ids = rows[VOTER].to_pandas()
    if (again := ids.duplicated().to_numpy()).any():
        faults.append(
            f"{_lines(rows[LINE].filter(pa.array(again)))}, column 'voter_id': the same voter again; keep one"
        )
    return faults


def _lines(lines: pa.ChunkedArray) -> str:
    named = ", ".join(str(line) for line in lines[:5].to_pylist())
    return f"{'line' if len(lines) == 1 else f'{len(lines):,} lines:'} {named}{' …' if len(lines) > 5 else ''}"


def _arm_faults(rows: pa.Table, roles: Roles) -> list[str]:
    """What an experiment cannot do without: two arms, and an outcome that differs."""
    needed = {
        roles.assigned: "an experiment needs voters who were to be contacted and voters who were left alone",
        roles.outcome: "where everybody does the same, nothing can be compared",
    }
    told = {True: "1", False: "0"}
    faults = []
    for name, why in needed.items():
        values = pc.unique(rows[name]).drop_null().to_pylist()
        if len(values) < 2:
            only = f"only {told[values[0]]}" if values else "nothing"
            faults.append(f"column {name!r}: {only} in every row; {why}")
    return faults


def _to_frame(rows: pa.Table, roles: Roles) -> pd.DataFrame:
    frame = pd.DataFrame({VOTER: rows[VOTER].to_pandas()})
    for role, name in roles.columns.items():
        values = rows[name]
        if role not in ("cluster", "block"):
            values = pc.cast(values, pa.float64())
        frame[role] = np.asarray(values.to_numpy())
    return frame
