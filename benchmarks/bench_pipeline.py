"""How fast the pipeline is, step by step, each beside a yardstick that does less, measured in the same run.

usage: python benchmarks/bench_pipeline.py [VOTERS]
Voters a second depend on the machine and on what else it does. The ratio to the yardstick depends on them far less: it
says what the step costs beyond the least that any program would have to do.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv
from rich.console import Console
from rich.table import Table

from data.campaign import Campaign, init_campaign
from data.elections import Election
from data.imports import import_history, import_voters
from data.mapping import read_mapping
from data.snapshots import Snapshot, open_snapshot
from data.synthetic import County, synthesise_county, write_county
from features.matrix import build_features, category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import learn_vocabulary
from lists.ranking import rank_universe
from lists.universes import UNIVERSES
from models.boosted import FittedBoosted
from models.calibration import Line
from models.model import PropensityModel
from models.outcomes import TURNOUT
from models.replay import choose_eras, gather_replay

VOTERS = 200_000
REPEATS = 3


@dataclass(frozen=True)
class Measured:
    """A step and its yardstick, in seconds."""

    step: str
    seconds: float
    yardstick: str
    yard_seconds: float


def best_time(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The shortest of several times: what else the machine does only ever adds."""
    return min(_time(work) for _ in range(repeats))


def _time(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Bench:
    """A county, its files, and a campaign to import them into."""

    county: County
    folder: Path
    campaign: Campaign

    def measure(self) -> Iterator[Measured]:
        yield self.measure_import()
        snapshot = open_snapshot(self.campaign)
        blocks = [snapshot.read_voters(part) for part in snapshot.parts]
        surroundings = self.gather(snapshot, blocks, self.county.election)
        yield self.measure_features(snapshot, blocks)
        matrix = pd.concat([self.build(block, surroundings) for block in blocks])
        model = self.train(snapshot, blocks)
        yield measure_scoring(model, matrix)
        yield self.measure_ranking(pd.concat(blocks, ignore_index=True), model.predict(matrix))

    def measure_import(self) -> Measured:
        """Once: a file that was imported before would be recognised."""
        files = write_county(self.county, self.folder / "files")
        mapping, today = read_mapping(files["mapping"]), self.county.taken

        def bring() -> None:
            import_voters(self.campaign, files["voters"], mapping=mapping, today=today)
            import_history(self.campaign, files["history"], today=today)

        yard = best_time(lambda: [csv.read_csv(files[kind]) for kind in ("voters", "history")])
        return Measured("import voters and history", _time(bring), "pyarrow reads the same CSV files", yard)

    def measure_features(self, snapshot: Snapshot, blocks: list[pd.DataFrame]) -> Measured:
        def work() -> None:
            surroundings = self.gather(snapshot, blocks, self.county.election)
            for block in blocks:
                self.build(block, surroundings)

        history = self.county.history
        yard = best_time(lambda: history.groupby("voter_id").size())
        return Measured("features", best_time(work), "pandas counts each voter's votes", yard)

    def measure_ranking(self, voters: pd.DataFrame, turnout: np.ndarray) -> Measured:
        """The county's true chances stand for support scores, which need no canvass here."""
        support = self.county.truth.set_index("voter_id")["support"].reindex(voters["voter_id"]).to_numpy()
        wishes = ["do_not_call", "do_not_mail", "do_not_walk"]
        candidates = voters[["voter_id", "household_id", "precinct", *wishes]].assign(
            turnout=turnout, support=support, asked=False, suppressed=""
        )
        ranked = [universe for universe in UNIVERSES if not universe.refused]
        seconds = best_time(lambda: [rank_universe(candidates, universe, seed=1) for universe in ranked])
        yard = best_time(lambda: [candidates.sort_values("turnout", ascending=False) for _ in ranked])
        return Measured(f"ranking {len(ranked)} lists", seconds, f"pandas sorts everybody {len(ranked)} times", yard)

    def gather(self, snapshot: Snapshot, blocks: list[pd.DataFrame], coming: Election) -> Surroundings:
        return learn_surroundings(
            blocks,
            calendar=snapshot.calendar,
            coming=[coming],
            extras=snapshot.extras,
            results=snapshot.read_results(),
            vocabulary=learn_vocabulary(blocks, category_columns(snapshot.extras)),
        )[coming]

    def build(self, block: pd.DataFrame, surroundings: Surroundings) -> pd.DataFrame:
        return build_features(block, as_of=self.county.election.date, surroundings=surroundings)

    def train(self, snapshot: Snapshot, blocks: list[pd.DataFrame]) -> PropensityModel:
        """The turnout recipes on the last like election, in equal parts: what a blend weighs makes it no faster."""
        (era,) = choose_eras(snapshot.calendar, self.county.election)[-1:]
        surroundings = self.gather(snapshot, blocks, era.election)
        data, _ = gather_replay(lambda: blocks, (era,), {era.election: surroundings}, seed=1)
        assert data is not None
        members = tuple((1 / len(TURNOUT.recipes), recipe.fit(data)) for recipe in TURNOUT.recipes)
        return PropensityModel(TURNOUT.name, tuple(data.features.columns), members, Line(), surroundings.vocabulary)


def measure_scoring(model: PropensityModel, matrix: pd.DataFrame) -> Measured:
    trees = next(member for _, member in model.members if isinstance(member, FittedBoosted))
    numbers = matrix.to_numpy(np.float32)
    yard = best_time(lambda: trees.booster.predict(numbers))
    seconds = best_time(lambda: model.predict(matrix))
    return Measured("scoring turnout", seconds, "Booster.predict on the same matrix", yard)


def show(voters: int, measured: list[Measured], console: Console) -> None:
    table = Table(box=None, padding=(0, 3, 0, 0), header_style="bold")
    for heading in ("Step", "voters/s", "yardstick", "seconds", "ratio"):
        table.add_column(heading, justify="left" if heading in ("Step", "yardstick") else "right", no_wrap=True)
    for one in measured:
        ratio = one.seconds / one.yard_seconds
        figures = (f"{voters / one.seconds:,.0f}", one.yardstick, f"{one.yard_seconds:.2f}", f"{ratio:.1f}")
        table.add_row(one.step, *figures)
    console.print(f"A synthetic county of {voters:,} voters; pyarrow {pa.__version__}, pandas {pd.__version__}\n")
    console.print(table)
    console.print("\nratio: seconds of the step to seconds of its yardstick")


def main() -> None:
    voters = int(sys.argv[1]) if len(sys.argv) > 1 else VOTERS
    county = synthesise_county(voters=voters)
    with TemporaryDirectory(prefix="propensity-bench-") as folder:
        campaign = init_campaign(Path(folder) / "campaign", name="Bench", election=county.election)
        measured = list(Bench(county, Path(folder), campaign).measure())
    show(voters, measured, Console(highlight=False, width=100))


if __name__ == "__main__":
    main()
