"""Households: who lives behind one door, and parts of the voter file that never split a door."""

import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ADDRESS = ("address", "unit", "city", "zip")


def name_households(people: pa.Table) -> pa.Array:
    """A household id per row: the file's own, else one made from the address, else null; string, same order."""
    given = people["household_id"].combine_chunks()
    parts = [pc.utf8_upper(pc.fill_null(people[name], "")) for name in ADDRESS]
    joined = pc.binary_join_element_wise(*parts, "|").combine_chunks().dictionary_encode()
    made = pc.take(pa.array([_name(text) for text in joined.dictionary.to_pylist()], pa.string()), joined.indices)
    return pc.coalesce(
        given, pc.if_else(pc.is_valid(people["address"].combine_chunks()), made, pa.scalar(None, pa.string()))
    )


def order_by_household(household_id: pa.Array, voter_id: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """An order of the rows in which households stay together, and the door of each row in that order.

    Rows with the same door number, uint64, belong together; a voter without household has a door of their own. The
    order is by a hash, so that parts cut from it are alike, and it does not depend on the order of the rows.
    """
    owner = pc.coalesce(household_id, pc.binary_join_element_wise("voter", voter_id, "|"))
    doors = pd.util.hash_array(owner.to_numpy(zero_copy_only=False), categorize=False)
    order = pc.sort_indices(
        pa.table({"door": doors, "voter": voter_id}), sort_keys=[("door", "ascending"), ("voter", "ascending")]
    ).to_numpy()
    return order, doors[order]


def cut_between(doors: NDArray[np.uint64], rows: int) -> list[slice]:
    """Slices of about `rows` rows each that cover everything, cut only where the door changes."""
    edges = [0]
    changes = np.flatnonzero(doors[1:] != doors[:-1]) + 1
    while len(doors) - edges[-1] > rows:
        following = np.searchsorted(changes, edges[-1] + rows)
        if following == len(changes):
            break
        edges.append(int(changes[following]))
    return [slice(start, end) for start, end in zip(edges, [*edges[1:], len(doors)], strict=True)]


def _name(address: str) -> str:
    normal = "|".join(" ".join(field.split()) for field in address.split("|"))
    return "H" + hashlib.sha256(normal.encode()).hexdigest()[:12]
