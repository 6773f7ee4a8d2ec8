"""docs/speed.md: tables, ratios and goals from the figures of `benchmarks/speed.py`."""

import os
import platform
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("lightgbm", "numba", "numpy", "pandas", "pyarrow", "prefect", "dask")
Sizes = Mapping[str, dict[str, Any]]

HEAD = """# Speed

Written by `benchmarks/speed.py`. Synthetic voters with 70 raw columns, 20 of them elections; 84 features; two LightGBM
models, turnout of 500 trees with 63 leaves and support of 300 with 31. Each variant in a fresh process, in turn, in one
call; up to a million voters the median of several runs, else one run. CPU seconds are of the process and its children,
start of Python and imports included (*start*). Peak: the largest process. One thread unless it says otherwise: CPU
seconds then tell what work there is, whatever else the machine does.

- *Naive*: a notebook's pandas on the wide Parquet file, `Booster.predict`, sorted and ranked (`benchmarks/naive.py`).
- *Our stream, Booster.predict*: our reading, features and writing, part by part, without the fast scorer.
- *Read + predict + write alone*: the voters are read, features that are there already are predicted by the quickest
  scorer, scores are written. Whatever scores these voters with these models has to do that.
- *Lists ranked and published*: from the scores, on top of scoring; all but TreeSHAP is done. *Every listed voter
  explained*: with it, which takes milliseconds a voter with trees as many and as large as these.
- *Prefect flow*, *Dask*: with Prefect's server, which starts and ends with the run; Dask's workers do too.
"""


def describe_run() -> dict[str, Any]:
    """The machine, the libraries and the commit."""
    cpu, flags = _processor()
    vectors = "AVX-512" if "avx512f" in flags else "AVX2, no AVX-512" if "avx2" in flags else "neither AVX2 nor AVX-512"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "machine": f"{cpu}, {vectors}, {os.cpu_count()} cores, {memory:.0f} GiB",
        "libraries": f"Python {platform.python_version()}, " + ", ".join(_versions()),
        "commit": commit.stdout.strip() or "unknown",
    }


def _processor() -> tuple[str, set[str]]:
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    fields = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    found = {name.strip(): value.strip() for name, value in fields.items()}
    return found.get("model name", platform.processor() or platform.machine()), set(found.get("flags", "").split())


def _versions() -> Iterator[str]:
    for library in LIBRARIES:
        try:
            yield f"{library} {version(library)}"
        except PackageNotFoundError:
            continue


def render(figures: Sizes) -> str:
    """The page; `figures` by number of voters."""
    sizes = {int(n): figures[n] for n in sorted(figures, key=int)}
    texts = [HEAD, *(_section(voters, found) for voters, found in sizes.items()), _goals(sizes)]
    return "\n".join(texts).rstrip() + "\n"


def _section(voters: int, found: dict[str, Any]) -> str:
    rows = found["variants"]
    lines = [
        f"## {voters:,} voters",
        "",
        f"{found['date']}, commit {found['commit']}; {found['machine']}; {found['libraries']}.",
        "",
        "| | CPU s | of it start | wall s | peak MB | voters a CPU s | scores | load |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(voters, one) for one in rows.values()),
        "",
        *_ratios(rows),
    ]
    if staged := {slot: one for slot, one in rows.items() if one["stages"]}:
        stages = list(dict.fromkeys(stage for one in staged.values() for stage in one["stages"]))
        lines += ["", "CPU seconds by stage, the rest being what is neither the start nor a stage:", ""]
        lines += ["| | " + " | ".join([*stages, "rest"]) + " |", "|---" * (len(stages) + 2) + "|"]
        lines += [_stages(one, stages) for one in staged.values()]
    return "\n".join([*lines, ""])


def _row(voters: int, one: dict[str, Any]) -> str:
    seconds = [f"{one[name]:.1f}" for name in ("cpu", "start", "wall")]
    rate = f"{voters / one['cpu']:,.0f}"
    cells = [one["title"], *seconds, f"{one['peak_mb']:,.0f}", rate, _identity(one), f"{one['load']:.1f}"]
    return f"| {' | '.join(cells)} |"


def _identity(one: dict[str, Any]) -> str:
    if one["largest_difference"] is None:
        return ""
    yard = {"stream": "Booster.predict's", "ours": "ours"}[one["yard"]]
    if not one["differing"]:
        return f"equal {yard}"
    return f"{one['differing']:,} voters' differ from {yard}, by {one['largest_difference']:.2g} at most"


def _stages(one: dict[str, Any], stages: list[str]) -> str:
    spent = [one["stages"].get(stage) for stage in stages]
    rest = one["cpu"] - one["start"] - sum(one["stages"].values())
    cells = ["" if seconds is None else f"{seconds:.2f}" for seconds in [*spent, rest]]
    return f"| {one['title']} | " + " | ".join(cells) + " |"


# What is compared: the words, and how it comes from the variants' figures.
RATIOS: tuple[tuple[str, Callable[[dict[str, Any]], float]], ...] = (
    ("naive script ÷ ours, CPU, scores alone", lambda v: _unranked(v["naive"]) / v["ours"]["cpu"]),
    (
        "naive script with ranks ÷ ours with lists ranked and published, CPU",
        lambda v: v["naive"]["cpu"] / _with_lists(v),
    ),
    ("our stream with Booster.predict ÷ ours, CPU", lambda v: v["stream"]["cpu"] / v["ours"]["cpu"]),
    ("ours ÷ (read + predict + write), CPU", lambda v: v["ours"]["cpu"] / v["floor"]["cpu"]),
    ("ours, one thread ÷ two threads, wall", lambda v: v["ours"]["wall"] / v["ours_2"]["wall"]),
    ("ours on Dask with two workers ÷ Prefect flow, wall", lambda v: v["dask"]["wall"] / v["flow"]["wall"]),
    ("ours ÷ scored again with nothing changed, CPU", lambda v: v["ours"]["cpu"] / v["again"]["cpu"]),
)


def _unranked(naive: dict[str, Any]) -> float:
    return float(naive["cpu"] - naive["stages"].get("rank", 0.0))


def _with_lists(rows: dict[str, Any]) -> float:
    return float(rows["ours"]["cpu"] + rows["rank"]["cpu"] - rows["rank"]["start"])


def _ratios(rows: dict[str, Any]) -> Iterator[str]:
    for words, ratio in RATIOS:
        try:
            yield f"- {words}: **{ratio(rows):.2f}**"
        except KeyError:  # a variant of it was not measured at this size
            continue


@dataclass(frozen=True)
class Goal:
    """What is to be reached at these sizes, and how it comes from the number of voters and the variants' figures."""

    words: str
    sign: str
    limit: float
    figure: Callable[[int, dict[str, Any]], float]
    sizes: range = range(1_000_000, 1_000_000_000)


SMALL, LARGE = range(1_000_000, 10_000_000), range(10_000_000, 1_000_000_000)
GOALS = (
    Goal(
        "naive script ÷ ours, CPU, scores alone", "≥", 8, lambda n, v: _unranked(v["naive"]) / v["ours"]["cpu"], SMALL
    ),
    Goal(
        "naive script ÷ ours, CPU, scores alone", "≥", 12, lambda n, v: _unranked(v["naive"]) / v["ours"]["cpu"], LARGE
    ),
    Goal("ours ÷ (read + predict + write), CPU", "≤", 1.25, lambda n, v: v["ours"]["cpu"] / v["floor"]["cpu"]),
    Goal("voters a CPU second", "≥", 400_000, lambda n, v: n / v["ours"]["cpu"]),
    Goal("peak MB", "≤", 1_200, lambda n, v: v["ours"]["peak_mb"]),
    Goal("ours, one thread ÷ two, wall", "≥", 1.8, lambda n, v: v["ours"]["wall"] / v["ours_2"]["wall"]),
    Goal("Dask ÷ Prefect flow, wall", "≤", 1.2, lambda n, v: v["dask"]["wall"] / v["flow"]["wall"], LARGE),
)


def _goals(sizes: dict[int, dict[str, Any]]) -> str:
    lines = ["## Goals", ""]
    for goal in GOALS:
        for voters, found in sizes.items():
            if voters in goal.sizes and (figure := _figure(goal, voters, sizes)):
                lines.append(_judge(goal, *figure, f"{voters:,} voters; {found['machine'].split(',')[1].strip()}"))
    peaks = [
        found["variants"]["ours"]["peak_mb"] for n, found in sizes.items() if n in LARGE and "ours" in found["variants"]
    ]
    if len(peaks) > 1:
        growth = Goal("peak at the largest size ÷ at 10 million", "≤", 1.05, lambda n, v: 0.0)
        lines.append(_judge(growth, peaks[-1] / peaks[0], "", f"{max(sizes):,} voters"))
    return "\n".join(lines)


def _figure(goal: Goal, voters: int, sizes: dict[int, dict[str, Any]]) -> tuple[float, str] | None:
    """The figure and a word of warning; None when a variant of it was not measured.

    Where the naive script was not run its CPU seconds are those of the largest size that it was run at, by voters.
    """
    rows = sizes[voters]["variants"]
    try:
        return goal.figure(voters, rows), ""
    except KeyError:
        smaller = [n for n, found in sizes.items() if n < voters and "naive" in found["variants"]]
    if "naive" not in goal.words or not smaller or "ours" not in rows:
        return None
    naive = sizes[smaller[-1]]["variants"]["naive"]
    scaled = {"cpu": _unranked(naive) * voters / smaller[-1], "stages": {}}
    return goal.figure(voters, {**rows, "naive": scaled}), f" EXTRAPOLATED from {smaller[-1]:,} voters"


def _judge(goal: Goal, figure: float, warning: str, where: str) -> str:
    holds = figure >= goal.limit if goal.sign == "≥" else figure <= goal.limit
    verdict = "holds" if holds else "SHORT"
    told = f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"
    return f"- {verdict}: {goal.words} {goal.sign} {goal.limit:,g}: {told}{warning} ({where})"
