"""A synthetic nation on disk: the wide file that a campaign has from its vendor, and the campaign of the same voters.

usage: python benchmarks/nation.py VOTERS [SEED]
Both are in build/nation-VOTERS-SEED and are made once. Block by block: memory does not grow with the voters.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import rmtree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from nation_columns import EXTRAS
from nation_people import CALENDAR, COMING, TODAY, Block, Nation

from data.campaign import Campaign, init_campaign, open_campaign
from data.cells import ARROW_TYPES
from data.contracts import RESULTS, SURVEY, VOTERS
from data.elections import Election, set_bits
from data.history import History, with_history
from data.parts import write_part
from data.results import combine_results
from data.snapshots import Part, no_snapshot, publish_snapshot
from data.survey import combine_surveys
from data.voters import shape_contacts, shape_voters

BUILD = Path(__file__).parents[1] / "build"
ANSWERS = 10_000
CERTIFIED = tuple(i for i, election in enumerate(CALENDAR) if election.type == "general")[-2:]


@dataclass(frozen=True)
class NationFiles:
    """Where a nation is: the folder of the wide file's parts and of small tables, and the campaign's folder."""

    folder: Path

    @property
    def wide(self) -> list[Path]:
        return sorted((self.folder / "wide").glob("*.parquet"))

    @property
    def results(self) -> Path:
        return self.folder / "results.parquet"

    @property
    def campaign(self) -> Campaign:
        return open_campaign(self.folder / "campaign")


def ensure_nation(voters: int, seed: int = 1, build: Path = BUILD) -> NationFiles:
    """The files of the nation, made where they are not there yet."""
    files = NationFiles(build / f"nation-{voters}-{seed}")
    if not (files.folder / "campaign" / "snapshots" / "CURRENT").exists():
        rmtree(files.folder, ignore_errors=True)
        write_nation(Nation(voters, seed), files.folder)
    return files


def write_nation(nation: Nation, folder: Path) -> None:
    """Write the wide file and the campaign; the campaign's snapshot last."""
    (folder / "wide").mkdir(parents=True)
    campaign = init_campaign(folder / "campaign", name=f"A nation of {nation.voters:,}", election=COMING)
    snapshot = no_snapshot(campaign)
    polls, answers, parts = Polls(nation), [], []
    for number in range(nation.blocks):
        block = nation.draw(number)
        pq.write_table(wide_table(block), folder / "wide" / f"part-{number:05d}.parquet", compression="zstd")
        parts.append(write_voters(snapshot.parts_folder, block))
        answers.append(ask(block, number, nation))
        polls.add(block)
    results = combine_results([polls.results()])
    pq.write_table(results, folder / "results.parquet")
    full = replace(
        snapshot,
        voters=nation.voters,
        calendar=CALENDAR,
        stated=(True,) * len(CALENDAR),
        extras=EXTRAS,
        parts=tuple(parts),
        survey=write_part(snapshot.parts_folder, combine_surveys([pa.concat_tables(answers)])),
        results=write_part(snapshot.parts_folder, results),
    )
    publish_snapshot(full, created=TODAY)


def column_of(election: Election) -> str:
    """The wide file's column of an election, such as voted_2024_11_06_general."""
    return f"voted_{election.date:%Y_%m_%d}_{election.type}"


def wide_table(block: Block) -> pa.Table:
    """One row a voter; an election is 1 voted, 0 did not, null was not on the rolls. Dates as pandas writes them."""
    votes = {
        column_of(e): pa.array(block.voted[:, i].astype(np.int8), mask=~block.rolls[:, i])
        for i, e in enumerate(CALENDAR)
    }
    days = {name: block.columns[name].cast(pa.timestamp("ms")) for name in ("birth_date", "registration_date")}
    return pa.table({**block.columns, **days, **votes})


def write_voters(folder: Path, block: Block) -> Part:
    """The block as a part of a snapshot, as an import writes it."""
    empty = {c.name: pa.nulls(len(block.voted), ARROW_TYPES[c.kind]) for c in VOTERS.columns}
    ours = {f"extra_{name}" if name in EXTRAS else name: values for name, values in block.columns.items()}
    people = pa.table({**empty, **ours})
    voters = shape_voters(people, EXTRAS, today=TODAY)
    for at, column in enumerate(voters.schema):
        if column.type == pa.string() and column.name != "voter_id":
            voters = voters.set_column(at, column.name, pc.dictionary_encode(voters[column.name].combine_chunks()))
    count = len(CALENDAR)
    bits = [set_bits(*np.nonzero(one), voters=len(people), count=count) for one in (block.voted, block.rolls)]
    history = History(CALENDAR, (True,) * count, *bits)
    contacts = write_part(folder, shape_contacts(people))
    return Part(write_part(folder, with_history(voters, history, 0)), contacts, len(people))


def ask(block: Block, number: int, nation: Nation) -> pa.Table:
    """The block's share of the survey's answers, 1 or 2 from our side and 4 or 5 from the others'."""
    rng = np.random.default_rng([nation.seed, 1 << 41, number])
    before, after = (ANSWERS * done // nation.blocks for done in (number, number + 1))
    rows = np.sort(rng.choice(len(block.support), min(after - before, len(block.support)), replace=False))
    answer = np.where(block.support[rows], 1, 4) + rng.integers(0, 2, len(rows))
    columns = {
        "voter_id": block.columns["voter_id"].take(pa.array(rows)),
        "date": pa.array([TODAY] * len(rows)),
        "response": pa.array(answer, pa.int64()),
        "canvasser_id": pa.array(np.char.add("volunteer ", (rows % 40).astype(str))),
        "contact_result": pa.array(["canvassed"] * len(rows)),
    }
    return pa.table({column.name: columns[column.name] for column in SURVEY.columns})


@dataclass
class Polls:
    """Counts the votes of the last generals in every precinct and county, as the results that are certified later."""

    nation: Nation
    counts: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, block: Block) -> None:
        places = {"precinct": block.precinct, "county": block.county}
        for name, place in places.items():
            areas = 1 + int(self.nation.land["county"].max() if name == "county" else len(self.nation.land) - 1)
            here = np.array([list(self._count(block, place, areas, election)) for election in CERTIFIED])
            self.counts[name] = self.counts.get(name, 0) + here

    @staticmethod
    def _count(block: Block, place: np.ndarray, areas: int, election: int) -> Iterator[np.ndarray]:
        """For, against, ballots and registered of each area."""
        voted = block.voted[:, election]
        for chosen in (voted & block.support, voted & ~block.support, voted, block.rolls[:, election]):
            yield np.bincount(place[chosen & (place >= 0)], minlength=areas)

    def results(self) -> pa.Table:
        codes = {"precinct": "P{:06d}", "county": "C{:03d}"}
        figures = ("votes_for", "votes_against", "ballots_cast", "registered")
        tables = []
        for name, counts in self.counts.items():
            areas = [codes[name].format(area) for area in range(counts.shape[-1])]
            for election, here in zip(CERTIFIED, counts, strict=True):
                columns = {
                    "area_type": [name] * len(areas),
                    "area": areas,
                    "election_date": [CALENDAR[election].date] * len(areas),
                    "election_type": [CALENDAR[election].type] * len(areas),
                    **dict(zip(figures, here.astype(np.float64), strict=True)),
                }
                tables.append(pa.table({column.name: columns[column.name] for column in RESULTS.columns}))
        return pa.concat_tables(tables)


def main() -> None:
    voters, seed = int(sys.argv[1].replace("_", "")), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    print(ensure_nation(voters, seed).folder)


if __name__ == "__main__":
    main()
