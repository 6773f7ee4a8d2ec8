"""A list is written whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data.errors import PropensityError
from lists.piles import create_piles, write_pile
from lists.ranking import rank_universe
from lists.selection import Selected, select
from lists.universes import GOTV
from pipelines.lister import Lister, UnorderedList

EVERYBODY = replace(GOTV, keep=())


def candidates(voters: int, first: int = 0) -> pd.DataFrame:
    scores = np.linspace(0, 1, voters, dtype=np.float32)
    ids = pd.Series([f"V{number}" for number in range(first, first + voters)], dtype="str")
    frame = pd.DataFrame({"voter_id": ids, "turnout": scores, "support": scores[::-1], "suppressed": ""})
    return frame.assign(household_id=None, precinct="012", asked=False, do_not_walk=False)


def keep(folder: Path, *selected: Selected) -> UnorderedList:
    piles = []
    for number, one in enumerate(selected):
        with create_piles(folder / f"{number}.piles") as file:
            piles.append(write_pile(file, one.table))
    return UnorderedList(EVERYBODY, tuple(piles), selected[0].counts + selected[1].counts)


def test_a_list_is_written_with_the_phrases_that_were_told(tmp_path: Path) -> None:
    first, second = (select(candidates(5, start), EVERYBODY, seed=1) for start in (0, 5))
    told = [
        replace(one, table=one.table.append_column("support_1", pa.array([2] * 5, pa.int16())))
        for one in (first, second)
    ]
    written = Lister(tmp_path, ("", "never", "always votes"), ("support_1",)).write(keep(tmp_path, *told))
    frame = pd.read_parquet(written.path)
    whole = rank_universe(pd.concat([candidates(5), candidates(5, 5)], ignore_index=True), EVERYBODY, seed=1)
    pd.testing.assert_frame_equal(frame.drop(columns="reasons"), whole.frame.drop(columns="reasons"))
    assert (written.rows, written.counts) == (10, whole.counts)
    assert frame["reasons"].str.contains(r"of 100\): always votes; ").all()


@pytest.mark.parametrize("people", [9, 11])
def test_somebody_lost_or_listed_twice_is_an_error(tmp_path: Path, people: int) -> None:
    unordered = keep(tmp_path, *(select(candidates(5, start), EVERYBODY, seed=1) for start in (0, 5)))
    wrong = replace(unordered, counts=replace(unordered.counts, people=people))
    with pytest.raises(PropensityError, match=f"{people} voters selected for gotv, 10 listed"):
        Lister(tmp_path, (), ()).write(wrong)
