"""What a feature is computed from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.counts import Doubles, own_counts, sum_of_others
from features.kept import Kept
from features.surroundings import Surroundings
from features.view import View, coded, ratio


@dataclass(frozen=True)
class Scene:
    """A view of a block together with its surroundings: what a feature is computed from.

    Sums over the others are of one of `counts.COUNTS`, float64 of shape (voters,), the voter left out.
    """

    view: View
    surroundings: Surroundings

    @cached_property
    def own(self) -> dict[str, Doubles]:
        """What each voter adds to the sums."""
        return own_counts(self.view, self.surroundings.areas.parties)

    def behind_door(self, what: str) -> Doubles:
        """The sum over the others behind the voter's door."""
        return sum_of_others(self.view.doors, self.own[what])

    def in_area(self, area: str, what: str) -> Doubles:
        """The sum over the others in the voter's area; NaN where that is not known."""
        sums = self.surroundings.areas.sums[area][what].to_numpy()
        here: Doubles = np.append(sums, np.nan).take(self._rows(area))
        here -= self.own[what]
        return here

    def share_of_file(self, part: str, whole: str) -> Doubles:
        """`part / whole` of all others; NaN where `whole` is 0."""
        overall = self.surroundings.areas.overall
        others = (overall[what] - self.own[what] for what in (part, whole))
        return self._kept((part, whole), lambda: ratio(*others))

    def per_area(self, area: str, values: pd.Series) -> Doubles:
        """The value of each voter's area, of `values` by the areas' names; NaN where there is none."""
        places = coded(self.view.voters[area])
        found: Doubles = np.append(values.reindex(places.categories).to_numpy(np.float64), np.nan).take(places.codes)
        return found

    def _rows(self, area: str) -> NDArray[np.intp]:
        """The row of each voter's area in the sums, -1 where there is none."""
        places, names = coded(self.view.voters[area]), self.surroundings.areas.sums[area].index
        return self._kept((area,), lambda: np.append(names.get_indexer(places.categories), -1).take(places.codes))

    @cached_property
    def _kept(self) -> Kept:
        return Kept()
