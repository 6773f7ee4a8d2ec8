"""Quarantine: the rows that were not accepted, with the reason, for a person to correct and import again."""

import csv
import io
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from data.campaign import Campaign
from data.durable import write_file

HEADER = ("file", "line", "column", "rule", "text")


class Reject(NamedTuple):
    """A row that is not accepted: its first line in the file, the column and the rule it breaks, and its text."""

    line: int
    column: str
    rule: str
    text: str


def write_quarantine(campaign: Campaign, kind: str, sha256: str, file: str, rejects: Collection[Reject]) -> Path | None:
    """Write the rejected rows, in the order of the file; the path, or None when there are none."""
    if not rejects:
        return None
    path = campaign.root / "quarantine" / f"{kind}-{sha256[:12]}.csv"
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows((file, *reject) for reject in sorted(rejects))
    write_file(path, text.getvalue().encode())
    return path
