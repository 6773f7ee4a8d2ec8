"""The real runs: three public data sets as campaigns, through the command line, and whether what must hold does.

usage: PROPENSITY_REAL_DATA=FOLDER python benchmarks/real_runs.py
Ends with 1 if something does not hold. Without the data it says so and ends with 0.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from converters import Case, convert_selected, convert_support, convert_turnout, missing_data
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from lists.universes import UNIVERSES
from pipelines.settings import VARIABLES

VARIABLE = "PROPENSITY_REAL_DATA"
PROPENSITY = Path(sys.executable).with_name("propensity")
ANSWERS = 3_000
LEAST_AUC = {"turnout": 0.72, "support": 0.95}
NEEDS_TURNOUT = {universe.name for universe in UNIVERSES if "turnout" in universe.needs}
GATE_REFUSED = 4


@dataclass(frozen=True)
class Finding:
    """One thing that must hold of a run, what was found, and whether it holds."""

    run: str
    must: str
    found: str
    holds: bool


class Failed(Exception):
    """A command ended with another exit code than it should have."""


@dataclass(frozen=True)
class Campaign:
    """A case as a campaign in a folder, reached through the command line only."""

    case: Case
    folder: Path

    def call(self, *words: object, ends_with: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Call `propensity`, with none of its settings taken from the environment; Failed if it ends otherwise."""
        environment = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
        # Threads that wait by spinning take twice as long on a machine that others use too.
        environment.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        command = [str(word) for word in (PROPENSITY, *words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ends_with is not None and done.returncode != ends_with:
            raise Failed(f"{' '.join(command[1:3])} ended with {done.returncode}\n{done.stderr.strip()}")
        return done

    def prepare(self) -> None:
        """Make the campaign and import its files."""
        case = self.case
        stated = ("--name", f"Real run: {case.name}", "--election", case.election)
        self.call("init", self.root, *stated, "--election-type", case.election_type)
        mapping = self.folder / "mapping.toml"
        mapping.write_text(case.mapping, encoding="utf-8")
        for kind, rows in case.files.items():
            file = self.folder / f"{kind}.csv"
            rows.to_csv(file, index=False)
            told = ("--mapping", mapping) if kind == "voters" and case.extras else ()
            self.call("import", kind, file, *told, "--campaign", self.root)

    def run(self, *, ends_with: int | None = 0) -> int:
        return self.call("run", "--campaign", self.root, ends_with=ends_with).returncode

    def scores(self, outcome: str) -> pd.Series:
        """The scores of one outcome by voter_id, NaN throughout where there are none."""
        out = self.folder / "scores.parquet"
        self.call("scores", "--out", out, "--campaign", self.root)
        return pd.read_parquet(out).set_index("voter_id").reindex(columns=[outcome])[outcome]

    def lists(self) -> set[str]:
        """The names of the lists that are published."""
        told = self.call("lists", "--json", "--campaign", self.root).stdout
        return {one["name"] for one in json.loads(told.splitlines()[-1])}

    @property
    def root(self) -> Path:
        return self.folder / "campaign"


def judge_scores(campaign: Campaign) -> Iterator[Finding]:
    """Every voter of the file has a score, and the scores order those with a truth well enough."""
    outcome, truth = campaign.case.name, campaign.case.truth
    campaign.run()
    scores = campaign.scores(outcome)
    everybody = campaign.case.files["voters"]["voter_id"]
    scored = int(scores.reindex(everybody).notna().sum())
    yield Finding(outcome, "every voter has a score", f"{scored:,} of {len(everybody):,}", scored == len(everybody))
    predicted = scores.reindex(truth.index)
    auc = roc_auc_score(truth, predicted) if predicted.notna().all() else float("nan")
    must = f"AUC on {campaign.case.judged} ≥ {LEAST_AUC[outcome]}"
    yield Finding(outcome, must, f"{auc:.4f} on {len(truth):,}", auc >= LEAST_AUC[outcome])


def judge_refusal(campaign: Campaign) -> Iterator[Finding]:
    """The gate refuses, and no list is built on what it refused."""
    code = campaign.run(ends_with=None)
    must = f"the gate refuses: run ends with {GATE_REFUSED}"
    yield Finding(campaign.case.name, must, f"ended with {code}", code == GATE_REFUSED)
    lists = campaign.lists()
    found = ", ".join(sorted(lists)) or "no list"
    yield Finding(campaign.case.name, "no published list needs turnout", found, not lists & NEEDS_TURNOUT)


def run_all(data: Path, console: Console) -> list[Finding]:
    """Every run in a folder of its own, which is gone afterwards."""
    runs = (
        (lambda: convert_turnout(data), judge_scores),
        (lambda: convert_support(data, answers=ANSWERS, seed=1), judge_scores),
        (lambda: convert_selected(data), judge_refusal),
    )
    findings: list[Finding] = []
    for convert, judge in runs:
        began = time.monotonic()
        with TemporaryDirectory(prefix="propensity-real-run-") as folder:
            campaign = Campaign(convert(), Path(folder))
            campaign.prepare()
            findings += judge(campaign)
        console.print(f"{campaign.case.name}: {time.monotonic() - began:.0f} s")
    return findings


def show(findings: list[Finding], console: Console) -> None:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for heading in ("Run", "what must hold", "found", "holds"):
        table.add_column(heading, no_wrap=True)
    for finding in findings:
        table.add_row(finding.run, finding.must, finding.found, "yes" if finding.holds else "NO")
    console.print("", table)


def why_not(named: str | None) -> str:
    """Why there is nothing to run on, or ""."""
    if not named:
        return f"{VARIABLE} is not set"
    missing = missing_data(Path(named))
    return f"the folder that {VARIABLE} names lacks {', '.join(missing)}" if missing else ""


def main() -> int:
    console = Console(highlight=False)
    named = os.environ.get(VARIABLE)
    if why := why_not(named):
        console.print(f"The real runs were left out: {why}.", soft_wrap=True)
        return 0
    data = Path(str(named))
    try:
        findings = run_all(data, console)
    except Failed as failed:
        console.print(f"propensity {failed}", markup=False)
        return 1
    show(findings, console)
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
