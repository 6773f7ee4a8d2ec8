from dataclasses import replace
from typing import Any

import numpy as np

from models.bins import Bins
from models.boosted import Boosted

SMALL = Boosted(trees=5, leaves=4, rate=0.3, smallest_leaf=20)


def test_bins_made_once_give_the_same_model(make: Any) -> None:
    data = make()
    bins = Bins(data)
    assert SMALL.fit(data, bins.take()) == SMALL.fit(data) == SMALL.fit(data, bins.take())


def test_a_fit_on_some_rows_learns_from_their_labels_alone(make: Any) -> None:
    data = make()
    rows = np.flatnonzero(np.arange(len(data)) % 3 > 0)
    turned = replace(data, label=np.where(np.isin(np.arange(len(data)), rows), data.label, 1 - data.label))
    one, other = (SMALL.fit(d.take(rows), Bins(d).take(rows)) for d in (data, turned))
    assert one == other
    p = one.predict(data.features.iloc[rows])
    assert p[data.label[rows] == 1].mean() > p[data.label[rows] == 0].mean() + 0.05


def test_weights_and_offsets_are_those_of_the_fit(make: Any) -> None:
    data = make()
    bins = Bins(data)
    weighted = replace(data, weight=np.where(data.label == 1, 3.0, 1.0))
    beside = replace(data, offset=np.where(data.label == 1, 1.0, -1.0))
    models = [SMALL.fit(d, bins.take()) for d in (data, weighted, beside)]
    assert models == [SMALL.fit(d) for d in (data, weighted, beside)] and len({m.text for m in models}) == 3


def test_features_are_binned_once_however_many_fits(make: Any) -> None:
    data = make()
    bins = Bins(data)
    assert bins.take().reference is bins.whole and bins.take(np.arange(50)).reference is bins.whole
