"""What commands tell people about imports, scores and list versions."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from data.campaign import Campaign
from data.durable import write_file
from data.errors import UsageError
from data.imports import ImportReport
from data.parts import read_part
from lists.exports import write_csv
from lists.versions import ListVersion
from pipelines.records import Scoring, read_scoring


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


def show_import(console: Console, report: ImportReport, file: Path) -> None:
    """What became of each row of a file."""
    if report.already:
        console.print(f"{file.name} was imported before: nothing was done.")
    parts = (
        f"{report.accepted:,} accepted · {report.quarantined:,} quarantined · {report.collapsed:,} duplicates collapsed"
    )
    console.print(f"{report.kind}: {report.rows:,} rows = {parts} · snapshot {report.snapshot[:8]}")
    if report.quarantine_file:
        console.print(f"  mend and import again: {report.quarantine_file}")
    for warning in report.warnings:
        console.print(f"  {warning}")
    if report.dropped_columns:
        console.print(f"  columns not used: {', '.join(report.dropped_columns)} (a mapping can declare them)")


def read_scores(campaign: Campaign) -> tuple[Scoring, pa.Table]:
    """The last scoring and the scores of everybody scored: voter_id, and one float32 column an outcome."""
    scoring = read_scoring(campaign.root)
    columns = ["voter_id", *scoring.models]
    tables = [
        table.filter(pa.compute.equal(table["excluded"], "")).select(columns)
        for table in (read_part(campaign.root / "scores", digest) for digest in scoring.parts)
    ]
    return scoring, pa.concat_tables(tables)


def write_scores(campaign: Campaign, out: Path) -> int:
    """Write the scores of everybody scored; how many that are. UsageError for a file that is neither kind."""
    scoring, table = read_scores(campaign)
    if out.suffix == ".csv":
        write_csv(table.to_pandas(), out)
    elif out.suffix == ".parquet":
        told = {"as_of": scoring.as_of, **{f"model {name}": digest for name, digest in scoring.models.items()}}
        sink = pa.BufferOutputStream()
        pq.write_table(table.replace_schema_metadata(told), sink, compression="zstd")
        write_file(out, sink.getvalue().to_pybytes())
    else:
        raise UsageError(f"{out.name}: --out must end in .parquet or .csv")
    return len(table)


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
