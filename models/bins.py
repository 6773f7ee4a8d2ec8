"""The features of a training set in LightGBM's bins: made once, for all fits on any of its rows."""

from dataclasses import dataclass
from functools import cached_property

import lightgbm as lgb
import numpy as np

from models.training_set import TrainingSet, Whole

# A recipe asks for leaves of its own size, so no feature is left out beforehand for leaves that would be too small.
AS_BINNED = {"feature_pre_filter": False, "verbose": -1}


@dataclass(frozen=True, eq=False)
class Bins:
    """The bins of all rows of `data`. Where they lie is learned from features alone, never from a label."""

    data: TrainingSet

    @cached_property
    def whole(self) -> lgb.Dataset:
        """All rows, with labels that mean nothing."""
        features = self.data.features
        # By number: LightGBM refuses names with a quote, bracket, comma or colon, which a column may have.
        categories = [features.columns.get_loc(name) for name in self.data.categories]
        numbers = features.to_numpy(np.float32)
        nothing = np.zeros(len(numbers))
        return lgb.Dataset(numbers, nothing, categorical_feature=categories, params=AS_BINNED).construct()

    def take(self, rows: Whole | None = None) -> lgb.Dataset:
        """A dataset of these rows, in ascending order, for one fit; of all without `rows`."""
        # Constructed at once: what is told to one that is not (labels, weights) is forgotten.
        return self.whole.subset(list(range(len(self.data))) if rows is None else rows.tolist()).construct()
