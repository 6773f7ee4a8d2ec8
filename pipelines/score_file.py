"""The scores as a file: everybody scored, part after part, in memory that does not grow with their number."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.campaign import Campaign
from data.durable import open_whole
from data.errors import UsageError
from data.parts import read_part
from lists.exports import write_csv_pieces
from pipelines.records import Scoring, read_scoring, read_training


def stream_scores(campaign: Campaign, scoring: Scoring) -> Iterator[pa.Table]:
    """The scores of those who were scored, part after part: voter_id, and one float32 column an outcome."""
    columns = ["voter_id", *scoring.models]
    for digest in scoring.parts:
        part = read_part(campaign.root / "scores", digest, columns=[*columns, "excluded"])
        yield part.filter(pc.equal(pc.cast(part["excluded"], pa.string()), "")).select(columns)


def read_scores(campaign: Campaign) -> tuple[Scoring, pa.Table]:
    """The last scoring and the scores of everybody scored, as `stream_scores` gives them."""
    scoring = read_scoring(campaign.root)
    return scoring, pa.concat_tables(stream_scores(campaign, scoring))


def write_scores(campaign: Campaign, out: Path) -> dict[str, Any]:
    """Write the scores of everybody scored; what was written, for machines.

    `refused` names the outcomes that a gate refused: their scores are for study, no list is built on them. Raises
    UsageError for a file that is neither Parquet nor CSV.
    """
    writers = {".csv": _write_csv, ".parquet": _write_parquet}
    if out.suffix not in writers:
        raise UsageError(f"{out.name}: --out must end in .parquet or .csv")
    scoring, outcomes = read_scoring(campaign.root), read_training(campaign.root).outcomes
    models = {f"model {name}": digest for name, digest in scoring.models.items()}
    gates = {f"gate {name}": outcomes[name].state for name in scoring.models}
    told = {"as_of": scoring.as_of, **models, **gates}
    rows = writers[out.suffix](stream_scores(campaign, scoring), out, told)
    refused = [name for name in scoring.models if not outcomes[name].trusted]
    return {"rows": rows, "file": str(out), "outcomes": list(scoring.models), "refused": refused}


def _write_csv(tables: Iterator[pa.Table], out: Path, told: dict[str, str]) -> int:
    return write_csv_pieces(map(pa.Table.to_pandas, tables), out)


def _write_parquet(tables: Iterator[pa.Table], out: Path, told: dict[str, str]) -> int:
    if not out.parent.is_dir():
        raise UsageError(f"There is no folder {out.parent}; make it first, or name another file.")
    first = next(tables).replace_schema_metadata(told)
    rows = len(first)
    with (
        open_whole(out) as file,
        pq.ParquetWriter(file, first.schema, compression="zstd", use_dictionary=False) as writer,
    ):
        writer.write_table(first)
        for table in tables:
            writer.write_table(table.replace_schema_metadata(told))
            rows += len(table)
    return rows
