"""What commands tell people about imports, scores and list versions."""

from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from data.imports import ImportReport
from lists.versions import ListVersion


def report_to_json(report: ImportReport) -> dict[str, Any]:
    """An import for machines."""
    return {
        "kind": report.kind,
        "rows": report.rows,
        "accepted": report.accepted,
        "quarantined": report.quarantined,
        "collapsed": report.collapsed,
        "quarantine_file": str(report.quarantine_file) if report.quarantine_file else None,
        "snapshot": report.snapshot,
        "warnings": list(report.warnings),
        "dropped_columns": list(report.dropped_columns),
        "already": report.already,
    }


def show_import(console: Console, report: ImportReport, name: str) -> None:
    """What became of each row of a file or a table."""
    if report.already:
        console.print(f"{name} was imported before: nothing was done.")
    parts = f"{report.accepted:,} accepted + {report.quarantined:,} quarantined + {report.collapsed:,} duplicates"
    console.print(f"{report.kind:8} {report.rows:>11,} rows = {parts}")
    if report.quarantine_file:
        console.print(f"  mend and import again: {report.quarantine_file}")
    for warning in report.warnings:
        console.print(f"  {warning}")
    if report.dropped_columns:
        console.print(f"  columns not used: {', '.join(report.dropped_columns)} (a mapping can declare them)")


def show_scores(console: Console, written: dict[str, Any]) -> None:
    """How many scores were written where, and which of them are for study only."""
    already = " (they are there already)" if written.get("already") else ""
    console.print(f"{written['rows']:,} scored voters: {written['file'] or written['table']}{already}")
    for warning in written.get("warnings", ()):
        console.print(f"  {warning}", soft_wrap=True)
    for name in written["refused"]:
        console.print(f"  {name} was refused by its gate: for study only, build nothing on it")


def show_versions(console: Console, versions: list[ListVersion]) -> None:
    """A table of list versions, newest first."""
    if not versions:
        console.print("No list is published yet. `propensity run` makes them.")
        return
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for heading in ("List", "version", "people", "doors", "published", "models"):
        table.add_column(heading, justify="right" if heading in ("version", "people", "doors") else "left")
    for one in versions:
        models = " ".join(f"{name} {digest[:8]}" for name, digest in one.provenance["models"].items())
        when = pd.Timestamp(one.published).strftime("%Y-%m-%d %H:%M")
        table.add_row(one.name, str(one.version), f"{one.rows:,}", f"{one.doors:,}", when, models or "–")
    console.print(table)
