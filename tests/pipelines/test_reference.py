from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.snapshots import open_snapshot
from features.eligibility import exclusion_reasons
from features.household import door_keys
from features.matrix import features_of
from pipelines.reference import read_reference
from pipelines.train import gather_surroundings

Reader = Callable[..., pd.DataFrame]


@pytest.fixture
def read(done: Any) -> Reader:
    snapshot = open_snapshot(done.run.campaign)
    coming = gather_surroundings(done.run, snapshot)[done.run.campaign.election]
    return lambda voters=20_000: read_reference(snapshot, coming, voters)


@pytest.fixture
def file(done: Any) -> pd.DataFrame:
    snapshot = open_snapshot(done.run.campaign)
    return pd.concat([snapshot.read_voters(part) for part in snapshot.parts]).set_index("voter_id", drop=False)


def test_of_a_small_file_all_who_may_be_scored_are_the_reference(read: Reader, done: Any, file: pd.DataFrame) -> None:
    found = read()
    assert len(found) == done.scoring.scored and found.index.is_unique
    assert (exclusion_reasons(file.loc[found.index], done.run.campaign.election) == "").all()
    assert list(found.columns) == [f.name for f in features_of(open_snapshot(done.run.campaign).extras)]


def test_of_a_large_file_about_so_many_are_read_and_no_household_in_part(read: Reader, file: pd.DataFrame) -> None:
    found, whole = read(voters=1_500), read()
    assert 1_100 < len(found) < 1_700
    doors = pd.Series(door_keys(file), index=file.index)
    inside = doors.isin(doors.loc[found.index]) & file.index.isin(whole.index)
    assert set(file.index[inside]) == set(found.index)
    pd.testing.assert_frame_equal(found, whole.loc[found.index])


def test_the_same_voters_are_chosen_each_time_and_more_of_them_if_more_are_asked_for(read: Reader) -> None:
    few, again, more = read(voters=1_000), read(voters=1_000), read(voters=3_000)
    pd.testing.assert_frame_equal(few, again)
    assert set(few.index) < set(more.index)


def test_the_sample_is_like_the_file(read: Reader) -> None:
    found, whole = read(voters=3_000), read()
    apart = (found["age"].mean() - whole["age"].mean()) / whole["age"].std()
    assert abs(float(apart)) < 4 / np.sqrt(len(found))
