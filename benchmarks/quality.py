"""Our models and their peers on the same rows, in one run: who predicts better, and by how much.

usage: PROPENSITY_REAL_DATA=FOLDER python benchmarks/quality.py [--case CASE …] [--match TEXT] [--seeds N] [--quick]
       [--only ours|peers]
A run of everything, real data among it, writes docs/quality.md. Predictions are kept in build/quality: only what
changed is fitted again.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from peers import PEERS, fit_predict, installed_peers
from product import Scored
from quality_cache import ROOT, Cache, Kept, digest, digest_sources, product_sources
from quality_cases import list_tasks
from quality_figures import Sample
from quality_problems import FAILED, Problem, Task
from quality_table import Found, describe_run, show, to_markdown
from rich.console import Console

VARIABLE = "PROPENSITY_REAL_DATA"
QUICK_SEEDS = 2
DOCUMENT = ROOT / "docs" / "quality.md"


@dataclass(frozen=True)
class Bench:
    """Fits what is not in the cache; `only` says whose fits: `ours`, `peers`, or everybody's where it is None."""

    cache: Cache
    only: str | None
    peers: Mapping[str, str]
    our_source: str
    peer_source: str

    def run(self, task: Task, seeds: int) -> Found:
        """Everybody's predictions on the problem of every seed."""
        samples, states = [], []
        began = time.monotonic()
        for seed in range(1, min(seeds, task.seeds) + 1):
            problem = task.pose(seed)
            kept = self.predict(problem)
            known = {name: series.to_numpy() for name, series in problem.known.items()}
            found = {name: one.predictions for name, one in kept.items() if np.isfinite(one.predictions).all()}
            samples.append(Sample(problem.truth.to_numpy(float), found | known))
            states.append({name: one.state for name, one in kept.items() if one.state})
        everybody = set.intersection(*(set(sample.predictions) for sample in samples))
        rows = (len(problem.train), len(problem.test) or len(problem.truth))
        names = [name for name in samples[0].predictions if name in everybody]
        return Found(task, tuple(problem.ours), names, samples, states, rows, time.monotonic() - began)

    def predict(self, problem: Problem) -> dict[str, Kept]:
        found = {}
        for name, ask in problem.ours.items():
            key = digest(self.our_source, ask, problem.truth)
            found[name] = self.cache.find(key) or (self.only != "peers" and self.cache.keep(key, _ask(ask, problem)))
        rows = digest(problem.train, problem.label, problem.test)
        for name, version in self.peers.items() if len(problem.train) else ():
            key = digest(self.peer_source, name, version, rows)
            found[name] = self.cache.find(key) or (self.only != "ours" and self.cache.keep(key, _fit(name, problem)))
        return {name: kept for name, kept in found.items() if kept}


def _ask(ask: Callable[[], Scored], problem: Problem) -> Kept:
    """What the product says; where it fails, that is found out too, and the other tables are still made."""
    began = time.monotonic()
    try:
        scored = ask()
    except Exception as error:
        scored = Scored(pd.Series(dtype=float), f"{FAILED}: {type(error).__name__}: {error}")
    scores = scored.scores.reindex(problem.truth.index)
    missing = int(scores.isna().sum())
    state = f"{FAILED}: {missing:,} voters without a score" if 0 < missing < len(scores) else scored.state
    return Kept(scores.to_numpy(np.float32), state, time.monotonic() - began)


def _fit(name: str, problem: Problem) -> Kept:
    began = time.monotonic()
    chances = fit_predict(name, problem.train, problem.label, problem.test)
    return Kept(chances.astype(np.float32), "", time.monotonic() - began)


def parse(words: Sequence[str], cases: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Our models and their peers on the same rows.")
    parser.add_argument("--case", action="append", choices=cases, help="this case only; may be given several times")
    parser.add_argument("--match", default="", help="only tables whose title contains this, such as 'n = 300'")
    parser.add_argument("--seeds", type=int, default=sys.maxsize, help="at most so many samples")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SEEDS} samples: a smoke test")
    parser.add_argument("--only", choices=("ours", "peers"), help="fit only these; the others as they were kept")
    return parser.parse_args(words)


def find_data(console: Console) -> Path | None:
    named = os.environ.get(VARIABLE)
    if named and Path(named).is_dir():
        return Path(named)
    console.print(f"Real data were left out: {VARIABLE} names no folder.")
    return None


def main() -> None:
    console = Console(highlight=False, width=170)
    data = find_data(console)
    tasks = list_tasks(data)
    told = parse(sys.argv[1:], list(dict.fromkeys(task.case for task in tasks)))
    peers = installed_peers()
    for name in PEERS.keys() - peers.keys():
        console.print(f"{name} was left out: it is not installed.")
    sources = digest_sources(product_sources()), digest_sources([Path(__file__).with_name("peers.py")])
    bench = Bench(Cache(ROOT / "build" / "quality"), told.only, peers, *sources)
    described = describe_run(peers, pd.Timestamp.now())
    all_found = []
    for task in tasks:
        if task.case in (told.case or [task.case]) and told.match in task.title:
            all_found.append(bench.run(task, QUICK_SEEDS if told.quick else told.seeds))
            show(all_found[-1], console)
    if data and not sys.argv[1:]:
        DOCUMENT.write_text(to_markdown(all_found, described), encoding="utf-8")
        console.print(f"\nwritten: {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
