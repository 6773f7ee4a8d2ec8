"""What a value of a feature means for one voter, in plain words: a band of values, and what is said of it.

Two people read them: an analyst, and a volunteer with the voter looking over the shoulder. What would hurt or expose
somebody is said to the analyst alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Levels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Words:
    """Words for bands of values: `said[i]` for values of at least `edges[i - 1]` and below `edges[i]`.

    `missing` is said where there is no value. A volunteer is told `aloud` instead of `said` where that is given, and
    never `missing`. Empty words say nothing. `{party_1}` and `{party_2}` stand for the file's most common parties.
    """

    edges: tuple[float, ...]
    said: tuple[str, ...]
    missing: str = ""
    aloud: tuple[str, ...] = ()

    def spell(self, name: str, vocabulary: Levels, values: Doubles) -> "Words":
        """These words with the names of the parties put in."""
        parties = dict(zip(("party_1", "party_2"), (*vocabulary.get("party", ()), "", ""), strict=False))
        said, aloud = (tuple(text.format_map(parties) for text in texts) for texts in (self.said, self.aloud))
        return Words(self.edges, said, self.missing, aloud)

    def place(self, values: Doubles) -> NDArray[np.int64]:
        """The number of each value's band, that of the missing ones being the last; shape (values,)."""
        bands = np.searchsorted(self.edges, values, side="right")
        return np.where(np.isnan(values), len(self.said), bands)

    def texts(self, *, aloud: bool) -> tuple[str, ...]:
        """What is said of each band, then of a missing value; `aloud` to a volunteer."""
        return (*(self.aloud or self.said), "") if aloud else (*self.said, self.missing)


@dataclass(frozen=True)
class Naming:
    """Words for a category: its level in the place of the braces. `aloud` is told to volunteers, whatever the level."""

    template: str
    missing: str = ""
    aloud: str | None = None

    def spell(self, name: str, vocabulary: Levels, values: Doubles) -> Words:
        """Words for each level of the category `name`; a rare one is called another."""
        levels = (level.replace("_", " ") for level in vocabulary.get(name, ()))
        said = tuple(self.template.format(level) for level in ("other", *levels))
        edges = tuple(number + 0.5 for number in range(len(said) - 1))
        return Words(edges, said, self.missing, () if self.aloud is None else (self.aloud,) * len(said))


@dataclass(frozen=True)
class Thirds:
    """Words for a number that only the campaign understands: in which third of the file it is."""

    subject: str
    aloud: str

    def spell(self, name: str, vocabulary: Levels, values: Doubles) -> Words:
        """Words for the lowest, the middle and the highest third of the values."""
        known = values[~np.isnan(values)]
        edges = tuple(np.quantile(known, (1 / 3, 2 / 3)).tolist()) if len(known) else (0.0, 0.0)
        said = tuple(f"{self.subject}: {which} third of the file" for which in ("lowest", "middle", "highest"))
        return Words(edges, said, f"{self.subject}: not known", (self.aloud,) * 3)


Says = Words | Naming | Thirds
SILENT = Words((), ("",))


def count_words(highest: int, template: str, *, none: str) -> Words:
    """Words for whole numbers from 0, said as `none`, to `highest`."""
    edges = tuple(number + 0.5 for number in range(highest))
    return Words(edges, (none, *(template.format(number) for number in range(1, highest + 1))))
