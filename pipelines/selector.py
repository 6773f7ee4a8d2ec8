"""The selector: what ranking does of one part, for all universes: who is drawn, who is selected, and why.

Both are functions of paths and digests, so that they can be spread over cores or workers; what comes back are counts,
and places in files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa

from data.parts import read_part
from data.snapshots import Part
from lists.drawing import Drawn, draw
from lists.piles import Pile, create_piles, write_pile
from lists.selection import SCORES, Counts, Selected, select, to_hundred
from lists.universes import Universe
from pipelines.candidates import Candidates
from pipelines.reasons import Teller


@dataclass(frozen=True)
class ScoredPart:
    """A part of the snapshot and the digest of its score file."""

    part: Part
    scores: str


@dataclass(frozen=True)
class Drawer:
    """Draws a share of the voters of one universe, part by part."""

    candidates: Candidates
    universe: Universe
    seed: int
    share: float

    def draw_part(self, scored: ScoredPart) -> Drawn:
        """Draw from one part."""
        return draw(self.candidates.read(scored.scores), self.universe, seed=self.seed, share=self.share)


@dataclass(frozen=True)
class SelectedPart:
    """Whom each universe lists of a part: the pile that holds them, and where the others went."""

    piles: Mapping[str, Pile]
    counts: Mapping[str, Counts]


@dataclass(frozen=True)
class Selector:
    """Selects for all universes, part by part, and tells reasons for those selected; without a teller there are none.

    `settled` are digests of tables, by universe, of those whom all parts together decide.
    """

    candidates: Candidates
    universes: tuple[Universe, ...]
    settled: Mapping[str, str]
    teller: Teller | None
    work: Path
    seed: int

    def select_part(self, scored: ScoredPart) -> SelectedPart:
        """Select from one part and leave the voters in piles in the folder `work`."""
        block = self.candidates.read(scored.scores)
        selected = {one.name: select(block, one, seed=self.seed) for one in self.universes}
        selected |= {name: _select_settled(_recall(self.work, digest), block) for name, digest in self.settled.items()}
        told = self._tell(scored.part, block, selected)
        with create_piles(self.work / f"{uuid4().hex}.piles") as file:
            piles = {name: write_pile(file, _with_reasons(one, told)) for name, one in selected.items()}
        return SelectedPart(piles, {name: one.counts for name, one in selected.items()})

    def _tell(self, part: Part, block: pd.DataFrame, selected: Mapping[str, Selected]) -> pd.DataFrame:
        """The reasons of everybody selected, by their places in the block."""
        places = np.unique(np.concatenate([one.rows for one in selected.values()]))
        if self.teller is None or not len(places):
            return pd.DataFrame(index=places)
        listed = block.iloc[places]
        scores = pd.DataFrame({f"{outcome}_score": to_hundred(listed, outcome) for outcome in SCORES}, listed.index)
        return self.teller.tell_part(part, scores.assign(voter_id=listed["voter_id"])).set_axis(places)


def _select_settled(table: pa.Table, block: pd.DataFrame) -> Selected:
    """Those of a settled list who are in the block; their counts are known already."""
    rows = pd.Index(block["voter_id"]).get_indexer(table["voter_id"].to_pandas())
    here = rows >= 0
    return Selected(table.filter(pa.array(here)), rows[here], Counts())


def _with_reasons(selected: Selected, told: pd.DataFrame) -> pa.Table:
    table, mine = selected.table, told.loc[selected.rows]
    for name in mine:
        table = table.append_column(name, pa.array(mine[name].to_numpy()))
    return table


@lru_cache(maxsize=4)
def _recall(work: Path, digest: str) -> pa.Table:
    return read_part(work, digest)
