"""LightGBM's model text, read into arrays; what the fast scorer does not know is refused, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training_set import Doubles

MOST_LEAVES = 256
VERSION = "v4"
CATEGORY, DEFAULT_LEFT = 1, 2
HEADERS = {
    *("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"),
    *("feature_names", "feature_infos", "monotone_constraints", "tree_sizes"),
}
FIELDS = {
    *(
        "num_leaves",
        "num_cat",
        "split_feature",
        "split_gain",
        "threshold",
        "decision_type",
        "left_child",
        "right_child",
    ),
    *("leaf_value", "leaf_weight", "leaf_count", "internal_value", "internal_weight", "internal_count"),
    *("is_linear", "shrinkage", "cat_boundaries", "cat_threshold"),
}


class Unsupported(ValueError):
    """Trees that the fast scorer does not do; the text says why."""


@dataclass(frozen=True)
class Tree:
    """A tree of n leaves; arrays have one element a node (n − 1), and `values` one a leaf.

    A child below 0 is leaf `-child - 1`. `kinds` are LightGBM's decision types. `members` has the categories that go
    left for each node that parts a category, as the bits of 32-bit words, and nothing for a node that parts numbers.
    """

    features: NDArray[np.int64]
    thresholds: Doubles
    kinds: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    values: Doubles
    members: tuple[NDArray[np.uint32], ...]


def read_trees(text: str) -> tuple[Tree, ...]:
    """The trees of a model text of one output, in order; raises Unsupported."""
    head, *bodies = text.partition("\nend of trees")[0].split("\nTree=")
    _check_header(_fields(head))
    return tuple(_read_tree(_fields(body.partition("\n")[2])) for body in bodies)


def _fields(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines() if line and line != "tree")
    return {name: value for name, _, value in lines}


def _check_header(header: Mapping[str, str]) -> None:
    if "average_output" in header:
        raise Unsupported("the trees of a random forest are averaged")
    if header.get("num_class") != "1" or header.get("num_tree_per_iteration") != "1":
        raise Unsupported("it has more than one output")
    if header.get("version") != VERSION or set(header) - HEADERS:
        raise Unsupported("its text is of another version of LightGBM")


def _read_tree(fields: Mapping[str, str]) -> Tree:
    if fields.get("is_linear") != "0":
        raise Unsupported("its leaves are linear models")
    if set(fields) - FIELDS:
        raise Unsupported("its text is of another version of LightGBM")
    leaves = int(fields["num_leaves"])
    if leaves > MOST_LEAVES:
        raise Unsupported(f"a tree has more than {MOST_LEAVES} leaves")
    whole = [_whole(fields, name) if leaves > 1 else np.zeros(0, np.int64) for name in _NODES]
    values = np.array(fields["leaf_value"].split(), np.float64)
    thresholds = np.array(fields["threshold"].split() if leaves > 1 else [], np.float64)
    if {len(column) for column in (*whole, thresholds)} != {leaves - 1} or len(values) != leaves:
        raise Unsupported("its text is damaged")
    features, kinds, left, right = whole
    return Tree(features, thresholds, kinds, left, right, values, _members(fields, thresholds, kinds))


_NODES = ("split_feature", "decision_type", "left_child", "right_child")


def _whole(fields: Mapping[str, str], name: str) -> NDArray[np.int64]:
    return np.array(fields[name].split(), np.int64)


def _members(
    fields: Mapping[str, str], thresholds: Doubles, kinds: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], ...]:
    none = np.zeros(0, np.uint32)
    if not (kinds & CATEGORY).any():
        return (none,) * len(kinds)
    bounds, words = _whole(fields, "cat_boundaries"), np.array(fields["cat_threshold"].split(), np.uint32)
    sets = [words[start:stop] for start, stop in zip(bounds[:-1], bounds[1:], strict=True)]
    return tuple(sets[int(t)] if kind & CATEGORY else none for t, kind in zip(thresholds, kinds, strict=True))
