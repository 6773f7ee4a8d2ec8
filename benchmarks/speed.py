"""How fast a nation is scored: the naive script, streaming with Booster.predict, ours, and the least there is to do.

usage: python benchmarks/speed.py [--voters N ...] [--repeats R] [--only VARIANT ...] [--naive-all] [--50m] [--prepare]
Every variant in a fresh process, in turn. Writes docs/speed.md when a size is a million or more, or with --write.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
SIZES = (1_000_000, 4_000_000, 10_000_000)
LARGEST = 50_000_000
NAIVE_UP_TO = 4_000_000  # more than that does not fit into the memory of a laptop, or takes a quarter of an hour
EXPLAINED_UP_TO = 100_000  # explaining takes milliseconds a listed voter with trees as large as these
REPEATED_UP_TO = 1_000_000
WRITTEN_FROM = 1_000_000
FIGURES = ROOT / "build" / "speed.json"
PAGE = ROOT / "docs" / "speed.md"
ABSENT = 3


@dataclass(frozen=True)
class Variant:
    """A way to score: how `speed_variants.py` calls it, what the page calls it, its threads, how many voters at most.

    `again`, `rank` and `publish` need the scores that one before them left.
    """

    name: str
    title: str
    threads: int
    most: int = LARGEST
    key: str = ""

    @property
    def slot(self) -> str:
        return self.key or self.name


VARIANTS = (
    Variant("naive", "naive pandas script, ranks included", 1, NAIVE_UP_TO),
    Variant("stream", "our stream, Booster.predict", 1, NAIVE_UP_TO),
    Variant("ours", "ours", 1),
    Variant("floor", "read + predict + write alone", 1),
    Variant("ours", "ours, 2 threads", 2, key="ours_2"),
    Variant("flow", "ours, as a Prefect flow", 2),
    Variant("dask", "ours on Dask, 2 workers", 2),
    Variant("again", "scored again, nothing changed", 1),
    Variant("rank", "lists ranked and published", 1),
    Variant("publish", "the same, every listed voter explained", 1, EXPLAINED_UP_TO),
)


@dataclass
class Measured:
    """A variant at a size: medians of its runs, CPU with that of its children, its scores beside those of `yard`."""

    title: str
    cpu: float
    start: float
    wall: float
    peak_mb: float
    load: float
    stages: dict[str, float] = field(default_factory=dict)
    largest_difference: float | None = None
    differing: int = 0
    yard: str = ""


def measure(variant: Variant, voters: int, folder: Path, repeats: int) -> Measured | None:
    """Run it; None when it is not there or failed, which is told on standard error."""
    runs = []
    for _ in range(repeats):
        told = _run(variant, folder)
        if told is None:
            return None
        runs.append(told)
    middle = {
        name: statistics.median(run[name] for run in runs) for name in ("cpu", "start", "wall", "peak_mb", "load")
    }
    stages = {stage: statistics.median(run["stages"].get(stage, 0.0) for run in runs) for stage in runs[0]["stages"]}
    one = Measured(variant.title, **middle, stages=stages)
    print(
        f"{voters:>11,}  {variant.title:<38} {one.cpu:9.1f} CPU s {one.wall:9.1f} s {one.peak_mb:8,.0f} MB", flush=True
    )
    return one


def _run(variant: Variant, folder: Path) -> dict | None:
    threads = str(variant.threads)
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])
    script = ROOT / "benchmarks" / "speed_variants.py"
    words = [sys.executable, str(script), variant.name, str(folder), str(_kept(folder, variant)), threads]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        why = "is not in this version" if done.returncode == ABSENT else f"failed:\n{done.stderr[-2000:]}"
        print(f"{variant.title}: {why}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def _kept(folder: Path, variant: Variant) -> Path:
    return folder / "speed" / variant.slot


def measure_size(voters: int, variants: Sequence[Variant], *, repeats: int, naive_all: bool) -> dict[str, Measured]:
    """These variants at this size; by their slots."""
    folder = prepare(voters)
    found = {}
    for variant in variants:
        if voters <= variant.most or (variant.name == "naive" and naive_all):
            one = measure(variant, voters, folder, repeats if voters <= REPEATED_UP_TO else 1)
            if one is not None:
                found[variant.slot] = one
    return found


def prepare(voters: int) -> Path:
    """Make the nation and its models where they are not there; in another process, so that this one stays small."""
    code = (
        "import sys; from nation import ensure_nation; from nation_people import Nation; "
        "from nation_models import ensure_models; n = int(sys.argv[1]); files = ensure_nation(n); "
        "ensure_models(files, Nation(n)); print(files.folder)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "benchmarks")])}
    done = subprocess.run(
        [sys.executable, "-c", code, str(voters)], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return Path(done.stdout.splitlines()[-1])


def compare(voters: int, found: dict[str, Measured]) -> None:
    """Compare everybody's scores with those of Booster.predict, or with ours where that was not run."""
    import numpy as np  # after all measurements: a child's peak memory counts from its parent's

    kept = {one.slot: _kept(prepare(voters), one) / "scores.npy" for one in VARIANTS}
    scores = {slot: np.load(path, mmap_mode="r") for slot, path in kept.items() if path.exists()}
    yard = "stream" if "stream" in scores else "ours"
    for slot, one in found.items():
        if slot in scores and yard in scores and slot != yard:
            same = (scores[slot] == scores[yard]) | (np.isnan(scores[slot]) & np.isnan(scores[yard]))
            one.yard, one.differing = yard, int((~same).any(axis=1).sum())
            one.largest_difference = float(np.nanmax(np.abs(scores[slot] - scores[yard]), initial=0.0))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voters", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=3, help="runs of each variant up to a million voters; else one")
    parser.add_argument("--naive-all", action="store_true", help="the naive script at every size")
    parser.add_argument("--50m", dest="largest", action="store_true", help="50 million voters too")
    parser.add_argument("--only", nargs="+", choices=[one.slot for one in VARIANTS], help="these, beside what is known")
    parser.add_argument("--prepare", action="store_true", help="only make the nations and their models")
    parser.add_argument("--write", action="store_true", help="write the page whatever the size")
    return parser.parse_args()


def main() -> None:
    asked = read_arguments()
    sizes = [*asked.voters, *([LARGEST] if asked.largest else [])]
    if asked.prepare:
        print(*map(prepare, sizes), sep="\n")
        return
    variants = [one for one in VARIANTS if not asked.only or one.slot in asked.only]
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    by_size = {n: measure_size(n, variants, repeats=asked.repeats, naive_all=asked.naive_all) for n in sizes}
    from speed_page import describe_run, render

    for voters, found in by_size.items():
        compare(voters, found)
        before, run = figures.get(str(voters), {}), describe_run()
        known = before["variants"] if asked.only and before.get("commit") == run["commit"] else {}
        measured = {slot: asdict(one) for slot, one in found.items()}
        figures[str(voters)] = {**run, "date": date.today().isoformat(), "variants": {**known, **measured}}
    FIGURES.write_text(json.dumps(figures, indent=1))
    print("\n" + render({n: figures[n] for n in map(str, sizes)}))
    if asked.write or max(sizes) >= WRITTEN_FROM:
        PAGE.write_text(render({n: one for n, one in figures.items() if asked.write or int(n) >= WRITTEN_FROM}))


if __name__ == "__main__":
    main()
