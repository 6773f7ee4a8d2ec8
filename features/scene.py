"""What a feature is computed from."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from features.surroundings import Surroundings
from features.view import View


@dataclass(frozen=True)
class Scene:
    """A view of a block together with its surroundings: what a feature is computed from."""

    view: View
    surroundings: Surroundings

    @cached_property
    def area_counts(self) -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
        """Per area column: counts of the voter's area and of the whole file, the voter left out."""
        return self.surroundings.areas.of_others(self.view)
