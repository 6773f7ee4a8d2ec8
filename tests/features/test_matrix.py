from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data.elections import Election
from features.matrix import FEATURES, category_columns, features_of, number_words
from features.vocabulary import learn_vocabulary

COMING = Election(date(2026, 11, 3), "general")


def test_one_row_a_voter_one_column_a_declared_feature(block: Any, as_of: Any) -> None:
    voters = block([{"voter_id": name, "income": 5.0} for name in ("c", "a", "b")])
    matrix = as_of([voters], COMING)
    assert list(matrix.index) == ["c", "a", "b"]
    assert list(matrix.columns) == [feature.name for feature in features_of({"income": "number"})]
    assert set(matrix.dtypes) == {np.dtype("float32")}
    assert matrix["extra_income"].tolist() == [5.0, 5.0, 5.0]


def test_every_feature_is_declared_once_and_says_what_it_means() -> None:
    names = [feature.name for feature in FEATURES]
    assert len(names) == len(set(names))
    assert all(feature.meaning and feature.meaning[0] != " " for feature in FEATURES)


def test_age_and_time_on_the_rolls_are_as_of_the_day(block: Any, as_of: Any) -> None:
    voters = block([{"born": "1976-11-03", "registered": "2016-11-03"}, {"born": None, "registered": "2027-01-01"}])
    matrix = as_of([voters], COMING)
    np.testing.assert_allclose(matrix["age"], [50.0, np.nan], atol=0.01)
    np.testing.assert_allclose(matrix["years_registered"], [10.0, np.nan], atol=0.01)


def test_words_are_numbered_by_frequency_and_the_rare_are_other() -> None:
    block = pd.DataFrame({"party": pd.Categorical(["REP"] * 30 + ["DEM"] * 40 + ["XYZ"] * 3 + [None])})
    words = learn_vocabulary([block], ["party"])["party"]
    assert words == ("DEM", "REP")
    numbered = number_words(pd.Series(["REP", "DEM", "XYZ", "NEW", None]), words)
    np.testing.assert_array_equal(numbered, np.array([2, 1, 0, 0, np.nan], np.float32))


def test_the_vocabulary_does_not_depend_on_blocks_or_codes() -> None:
    words = ["B"] * 25 + ["A"] * 25 + ["C"] * 60
    whole = [pd.DataFrame({"sex": pd.Categorical(words)})]
    cut = [pd.DataFrame({"sex": pd.Categorical(words[i::3], categories=["C", "B", "A"])}) for i in range(3)]
    assert learn_vocabulary(whole, ["sex"]) == learn_vocabulary(cut, ["sex"]) == {"sex": ("C", "A", "B")}


def test_a_category_is_a_column_of_the_voter_file(block: Any) -> None:
    columns = block([{}]).columns
    assert set(category_columns({})) <= set(columns)
    assert category_columns({"schooling": "category", "income": "number"})[-1] == "extra_schooling"
