"""Tables of what the quality benchmark found, for the terminal and for the document."""

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from peers import PEERS
from quality_figures import Figure, Sample, judge
from quality_problems import FAILED, OURS, Goal, Task
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
COLUMNS = {
    "auc": "AUC",
    "log_loss": "log loss",
    "ece": "ECE",
    "ece_at_level": "ECE at the true level",
    "slope": "slope",
}
HIGHER_IS_BETTER = {"auc"}
VERSIONS = ("numpy", "pandas", "scikit-learn", "lightgbm")
MEANING = """\
Mean ± standard error over the samples; where nothing is drawn, of the one test set. Everybody learns from the same
rows and is judged on the same rows. **Bold** is the best peer by log loss; the last line of a table is the difference
to it on the same rows, in its own standard errors. ECE: ten bins of equal count. *At the true level*: after a shift on
the logit scale to the true mean of the test rows. Slope: below 1 where predictions are too extreme.

Peers get the columns of the voter file as they stand and never the state results; of a household they get the size, the
product its id. *Turnout stated*: the true turnout of the judged, stated as that of the whole file. Who is judged may
have taught nothing, but is in the voter file, as in a campaign."""


@dataclass(frozen=True)
class Found:
    """Everybody's predictions for a task. `rows`: how many taught and how many are judged."""

    task: Task
    ours: tuple[str, ...]
    names: Sequence[str]
    samples: Sequence[Sample]
    states: Sequence[Mapping[str, str]]
    rows: tuple[int, int]
    seconds: float

    @cached_property
    def figures(self) -> dict[str, dict[str, Figure]]:
        """Every figure of every row."""
        return {name: {figure: judge(self.samples, figure, name) for figure in COLUMNS} for name in self.names}

    @property
    def best(self) -> str | None:
        """The peer with the lowest log loss."""
        peers = [name for name in self.names if name not in self.ours]
        return min(peers, key=lambda name: self.figures[name]["log_loss"].mean, default=None)

    def differences(self) -> list[str]:
        """What each row of ours is ahead of the best peer, in words."""
        return [self.difference(name) for name in self.ours if self.best and name in self.names]

    def difference(self, name: str) -> str:
        gap = judge(self.samples, "log_loss", name, self.best)
        errors = f" ({abs(gap.mean) / gap.error:.1f} standard errors)" if gap.error > 0 else ""
        side = "below" if gap.mean < 0 else "ABOVE"
        return f"{name}: log loss {abs(gap.mean):.4f} ± {gap.error:.4f} {side} {self.best}{errors}"

    def goals(self) -> list[str]:
        """Each goal of the task, and whether it holds."""
        known = [goal for goal in self.task.goals if goal.row in self.names]
        return [text for goal in known if (text := self.judge_goal(goal))] + self.failures()

    def failures(self) -> list[str]:
        """The rows of ours that have no predictions for some sample, and why."""
        said = Counter((name, state) for states in self.states for name, state in states.items())
        failed = {(name, state): count for (name, state), count in said.items() if state.startswith(FAILED)}
        return [f"SHORT: {name} {state} (× {count})" for (name, state), count in failed.items()]

    def judge_goal(self, goal: Goal) -> str:
        mean = self.figures[goal.row][goal.figure].mean
        what = f"{goal.row}: {COLUMNS[goal.figure]}"
        if goal.ahead is None:
            low, high = (f" ≥ {goal.low}" if goal.low > 0 else ""), (f" ≤ {goal.high}" if goal.high < 1e9 else "")
            return f"{_holds(goal.low <= mean <= goal.high)}: {what}{low}{high}: {mean:.4f}"
        peers = [name for name in self.names if name not in self.ours]
        if not peers:
            return ""
        sign = -1 if goal.figure in HIGHER_IS_BETTER else 1
        bar = min(sign * self.figures[name][goal.figure].mean for name in peers)
        ahead = bar - sign * mean
        margin = f"behind by less than {-goal.ahead}" if goal.ahead < 0 else f"ahead by more than {goal.ahead:g}"
        return f"{_holds(ahead > goal.ahead)}: {what} against the best: {margin}: {ahead:+.4f}"

    def said(self) -> str:
        """How many voters, how many samples, and what the gate said."""
        counts = Counter(
            state
            for states in self.states
            for name, state in states.items()
            if name == OURS and not state.startswith(FAILED)
        )
        gate = ", ".join(f"{state} × {count}" for state, count in counts.items())
        taught = f"{self.rows[0]:,} teach, " if self.rows[0] else ""
        drawn = f"{len(self.samples)} samples" if self.task.seeds > 1 else "one test set"
        return f"{taught}{self.rows[1]:,} judged, {drawn}" + (f"; {OURS} used: {gate}" if gate else "")


def _holds(does: bool) -> str:
    return "holds" if does else "SHORT"


def _cell(figure: Figure) -> str:
    return f"{figure.mean:.4f} ± {figure.error:.4f}"


def show(found: Found, console: Console) -> None:
    """The table of one task, in the terminal."""
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for heading in ("", *COLUMNS.values()):
        table.add_column(heading, no_wrap=True)
    for name in found.names:
        style = "bold" if name == found.best else None
        table.add_row(name, *(_cell(figure) for figure in found.figures[name].values()), style=style)
    console.print(f"\n{found.task.title} ({found.said()}; {found.seconds:.0f} s)")
    console.print(table)
    for line in (*found.differences(), *found.goals()):
        console.print(f"  {line}")


def to_markdown(all_found: Sequence[Found], described: str) -> str:
    """The document: what was run, what reaches its goal, and every table."""
    goals = [f"- {found.task.title}: {line}" for found in all_found for line in found.goals()]
    parts = ["# Quality", f"Written by `make quality`. {described}", MEANING, "## Goals", "\n".join(goals), "## Tables"]
    return "\n\n".join([*parts, *(_section(found) for found in all_found)]) + "\n"


def _section(found: Found) -> str:
    lines = [f"| | {' | '.join(COLUMNS.values())} |", f"|---{'|---' * len(COLUMNS)}|"]
    for name in found.names:
        said = f"**{name}**" if name == found.best else name
        lines.append(f"| {said} | {' | '.join(_cell(figure) for figure in found.figures[name].values())} |")
    differences = "\n".join(f"- {line}" for line in found.differences())
    return f"### {found.task.title}\n\n{found.said()}.\n\n" + "\n".join(lines) + f"\n\n{differences}"


def describe_run(peers: Mapping[str, str], now: pd.Timestamp) -> str:
    """The day, the commit and the versions."""
    commit = _git("rev-parse", "--short", "HEAD")
    changed = " with changes" if _git("status", "--porcelain", "--", ".", ":!docs/quality.md") else ""
    versions = dict.fromkeys([*(f"{name} {version(name)}" for name in VERSIONS), *peers.values()])
    absent = "".join(f" {name} was not installed." for name in PEERS if name not in peers)
    return f"{now:%Y-%m-%d}, commit {commit}{changed}; {', '.join(versions)}.{absent}"


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
