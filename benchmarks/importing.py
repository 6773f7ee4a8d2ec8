"""How fast a voter file and its history are imported, beside pyarrow, which only reads the same CSV files.

usage: python benchmarks/importing.py [VOTERS]
Voters a second depend on the machine and on what else it does. The ratio depends on them far less: it says what
checking every cell, quarantining, ordering by household and making history bits cost beyond reading.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from pyarrow import csv

from data.campaign import Campaign, init_campaign
from data.imports import import_history, import_voters
from data.mapping import read_mapping
from data.synthetic import County, synthesise_county, write_county

VOTERS = 200_000
REPEATS = 3


def cpu_seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def bring(campaign: Campaign, files: dict[str, Path], county: County) -> None:
    """Once: a file that was imported before would be recognised."""
    import_voters(campaign, files["voters"], mapping=read_mapping(files["mapping"]), today=county.taken)
    import_history(campaign, files["history"], today=county.taken)


def main() -> None:
    voters = int(sys.argv[1]) if len(sys.argv) > 1 else VOTERS
    county = synthesise_county(voters=voters)
    with TemporaryDirectory(prefix="propensity-bench-") as folder:
        files = write_county(county, Path(folder) / "files")
        campaign = init_campaign(Path(folder) / "campaign", name="Bench", election=county.election)
        seconds = cpu_seconds(lambda: bring(campaign, files, county))
        reading = min(
            cpu_seconds(lambda: [csv.read_csv(files[kind]) for kind in ("voters", "history")]) for _ in range(REPEATS)
        )
    rows = len(county.voters) + len(county.history)
    print(
        f"{voters:,} voters and {len(county.history):,} rows of history, CPU seconds: imported in {seconds:.2f}", end=""
    )
    print(
        f" ({rows / seconds:,.0f} rows a second), read by pyarrow in {reading:.2f}: {seconds / reading:.1f} times that"
    )


if __name__ == "__main__":
    main()
