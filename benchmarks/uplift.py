"""Two published experiments through the command line: their effects reproduced, and who can be told apart.

usage: PROPENSITY_REAL_DATA=FOLDER python benchmarks/uplift.py [VOTERS]
VOTERS of the first experiment are drawn, 60,000 where not said; all 229,444 take some minutes.
Without the data it says so and ends with 0.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from experiment_data import convert_canvassed, convert_mailed

VARIABLE = "PROPENSITY_REAL_DATA"
PROPENSITY = (sys.executable, "-m", "pipelines.cli")
VOTERS = 60_000
MAILED = ("--assigned", "mailed", "--outcome", "voted")
CANVASSED = ("--assigned", "drawn", "--outcome", "voted", "--contacted", "reached", "--block", "walk_list")


def call(*words: object) -> None:
    """Call `propensity`; what it says on standard output is shown only by the experiment itself."""
    quiet = None if words[0] == "experiment" else subprocess.DEVNULL
    subprocess.run([*PROPENSITY, *(str(word) for word in words)], check=True, stdout=quiet)


def study(files: dict[str, pd.DataFrame], day: str, kind: str, *options: str) -> None:
    """Make a campaign of the files and study the experiment in it."""
    with TemporaryDirectory(prefix="propensity-uplift-") as named:
        folder = Path(named)
        for name, rows in files.items():
            rows.to_csv(folder / f"{name}.csv", index=False)
        root = folder / "campaign"
        call("init", root, "--name", "Experiment", "--election", day, "--election-type", kind)
        for name in ("voters", "history"):
            call("import", name, folder / f"{name}.csv", "--campaign", root)
        began = time.monotonic()
        call("experiment", folder / "experiment.csv", *options, "--campaign", root)
        print(f"  {time.monotonic() - began:.0f} s", flush=True)


def main() -> int:
    named = os.environ.get(VARIABLE)
    if not named or not (Path(named) / "ggl2008.parquet").is_file():
        print(f"The experiments were left out: {VARIABLE} names no folder with ggl2008.parquet.")
        return 0
    data = Path(named)
    voters = int(sys.argv[1]) if len(sys.argv) > 1 else VOTERS
    print("Gerber, Green and Larimer (2008): the neighbours' mailing, published effect 8.1 points", flush=True)
    study(convert_mailed(data, voters=voters, seed=1), "2006-08-08", "primary", *MAILED)
    print("Green, Gerber and Nickerson (2003): canvassing, published effect of contact 7.1 points", flush=True)
    study(convert_canvassed(data), "2001-11-06", "municipal", *CANVASSED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
