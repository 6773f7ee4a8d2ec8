"""What ranking costs: streamed through piles on disk, at once in memory, and a bare pandas sort; a process for each.

usage: python benchmarks/ranking.py [VOTERS ...]
CPU seconds are those beyond making the same voters; peak memory is the whole process's.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from lists.list_file import create_list
from lists.piles import create_piles, read_in_order, write_pile
from lists.ranking import Places, rank_universe, tabulate
from lists.selection import SELECTED, Counts, select
from lists.universes import UNIVERSES

VOTERS = (1_000_000, 4_000_000)
BLOCK = 100_000
PIECE = 1 << 16
RANKED = [universe for universe in UNIVERSES if not universe.refused and universe.size is None]


def make_blocks(voters: int) -> Iterator[pd.DataFrame]:
    """Candidates in blocks that split no household, the same for every way to rank them."""
    for start in range(0, voters, BLOCK):
        count = min(BLOCK, voters - start)
        dice = np.random.default_rng(start)
        homes = np.sort(dice.integers(0, count // 2, count))
        yield pd.DataFrame(
            {
                "voter_id": pd.Series([f"V{start + number:09d}" for number in dice.permutation(count)], dtype="str"),
                "household_id": pd.Series([f"H{start + home:09d}" for home in homes], dtype="str"),
                "precinct": pd.Series([f"{start // BLOCK:04d}-{number:02d}" for number in homes % 50], dtype="str"),
                "turnout": dice.beta(2, 2, count).astype(np.float32),
                "support": dice.beta(2, 2, count).astype(np.float32),
                "asked": dice.random(count) < 0.01,
                "suppressed": "",
                **{f"do_not_{channel}": dice.random(count) < 0.02 for channel in ("call", "mail", "walk")},
            }
        )


def only_make(voters: int) -> None:
    """What the others have in common."""
    for _ in make_blocks(voters):
        pass


def rank_streamed(voters: int) -> None:
    """Every unsized list, as publishing does."""
    with TemporaryDirectory() as folder:
        piles, counts = {one.name: [] for one in RANKED}, {one.name: [] for one in RANKED}
        for number, block in enumerate(make_blocks(voters)):
            with create_piles(Path(folder, f"{number}.piles")) as file:
                for universe in RANKED:
                    selected = select(block, universe, seed=1)
                    piles[universe.name].append(write_pile(file, selected.table))
                    counts[universe.name].append(selected.counts)
        for universe in RANKED:
            places = Places()
            pieces = (
                tabulate(ordered.slice(start, PIECE), universe, places)
                for ordered in read_in_order(piles[universe.name], SELECTED)
                for start in range(0, len(ordered), PIECE)
            )
            create_list(Path(folder, universe.name), universe, reduce(add, counts[universe.name], Counts()), pieces)


def rank_at_once(voters: int) -> None:
    """The same lists from one frame of everybody, one after the other."""
    everybody = pd.concat(make_blocks(voters), ignore_index=True)
    with TemporaryDirectory() as folder:
        for universe in RANKED:
            rank_universe(everybody, universe, seed=1).frame.to_parquet(Path(folder, universe.name))


def sort_with_pandas(voters: int) -> None:
    """Everybody sorted by a priority once a list: no universe, no household, no tie, no words, no file."""
    everybody = pd.concat(make_blocks(voters), ignore_index=True)
    for _ in RANKED:
        priority = (2 * everybody["support"] - 1) * everybody["turnout"] * (1 - everybody["turnout"])
        everybody.assign(priority=priority).sort_values("priority", ascending=False)


WAYS: dict[str, Callable[[int], None]] = {
    "make": only_make,
    "streamed": rank_streamed,
    "at once": rank_at_once,
    "pandas sort": sort_with_pandas,
}


def measure(way: str, voters: int) -> dict[str, float]:
    """CPU seconds and peak memory in MB, of a process of its own."""
    told = subprocess.run([sys.executable, __file__, way, str(voters)], check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout))


def measure_here(way: str, voters: int) -> dict[str, float]:
    began = time.process_time()
    WAYS[way](voters)
    return {"cpu": time.process_time() - began, "peak": read_peak()}


def read_peak() -> float:
    """The most memory this process has had, in MB; getrusage would count what the process that started it had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(sizes: list[int]) -> None:
    table = Table("voters", "way", "CPU s", "peak MB", title=f"{len(RANKED)} lists")
    for voters in sizes:
        made = measure("make", voters)
        for way in list(WAYS)[1:]:
            cost = measure(way, voters)
            table.add_row(f"{voters:,}", way, f"{cost['cpu'] - made['cpu']:.1f}", f"{cost['peak']:,.0f}")
    Console().print(table)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in WAYS:
        sys.stdout.write(json.dumps(measure_here(sys.argv[1], int(sys.argv[2]))))
    else:
        main([int(voters) for voters in sys.argv[1:]] or list(VOTERS))
