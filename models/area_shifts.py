"""Levels of areas: what is stated of an area's mean is met by a shift of all its voters on the logit scale."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import shift_to_mean
from models.training_set import Doubles

FEWEST = 20  # voters, below which the mean of an area's scores says little of its level


@dataclass(frozen=True)
class AreaShifts:
    """How far an area's voters are above the others on the logit scale, beside what their features say.

    `area_type` is a column of the voter file and the keys of `shifts` are its values; all other voters stay at 0.
    """

    area_type: str
    shifts: Mapping[str, float]

    def of(self, voters: pd.DataFrame) -> Doubles:
        """The shift of each voter."""
        shifts = voters[self.area_type].astype(object).map(dict(self.shifts))
        return np.asarray(shifts.to_numpy(np.float64, na_value=0.0))


def meet_means(
    p: Doubles, area: NDArray[np.object_], area_type: str, means: Mapping[str, float]
) -> tuple[float, AreaShifts]:
    """How far to shift all voters, and beside that the areas, for the mean of `p` in each area to be the stated one.

    `area` is each voter's. All are shifted by the mean of the areas' shifts, each counting by its voters: what is known
    of some areas is the best guess for the others. Areas with fewer than `FEWEST` voters are such others.
    """
    rows = pd.Series(p).groupby(area).indices
    enough = [name for name in means if len(rows.get(name, ())) >= FEWEST]
    if not enough:
        return 0.0, AreaShifts(area_type, {})
    shifts = np.array([shift_to_mean(p[rows[name]], means[name]) for name in enough])
    shared = float(np.average(shifts, weights=[len(rows[name]) for name in enough]))
    return shared, AreaShifts(area_type, dict(zip(enough, (shifts - shared).tolist(), strict=True)))
