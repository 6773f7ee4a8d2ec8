"""LightGBM's text: what is not known is refused."""

import lightgbm as lgb
import numpy as np
import pytest

from models.tree_text import Unsupported, read_trees


def text(trees: int = 2, classes: int = 1) -> str:
    rng = np.random.default_rng(1)
    label = rng.integers(0, max(classes, 2), 300)
    kind = {"objective": "multiclass", "num_class": classes} if classes > 1 else {"objective": "binary"}
    data = lgb.Dataset(rng.normal(size=(300, 2)), label)
    return lgb.train({**kind, "num_leaves": 5, "verbose": -1, "num_threads": 1}, data, trees).model_to_string()


def test_trees_are_read_in_order() -> None:
    first, second = read_trees(text())
    assert len(first.values) == len(first.features) + 1 == 5
    assert not np.array_equal(first.values, second.values)
    assert [len(tree.values) for tree in read_trees(text(1))] == [5]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("version=v4", "version=v5"), "version"),
        (("label_index", "fable_index"), "version"),
        (("split_gain", "split_pain"), "version"),
        (("is_linear=0", "is_linear=1"), "linear"),
        (("num_class=1", "num_class=1\naverage_output"), "averaged"),
        (("num_leaves=5", "num_leaves=6"), "damaged"),
        (("num_leaves=5", "num_leaves=257"), "256"),
        (("is_linear=0\n", ""), "linear"),
    ],
)
def test_what_is_not_known_is_refused(change: tuple[str, str], reason: str) -> None:
    assert change[0] in text()
    with pytest.raises(Unsupported, match=reason):
        read_trees(text().replace(*change))


def test_several_outputs_are_refused() -> None:
    with pytest.raises(Unsupported, match="output"):
        read_trees(text(classes=3))
