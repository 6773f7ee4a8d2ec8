"""The lister: a list's piles of all parts in, the file of the list out, in memory that does not grow."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from data.errors import PropensityError
from lists.list_file import ListFile, create_list
from lists.piles import RANGE_ROWS, Pile, read_in_order
from lists.ranking import Places, tabulate
from lists.selection import SELECTED, Counts
from lists.universes import Universe

PIECE_ROWS = 1 << 16


@dataclass(frozen=True)
class UnorderedList:
    """A universe's voters in the piles of all parts."""

    universe: Universe
    piles: tuple[Pile, ...]
    counts: Counts


@dataclass(frozen=True)
class Lister:
    """Brings lists in order and writes them, with the reasons that a teller of these `phrases` told."""

    work: Path
    phrases: tuple[str, ...]
    told: tuple[str, ...]
    range_rows: int = RANGE_ROWS

    def write(self, unordered: UnorderedList) -> ListFile:
        """Write one list to a file in the folder `work`; PropensityError when somebody was lost or came twice."""
        universe, counts = unordered.universe, unordered.counts
        written = create_list(self.work / f"{universe.name}.parquet", universe, counts, self._tabulate(unordered))
        if written.rows != counts.people:
            raise PropensityError(f"{counts.people:,} voters selected for {universe.name}, {written.rows:,} listed")
        return written

    def _tabulate(self, unordered: UnorderedList) -> Iterator[pa.Table]:
        places, schema = Places(), pa.schema([*SELECTED, *((name, pa.int16()) for name in self.told)])
        for ordered in read_in_order(unordered.piles, schema, self.range_rows):
            for start in range(0, len(ordered), PIECE_ROWS):
                piece = ordered.slice(start, PIECE_ROWS)
                yield tabulate(piece, unordered.universe, places, self._say(piece))

    def _say(self, piece: pa.Table) -> dict[str, pa.Array]:
        phrases = pa.array(self.phrases, pa.large_string())
        return {name: pa.DictionaryArray.from_arrays(piece[name].combine_chunks(), phrases) for name in self.told}
