"""Lists streamed through piles: the very list of `rank_universe`, however candidates are cut and whatever is alike."""

from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lists.list_file import create_list
from lists.piles import create_piles, read_in_order, write_pile
from lists.ranking import Places, RankedList, rank_universe, tabulate
from lists.selection import SELECTED, Counts, number_doors, select
from lists.universes import BASE, GOTV, SURVEY_NEXT, UNDECIDED, VOLUNTEER_ASK, Universe

EVERYBODY = replace(GOTV, keep=())
ALIKE = replace(EVERYBODY, priority=lambda voters: np.zeros(len(voters)))
UNSIZED = (GOTV, UNDECIDED, BASE, VOLUNTEER_ASK, replace(SURVEY_NEXT, size=None), EVERYBODY, ALIKE)

holds_for = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32)
universes = st.builds(replace, st.sampled_from(UNSIZED), door_rule=st.sampled_from(["together", "one"]))


def make_county(seed: int, voters: int) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    household = pd.Series(dice.integers(0, max(voters // 2, 1), voters)).map("H{}".format)
    flags = {name: dice.random(voters) < 0.1 for name in ("asked", "do_not_call", "do_not_mail", "do_not_walk")}
    return pd.DataFrame(
        {
            "voter_id": pd.Series([f"V{number}" for number in dice.permutation(voters)], dtype="str"),
            "household_id": household.where(dice.random(voters) < 0.7).astype("str"),
            "precinct": pd.Series(dice.choice(["012", "014", "7", ""], voters)).replace("", None).astype("str"),
            "turnout": dice.choice(np.float32([0.1, 0.5, 0.72, 0.8]), voters),
            "support": dice.choice(np.float32([0.3, 0.5, 0.6, 0.83, 1.0]), voters),
            "suppressed": dice.choice(["", "", "", "", "moved", "deceased"], voters),
            **flags,
        }
    )


def cut_blocks(county: pd.DataFrame, blocks: int, seed: int) -> list[pd.DataFrame]:
    """Whole households to random blocks, in any order of rows and blocks; some blocks may be empty."""
    shuffled = county.sample(frac=1, random_state=seed % 2**32)
    doors = number_doors(shuffled["household_id"])
    block_of = np.random.default_rng(seed).integers(0, blocks, doors.max(initial=0) + 1)[doors]
    return [shuffled[block_of == number] for number in range(blocks)]


def stream(
    blocks: list[pd.DataFrame], universe: Universe, seed: int, folder: Path, batch_rows: int, range_rows: int
) -> tuple[RankedList, list[int]]:
    """The list of the blocks, and how long its ranges were."""
    selected, piles, lengths = [select(block, universe, seed=seed) for block in blocks], [], []
    for number, one in enumerate(selected):
        with create_piles(folder / str(number)) as file:
            file.write(b"another list's pile")
            piles.append(write_pile(file, one.table, batch_rows))
    places, pieces = Places(), [tabulate(SELECTED.empty_table(), universe, Places())]
    for ordered in read_in_order(piles, SELECTED, range_rows):
        lengths.append(len(ordered))
        pieces.append(tabulate(ordered, universe, places))
    counts = reduce(add, (one.counts for one in selected), Counts())
    file = create_list(folder / "list", universe, counts, pieces)
    return RankedList(universe, pd.read_parquet(file.path), counts), lengths


@holds_for
@given(seeds, st.integers(1, 90), universes, st.integers(), st.integers(1, 7), st.integers(1, 9), st.integers(1, 40))
def test_any_blocks_and_ranges_give_the_list_of_the_whole(
    seed: int, voters: int, universe: Universe, tie: int, blocks: int, batch_rows: int, range_rows: int
) -> None:
    county = make_county(seed, voters)
    expected = rank_universe(county, universe, seed=tie)
    with TemporaryDirectory() as folder:
        found, _ = stream(cut_blocks(county, blocks, seed), universe, tie, Path(folder), batch_rows, range_rows)
    pd.testing.assert_frame_equal(found.frame, expected.frame, check_exact=True)
    assert found.counts == expected.counts


def test_ties_of_ties_fall_to_the_voter_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should two hashes ever be equal, doors stay whole and the order is that of the ids."""
    monkeypatch.setattr("lists.selection.hash_ids", lambda ids, seed: np.zeros(len(ids), np.uint64))
    county = make_county(1, 80)
    found, lengths = stream(cut_blocks(county, 5, 1), ALIKE, 1, tmp_path, 3, 10)
    pd.testing.assert_frame_equal(found.frame, rank_universe(county, ALIKE, seed=1).frame)
    assert len(lengths) == 1


@pytest.mark.parametrize("universe", [EVERYBODY, ALIKE])
def test_ranges_are_short_however_many_are_alike(universe: Universe, tmp_path: Path) -> None:
    county = make_county(2, 20_000).assign(turnout=np.float32(0.5), support=np.float32(0.7))
    blocks, batch_rows, range_rows = 8, 32, 1_000
    found, lengths = stream(cut_blocks(county, blocks, 2), universe, 1, tmp_path, batch_rows, range_rows)
    assert sum(lengths) == len(found.frame) > 10_000
    assert max(lengths) <= range_rows + 2 * blocks * batch_rows
    assert len(lengths) >= sum(lengths) / range_rows - 1


def test_only_the_batches_of_a_range_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    county = make_county(3, 5_000)
    read: list[int] = []
    parse = pa.ipc.read_record_batch
    monkeypatch.setattr(pa.ipc, "read_record_batch", lambda *args: read.append(1) or parse(*args))
    found, lengths = stream(cut_blocks(county, 4, 3), EVERYBODY, 1, tmp_path, 50, 500)
    batches = len(found.frame) / 50
    assert len(read) <= batches + 4 * (2 * len(lengths) + 1)


def test_a_run_is_for_its_owner_only(tmp_path: Path) -> None:
    with create_piles(tmp_path / "piles") as file:
        write_pile(file, select(make_county(1, 50), GOTV, seed=1).table)
    assert (tmp_path / "piles").stat().st_mode & 0o777 == 0o600


def test_runs_of_nobody_are_no_voters(tmp_path: Path) -> None:
    with create_piles(tmp_path / "piles") as file:
        pile = write_pile(file, SELECTED.empty_table())
    assert list(read_in_order([pile, pile], SELECTED)) == list(read_in_order([], SELECTED)) == []
