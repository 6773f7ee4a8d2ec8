"""The blocks of a snapshot, watched, and what one pass over them learns."""

from collections.abc import Iterable, Sequence

import pandas as pd

from data.elections import Election
from data.snapshots import Snapshot
from features.matrix import category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import Vocabulary, learn_vocabulary
from pipelines.run import Run


def read_blocks(run: Run, snapshot: Snapshot, label: str) -> Iterable[pd.DataFrame]:
    """The snapshot's voters part by part, watched."""
    return (snapshot.read_voters(part) for part in run.watch(label, snapshot.parts, lambda part: part.rows))


def read_vocabulary(run: Run, snapshot: Snapshot) -> Vocabulary:
    """The words of the snapshot's categories."""
    return learn_vocabulary(read_blocks(run, snapshot, "words"), category_columns(snapshot.extras))


def read_surroundings(
    run: Run, snapshot: Snapshot, coming: Sequence[Election], vocabulary: Vocabulary
) -> dict[Election, Surroundings]:
    """The snapshot's surroundings as of each of these elections."""
    return learn_surroundings(
        read_blocks(run, snapshot, "surroundings"),
        calendar=snapshot.calendar,
        coming=coming,
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=vocabulary,
    )
