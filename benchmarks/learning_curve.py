"""What a larger sample of past elections would teach: turnout models from more and more voters an election.

usage: python benchmarks/learning_curve.py [VOTERS]
Trains turnout on a synthetic county from samples of 2,500 to 160,000 voters of each replayed election, and judges each
model on who really voted in the coming one. Writes docs/learning-curve.md.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from product import IMPORTS, open_run
from rich.console import Console
from rich.progress import track

from data.snapshots import Snapshot, open_snapshot
from data.synthetic import County, best_auc, synthesise_county
from models.gates import GateLimits
from models.metrics import auc, row_losses
from models.outcomes import TURNOUT
from models.replay import ROWS_AN_ERA, choose_eras, gather_replay, judged_era
from models.scoring import score_voters
from models.training import train_model
from pipelines.blocks import read_blocks
from pipelines.run import Run
from pipelines.train import gather_surroundings

VOTERS = 400_000
SAMPLES = (2_500, 5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
PAGE = Path(__file__).parents[1] / "docs" / "learning-curve.md"


def learn(run: Run, snapshot: Snapshot, around: dict, rows: int) -> tuple[object, int, float]:
    """The turnout model from so many voters of each election, the rows it saw, and the CPU seconds it took."""
    coming = run.campaign.election
    eras = choose_eras(snapshot.calendar, coming)
    began = time.process_time()
    data, kept = gather_replay(lambda: read_blocks(run, snapshot, ""), eras, around, seed=1, rows=rows)
    trained = train_model(
        data,
        TURNOUT,
        coming=coming,
        judged=data.era == judged_era(kept),
        judged_on="",
        vocabulary=around[coming].vocabulary,
        limits=GateLimits(),
        seed=1,
    )
    return trained.model, len(data), time.process_time() - began


def judge(county: County, run: Run, snapshot: Snapshot, around: dict, model: object) -> tuple[float, float]:
    """AUC and log loss of the scores of everybody who may be scored, against who really voted."""
    truth = county.truth.set_index("voter_id")["votes"]
    coming = around[run.campaign.election]
    blocks = [score_voters(block, {"turnout": model}, coming) for block in read_blocks(run, snapshot, "")]
    p = np.concatenate([block["turnout"].to_numpy(np.float64) for block in blocks])
    voted = np.concatenate([truth.reindex(block["voter_id"]).to_numpy(np.float64) for block in blocks])
    scored = ~np.isnan(p)
    return auc(p[scored], voted[scored]), float(row_losses(p[scored], voted[scored]).mean())


def measure(voters: int) -> list[str]:
    """The lines of the table."""
    county = synthesise_county(voters=voters, seed=1)
    files = {kind: getattr(county, kind) for kind in IMPORTS}
    with TemporaryDirectory(prefix="propensity-curve-") as folder:
        run = open_run(Path(folder), files, county.election, county.extras, seed=1)
        snapshot = open_snapshot(run.campaign)
        around = gather_surroundings(run, snapshot)
        lines = []
        for rows in track(SAMPLES, console=Console(stderr=True)):
            model, seen, seconds = learn(run, snapshot, around, rows)
            found, loss = judge(county, run, snapshot, around, model)
            lines.append(f"| {rows:,} | {seen:,} | {found:.4f} | {loss:.4f} | {seconds:.0f} |")
    return [*lines, "", f"The best that any model could reach here has AUC {best_auc(county)['turnout']:.4f}."]


def main() -> None:
    voters = int(sys.argv[1]) if len(sys.argv) > 1 else VOTERS
    head = [
        "# What a larger sample would teach",
        "",
        f"Turnout is learned from a sample of each replayed election, by design of about {ROWS_AN_ERA:,} voters in",
        "whole households; the rest of the file is only counted and scored. The table says what is lost by that: a",
        f"synthetic county of {voters:,} voters, each model judged on who voted in the coming election, at a level",
        "that nobody stated.",
        "Written by `python benchmarks/learning_curve.py`.",
        "",
        "| voters an election | rows learned from | AUC | log loss | CPU s to train |",
        "|---:|---:|---:|---:|---:|",
    ]
    PAGE.write_text("\n".join([*head, *measure(voters), ""]))
    print(PAGE.read_text())


if __name__ == "__main__":
    main()
