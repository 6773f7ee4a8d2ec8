"""The candidates of a list: everybody scored, and what decides whether they may be contacted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data.parts import read_part, write_part
from data.snapshots import Snapshot
from lists.selection import refuse_repeated
from pipelines.scorer import KEPT


@dataclass(frozen=True)
class Candidates:
    """Reads the candidates of one score file after the other: paths and digests, so that other processes can, too.

    `outcomes` are those that lists may be built on. Whoever answers or is suppressed meanwhile changes nothing.
    """

    scores: Path
    outcomes: tuple[str, ...]
    work: Path
    answered: str
    barred: str

    def read(self, digest: str) -> pd.DataFrame:
        """The candidates of a score file as `rank_universe` takes them, by their places in the file."""
        answered, barred = _recall(self.work, self.answered), _recall(self.work, self.barred)["reason"]
        scored = read_scored(self.scores, digest, self.outcomes)
        refuse_repeated(scored["voter_id"])
        return as_candidates(scored, answered, barred)


def keep_candidates(
    scores: Path, outcomes: Sequence[str], snapshot: Snapshot, barred: pd.DataFrame, work: Path
) -> Candidates:
    """The candidates of the scores in a folder; who answered and who is suppressed is kept in the folder `work`."""
    frames = (read_answered(snapshot).reset_index(), barred)
    kept = [write_part(work, pa.Table.from_pandas(frame, preserve_index=False)) for frame in frames]
    return Candidates(scores, tuple(outcomes), work, *kept)


def read_answered(snapshot: Snapshot) -> pd.DataFrame:
    """Who has answered a survey, once each: a frame without columns, indexed by voter_id."""
    return snapshot.read_survey().dropna(subset=["response"])[["voter_id"]].drop_duplicates().set_index("voter_id")


def read_scored(scores: Path, digest: str, outcomes: Sequence[str]) -> pd.DataFrame:
    """Everybody scored of a score file, with the scores of these outcomes, by their places in the file."""
    table = read_part(scores, digest, columns=["voter_id", "excluded", *outcomes, *KEPT]).to_pandas()
    return table[table["excluded"] == ""].drop(columns="excluded")


def as_candidates(scored: pd.DataFrame, answered: pd.DataFrame, barred: pd.Series) -> pd.DataFrame:
    """The voters with whether they are among those who `answered`, and the reason of the `barred`, or "".

    Both are indexed by voter_id.
    """
    asked = answered.index.get_indexer(scored["voter_id"]) >= 0
    return scored.assign(asked=asked, suppressed=scored["voter_id"].map(barred).astype("str").fillna(""))


@lru_cache(maxsize=2)
def _recall(work: Path, digest: str) -> pd.DataFrame:
    # Kept, for an index that was searched once is fast from then on.
    return read_part(work, digest).to_pandas().set_index("voter_id")
