"""Leaves numbered anew, and nodes gathered by the planes that they clear."""

import lightgbm as lgb
import numpy as np
import pytest

from models.planes import Renumbered, lay_trees, renumber
from models.quantiser import plan_quantiser
from models.tree_text import read_trees


@pytest.fixture
def tree() -> Renumbered:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2_000, 3))
    settings = {"objective": "regression", "num_leaves": 60, "min_data_in_leaf": 1, "verbose": -1, "num_threads": 1}
    booster = lgb.train(settings, lgb.Dataset(x, np.exp(2 * x[:, 0]) + x[:, 1]), 1)
    return renumber(read_trees(booster.model_to_string())[0], range(3))


def test_a_node_clears_its_smaller_side_alone(tree: Renumbered) -> None:
    sizes = [clearing.end - clearing.first for clearing in tree.clearings]
    assert len(sizes) == len(tree.values) - 1 == 59
    assert min(sizes) == 1 and max(sizes) <= 30
    deep = np.log2(60) * 60 / 2
    assert sum(sizes) <= deep


def test_nodes_are_gathered_by_the_planes_that_they_clear(tree: Renumbered) -> None:
    quantiser = plan_quantiser([clearing.split for clearing in tree.clearings])
    trees = lay_trees([[tree], [tree, tree]], quantiser.places)
    assert trees.forests.tolist() == [0, 1, 3] and trees.planes.tolist() == [0, 8, 16, 24]
    assert trees.leaves.tolist() == [0, 60, 120]
    bits = np.unpackbits(trees.clears.view(np.uint8)[:, None], axis=1).sum()
    assert bits == 3 * sum(clearing.end - clearing.first for clearing in tree.clearings)
    assert (np.diff(trees.runs, axis=1) >= 0).all() and trees.runs[-1, -1] == len(trees.tests)
