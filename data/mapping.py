"""A mapping profile: how somebody else's file says what our contracts say."""

import hashlib
import json
import tomllib
from collections.abc import Mapping as Dict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from data.contracts import CONTRACTS, SENSITIVE_WORDS
from data.errors import InputError
from data.typed import as_text

ExtraKind = Literal["category", "number"]
SECTIONS = ("extra", "columns", "values")
EXTRA_KINDS = ("category", "number")
KNOWN_COLUMNS = frozenset(name for contract in CONTRACTS.values() for name in contract.names)


@dataclass(frozen=True)
class Mapping:
    """How a file's columns and codes become ours.

    `extra` has the further voter columns and their kind, `columns` their name → ours, `values` our column → their
    code → ours.
    """

    extra: Dict[str, ExtraKind] = field(default_factory=dict)
    columns: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of what the mapping says, whatever the order it says it in."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def rename(self, header: tuple[str, ...]) -> tuple[str, ...]:
        """The header in our names."""
        return tuple(self.columns.get(name, name) for name in header)

    def translate(self, table: pa.Table) -> pa.Table:
        """The table with codes replaced by ours, as text; a code without translation stays as it is."""
        for name in self.values.keys() & set(table.column_names):
            codes = self.values[name]
            texts = pc.fill_null(as_text(table[name].combine_chunks(), name), "").dictionary_encode()
            ours = [codes.get(text.strip(), text) for text in texts.dictionary.to_pylist()]
            column = pc.take(pa.array(ours, pa.string()), texts.indices)
            table = table.set_column(table.column_names.index(name), name, column)
        return table


def read_mapping(path: Path) -> Mapping:
    """Read a mapping profile; InputError names every fault in it.

    ```
    [extra]                    # further columns of the voter file, and what they are
    education = "category"
    [columns]                  # their column = our column
    VoterID = "voter_id"
    [values.response]          # their code = our code
    "Strong yes" = "1"
    ```
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such mapping file") from None
    except ValueError as error:
        raise InputError(f"{path.name} is not TOML in UTF-8: {error}") from error
    if faults := _faults(tables):
        raise InputError(f"{path.name} cannot be used as a mapping", faults)
    return Mapping(tables.get("extra", {}), tables.get("columns", {}), tables.get("values", {}))


def _faults(tables: dict[str, Any]) -> list[str]:
    unknown = [
        f"unknown key {key}; known are [extra], [columns], [values.COLUMN]" for key in tables if key not in SECTIONS
    ]
    misshapen = [f"[{key}] must be a table" for key in SECTIONS if not isinstance(tables.get(key, {}), dict)]
    if misshapen:
        return unknown + misshapen
    extra, columns, values = (tables.get(key, {}) for key in SECTIONS)
    known = KNOWN_COLUMNS | extra.keys()
    return unknown + _extra_faults(extra, columns) + _column_faults(columns, known) + _value_faults(values, known)


def _extra_faults(extra: dict[str, Any], columns: dict[str, Any]) -> list[str]:
    faults = [
        f'[extra] {name} must be "category" or "number"' for name, kind in extra.items() if kind not in EXTRA_KINDS
    ]
    faults += [
        f"[extra] {name} is a column of the contract already; leave it out" for name in extra if name in KNOWN_COLUMNS
    ]
    for name in (*extra, *(theirs for theirs, ours in columns.items() if ours in extra)):
        if word := next((word for word in SENSITIVE_WORDS if word in name.lower()), None):
            faults.append(f"[extra] {name} looks sensitive ({word}) and is never a feature; leave it out")
    return faults


def _column_faults(columns: dict[str, Any], known: frozenset[str]) -> list[str]:
    return [f"[columns] {name} = {ours!r} is no column of ours" for name, ours in columns.items() if ours not in known]


def _value_faults(values: dict[str, Any], known: frozenset[str]) -> list[str]:
    faults = [f"[values.{name}] is for no column of ours" for name in values if name not in known]
    for name, codes in values.items():
        if not isinstance(codes, dict) or not all(isinstance(code, str) for code in codes.values()):
            faults.append(f'[values.{name}] must be lines such as "their code" = "our code", all text')
    return faults
