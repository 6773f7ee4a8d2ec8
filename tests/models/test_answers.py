from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.elections import Election
from features.feature import Feature
from features.household import door_keys
from features.matrix import build_features
from features.outcomes import SupportLabels
from models.answers import gather_answers

GENERALS = tuple(Election(date(year, 11, 3), "general") for year in (2020, 2022, 2024))
MIDTERM = Election(date(2026, 11, 3), "general")


@pytest.fixture
def block(voters: Any) -> Any:
    return voters(50, GENERALS)


@pytest.fixture
def surroundings(block: Any, around: Any) -> Any:
    return around([block], GENERALS, MIDTERM)[MIDTERM]


def labels(**sides: float) -> SupportLabels:
    return SupportLabels(pd.Series(sides, dtype=np.float64).rename_axis("voter_id"), {})


def test_an_answer_becomes_a_row_of_its_voter_as_of_the_coming_election(block: Any, surroundings: Any) -> None:
    data = gather_answers([block], labels(v30=0.0, v7=1.0), surroundings)
    assert data is not None
    assert data.features.index.tolist() == ["v7", "v30"] and data.label.tolist() == [1.0, 0.0]
    whole = build_features(block, as_of=MIDTERM.date, surroundings=surroundings)
    pd.testing.assert_frame_equal(data.features, whole.loc[["v7", "v30"]])
    assert data.features["elections_on_rolls"].tolist() == [3.0, 3.0]
    np.testing.assert_array_equal(data.household, door_keys(block)[[7, 30]].view(np.int64))
    assert set(data.weight) == {1.0} and set(data.era) == {0}
    assert "party" in data.categories


def test_blocks_may_be_cut_anywhere_between_doors(block: Any, surroundings: Any) -> None:
    said = labels(v3=1.0, v9=0.0, v10=1.0, v44=0.0)
    whole = gather_answers([block], said, surroundings)
    cut = gather_answers([block[:10], block[10:20], block[20:]], said, surroundings)
    assert whole is not None and cut is not None
    pd.testing.assert_frame_equal(cut.features, whole.features)
    np.testing.assert_array_equal(cut.label, whole.label)
    np.testing.assert_array_equal(cut.household, whole.household)


def test_answers_of_nobody_in_the_file_are_not_there(block: Any, surroundings: Any) -> None:
    found = gather_answers([block], labels(v3=1.0, stranger=0.0), surroundings)
    assert found is not None and found.features.index.tolist() == ["v3"]
    assert gather_answers([block], labels(stranger=0.0), surroundings) is None
    assert gather_answers([block], labels(), surroundings) is None


def test_a_feature_to_be_tried_comes_last(block: Any, surroundings: Any) -> None:
    number = Feature("number", "its number", lambda scene: scene.view.voters["voter_id"].str[1:].astype(float))
    data = gather_answers([block], labels(v30=0.0, v7=1.0), surroundings, added=(number,))
    assert data is not None and data.features.iloc[:, -1].rename(None).to_dict() == {"v7": 7.0, "v30": 30.0}
