"""The blocks of a snapshot, watched, and what one pass over them learns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import pandas as pd

from data.elections import Election
from data.snapshots import Part, Snapshot
from features.matrix import category_columns
from features.surroundings import Surroundings, learn_surroundings, surroundings_columns
from features.vocabulary import Vocabulary, learn_vocabulary
from pipelines.engine import count_cores, in_threads
from pipelines.memory import keep_freed_memory
from pipelines.run import Run

GROUPS_A_CORE = 4

Around = dict[Election, Surroundings]


def read_blocks(
    run: Run, snapshot: Snapshot, label: str, columns: Sequence[str] | None = None
) -> Iterable[pd.DataFrame]:
    """The snapshot's voters part by part, watched; all columns, or those named."""
    return (snapshot.read_voters(part, columns) for part in run.watch(label, snapshot.parts, lambda part: part.rows))


def read_vocabulary(run: Run, snapshot: Snapshot) -> Vocabulary:
    """The words of the snapshot's categories."""
    columns = category_columns(snapshot.extras)
    return learn_vocabulary(read_blocks(run, snapshot, "words", columns), columns)


def read_surroundings(run: Run, snapshot: Snapshot, coming: Sequence[Election], vocabulary: Vocabulary) -> Around:
    """The snapshot's surroundings as of each of these elections, from one pass on all cores."""
    keep_freed_memory()
    learner = Learner(snapshot, tuple(coming), vocabulary, snapshot.read_results())
    groups = group_parts(snapshot.parts, GROUPS_A_CORE * count_cores())
    watched = run.watch("surroundings", groups, lambda group: sum(part.rows for part in group))
    return reduce(merge, in_threads(count_cores())(learner.learn, watched, spread=True))


def merge(some: Around, others: Around) -> Around:
    """The surroundings of both groups of parts together."""
    for election, surroundings in some.items():
        surroundings.areas.merge(others[election].areas)
    return some


def group_parts(parts: Sequence[Part], groups: int) -> list[Sequence[Part]]:
    """The parts in at most so many groups of neighbours: what each group gives is held until all are done."""
    size = -(-len(parts) // groups)
    return [parts[start : start + size] for start in range(0, len(parts), size)]


@dataclass(frozen=True)
class Learner:
    """Learns the surroundings of some parts as if they were the file."""

    snapshot: Snapshot
    coming: tuple[Election, ...]
    vocabulary: Vocabulary
    results: pd.DataFrame

    def learn(self, parts: Sequence[Part]) -> Around:
        columns = surroundings_columns(self.snapshot.calendar)
        return learn_surroundings(
            (self.snapshot.read_voters(part, columns) for part in parts),
            calendar=self.snapshot.calendar,
            coming=self.coming,
            extras=self.snapshot.extras,
            results=self.results,
            vocabulary=self.vocabulary,
        )
