"""What comes in and what goes out: files, and the campaign's own PostgreSQL."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from data import imports
from data.campaign import Campaign
from data.contracts import CONTRACTS
from data.errors import UsageError
from data.imports import ImportReport
from data.mapping import Mapping, read_mapping
from pipelines.progress import count
from pipelines.records import Scoring, read_scoring, read_training
from pipelines.score_file import stream_scores, write_scores

TABLE = "propensity_scores"


@dataclass(frozen=True)
class Source:
    """Where rows come from: a file, or a database and its table or query. The URL may hold a password."""

    file: Path | None = None
    url: str | None = field(default=None, repr=False)
    table: str | None = None
    query: str | None = None


def bring_in(
    campaign: Campaign, kind: str, source: Source, mapping: Path | None, *, today: date
) -> tuple[ImportReport, str]:
    """Import what the source has; the report, and what the source is called.

    Raises UsageError for another kind or not exactly one source, and as the imports and `fetch` do.
    """
    if kind not in CONTRACTS:
        raise UsageError(f"{kind!r} cannot be imported. Choose one of: {', '.join(CONTRACTS)}.")
    if (source.file is None) == (source.url is None):
        raise UsageError("name either a file or a database: propensity import KIND FILE, or KIND --from postgresql://…")
    if source.url is None and (source.table or source.query) or (source.table and source.query):
        raise UsageError("--table and --query are for --from, one of them at most")
    profile = read_mapping(mapping) if mapping else Mapping()
    take_in = getattr(imports, f"import_{kind}")
    if source.file is not None:
        return take_in(campaign, source.file, mapping=profile, today=today), source.file.name
    return _bring_in_table(campaign, kind, source, profile, today)


def _bring_in_table(
    campaign: Campaign, kind: str, source: Source, mapping: Mapping, today: date
) -> tuple[ImportReport, str]:
    from data.postgres import Database
    from data.postgres_read import fetch

    def watched(batches: Any) -> Any:
        return count("rows read", batches, len)

    database, contract = Database(source.url or ""), CONTRACTS[kind]
    options: dict[str, Any] = {"table": source.table, "query": source.query, "watch": watched}
    with fetch(database, campaign, contract, mapping, **options) as fetched:
        take_in = getattr(imports, f"import_{kind}")
        report = take_in(campaign, fetched.file, mapping=mapping, today=today, name=fetched.name)
    told = (*report.warnings, *fetched.warnings)
    return replace(report, warnings=told, dropped_columns=(*report.dropped_columns, *fetched.not_read)), fetched.name


def send_scores(campaign: Campaign, out: Path | None, to: str | None, table: str | None) -> dict[str, Any]:
    """Write the scores of everybody scored to a file or a table; what was written, for machines.

    Raises UsageError unless exactly one of them is named, and as `write_scores` and `write_table` do.
    """
    if (out is None) == (to is None):
        raise UsageError("name either a file or a database: propensity scores --out FILE, or --to postgresql://…")
    if out is not None:
        if table:
            raise UsageError("--table is for --to")
        return write_scores(campaign, out)
    return _send_to_table(campaign, to or "", table or TABLE)


def _send_to_table(campaign: Campaign, url: str, table: str) -> dict[str, Any]:
    from data.postgres import Database
    from data.postgres_write import write_table

    scoring, outcomes = read_scoring(campaign.root), read_training(campaign.root).outcomes
    told = {
        "as_of": scoring.as_of,
        "models": dict(scoring.models),
        "gates": {name: outcomes[name].state for name in scoring.models},
    }
    parts = count("scores sent", stream_scores(campaign, scoring), len)
    written = write_table(
        Database(url), campaign.uuid, parts, list(scoring.models), told, digest=_digest(scoring, told), table=table
    )
    return {
        "rows": written.rows,
        "file": None,
        "table": written.table,
        "already": written.already,
        "outcomes": list(scoring.models),
        "refused": [name for name in scoring.models if not outcomes[name].trusted],
        "warnings": list(written.warnings),
    }


def _digest(scoring: Scoring, told: dict[str, Any]) -> str:
    """What makes a table of scores the same as another: the parts, and what its comment tells of them."""
    return hashlib.sha256(json.dumps([scoring.parts, told], sort_keys=True).encode()).hexdigest()
