"""Margins: the groups that a voter file's people fall into, one after the other of what is known of them.

Who answered is weighted so that each group counts as much as it does in the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.training_set import Doubles, Whole

# Bands of numbers: names from the lowest up, and the numbers at which the next begins.
BANDS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "age": (("18-29", "30-44", "45-64", "65+"), (30, 45, 65)),
    "votes_of_last_4": (("0", "1", "2", "3", "4"), (1, 2, 3, 4)),
}
# Numbers that have no scale of their own are cut into thirds of the file.
THIRDS = ("precinct_lean",)
CATEGORIES = ("sex", "party", "county", "precinct")
TITLES = {"votes_of_last_4": "votes in the newest four elections", "precinct_lean": "past results of the precinct"}
UNKNOWN, OTHER = "unknown", "other"
SMALLEST_SHOWN = 0.02
SMALLEST_SHARE, FEWEST_ANSWERS = 0.05, 10


@dataclass(frozen=True)
class Cells:
    """The level, by its place in `levels`, that everybody has in one feature; arrays of shape (rows,).

    Neighbouring levels are alike where they are `ordered`; where not, the last one is "other".
    """

    feature: str
    levels: tuple[str, ...]
    ordered: bool
    answered: Whole
    file: Whole

    def file_shares(self) -> Doubles:
        """The share of each level in the file; shape (levels,)."""
        return np.asarray(np.bincount(self.file, minlength=len(self.levels)) / len(self.file))

    def answered_shares(self, weight: Doubles) -> Doubles:
        """The weighted share of each level among those who answered; shape (levels,)."""
        return np.asarray(np.bincount(self.answered, weights=weight, minlength=len(self.levels)) / weight.sum())

    def merge(self, groups: list[list[int]]) -> "Cells":
        """The same with each group of levels made one."""
        place = np.empty(len(self.levels), np.int64)
        for number, group in enumerate(groups):
            place[group] = number
        levels = tuple(" or ".join(self.levels[level] for level in group) for group in groups)
        return Cells(self.feature, levels, self.ordered, place[self.answered], place[self.file])


def sort_into_cells(
    answered: pd.DataFrame,
    file: pd.DataFrame,
    *,
    categories: tuple[str, ...],
    vocabulary: Mapping[str, tuple[str, ...]],
) -> tuple[Cells, ...]:
    """Cells of every feature there is to weight by; one that is missing throughout the file is left out."""
    names = (*BANDS, *THIRDS, *(name for name in CATEGORIES if name in categories))
    there = [name for name in names if name in file and file[name].notna().any()]
    columns = {name: (answered[name].to_numpy(np.float64), file[name].to_numpy(np.float64)) for name in there}
    return tuple(
        _named(name, *both, vocabulary[name]) if name in CATEGORIES else _banded(name, *both)
        for name, both in columns.items()
    )


def collapse_levels(cells: Cells) -> Cells:
    """The same with every level too small to carry a margin put together with another.

    An ordered level joins the smaller of its neighbours, any other one "other"; one level may be all that is left.
    """
    size, asked = cells.file_shares(), np.bincount(cells.answered, minlength=len(cells.levels))
    groups = [[level] for level in range(len(cells.levels))]
    while len(groups) > 1:
        shares = [float(size[group].sum()) for group in groups]
        answers = [int(asked[group].sum()) for group in groups]
        weak = [at for at in range(len(groups)) if shares[at] < SMALLEST_SHARE or answers[at] < FEWEST_ANSWERS]
        if not weak:
            break
        at = min(weak, key=shares.__getitem__)
        groups = _join(groups, at, _partner(at, shares, cells.ordered), cells.ordered)
    return cells.merge(groups)


def _join(groups: list[list[int]], one: int, another: int, ordered: bool) -> list[list[int]]:
    """The groups with two of them made one, which is last where there is no order."""
    first, second = sorted((one, another))
    rest = [group for number, group in enumerate(groups) if number not in (first, second)]
    rest.insert(first if ordered else len(rest), groups[first] + groups[second])
    return rest


def _partner(at: int, shares: list[float], ordered: bool) -> int:
    """The number of the group that a weak group joins."""
    last = len(shares) - 1
    if ordered:
        candidates = [number for number in (at - 1, at + 1) if 0 <= number <= last]
    else:
        candidates = [last] if at != last else list(range(last))
    return min(candidates, key=shares.__getitem__)


def _banded(name: str, answered: Doubles, file: Doubles) -> Cells:
    """Bands from the lowest up, those that are not known first."""
    if name in BANDS:
        names, edges = BANDS[name]
    else:
        names, edges = ("lowest third", "middle third", "highest third"), tuple(np.nanquantile(file, [1 / 3, 2 / 3]))
    places = (_place_in_bands(values, edges) for values in (answered, file))
    return Cells(TITLES.get(name, name), (UNKNOWN, *names), True, *places)


def _place_in_bands(values: Doubles, edges: tuple[float, ...]) -> Whole:
    return np.where(np.isnan(values), 0, 1 + np.digitize(values, edges)).astype(np.int64)


def _named(name: str, answered: Doubles, file: Doubles, words: tuple[str, ...]) -> Cells:
    """The words that enough of the file have, those that are not known, and all others."""
    shares = [float((file == number).mean()) for number in range(1, len(words) + 1)]
    shown = [number for number, share in enumerate(shares, start=1) if share >= SMALLEST_SHOWN]
    levels = (*(words[number - 1] for number in shown), UNKNOWN, OTHER)
    return Cells(name, levels, False, _place_by_word(answered, shown), _place_by_word(file, shown))


def _place_by_word(values: Doubles, shown: list[int]) -> Whole:
    place = np.full(len(values), len(shown) + 1, np.int64)
    place[np.isnan(values)] = len(shown)
    for at, number in enumerate(shown):
        place[values == number] = at
    return place
