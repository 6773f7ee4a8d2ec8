"""What the file says of the voter alone."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from data.contracts import SENSITIVE_WORDS
from data.elections import Election
from features.matrix import features_of
from features.person import FEATURES

COMING = Election(date(2026, 11, 3), "general")
NAN = float("nan")
MANY = 25


def test_neither_status_nor_flags_nor_sensitive_words_are_features() -> None:
    """A status is of today: `moved` and `inactive` give away who stayed home in an election before."""
    names = [feature.name for feature in features_of({})]
    assert [f.name for f in FEATURES] == ["age", "years_registered", "sex", "party", "county"]
    assert not [name for name in names if "status" in name or "do_not" in name or name == "household_id"]
    assert not [name for name in names if any(word in name for word in SENSITIVE_WORDS)]


@pytest.mark.parametrize("column", ["sex", "party", "county"])
def test_words_of_the_file_are_numbered_and_the_missing_is_missing(column: str, block: Any, as_of: Any) -> None:
    words = ["B"] * MANY + ["A"] * (MANY + 1) + ["rare"] + [None]
    found = as_of([block([{column: word} for word in words])], COMING)
    np.testing.assert_array_equal(found[column], [2.0] * MANY + [1.0] * (MANY + 1) + [0.0, NAN])
    others = [name for name in ("sex", "party", "county") if name != column]
    assert found[others].isna().all(axis=None)


def test_age_is_that_of_the_day_not_of_today(block: Any, as_of: Any) -> None:
    voter = block([{"born": "2000-11-03", "registered": "2018-11-03"}])
    then = as_of([voter], Election(date(2020, 11, 3), "general"))
    assert then["age"].item() == pytest.approx(20, abs=0.01)
    assert then["years_registered"].item() == pytest.approx(2, abs=0.01)
    assert as_of([voter], COMING)["age"].item() == pytest.approx(26, abs=0.01)


def test_who_registered_on_the_day_or_later_has_no_years_registered(block: Any, as_of: Any) -> None:
    days = ["2026-11-03", "2027-01-01", None, "2026-11-02"]
    years = as_of([block([{"registered": day} for day in days])], COMING)["years_registered"]
    assert years.isna().tolist() == [True, True, True, False]
