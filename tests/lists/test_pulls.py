import pandas as pd
import pytest

from data.errors import UsageError
from lists.pulls import ALWAYS, pull_rows, select_rows
from lists.ranking import rank_universe
from lists.universes import GOTV

NOBODY = pd.DataFrame({"voter_id": [], "reason": []}, dtype="str")


@pytest.fixture
def ranked(candidates: pd.DataFrame) -> pd.DataFrame:
    return rank_universe(candidates, GOTV, seed=1).frame


@pytest.fixture
def contacts(candidates: pd.DataFrame) -> pd.DataFrame:
    ids = candidates["voter_id"]
    return pd.DataFrame(
        {
            "last_name": pd.Categorical("Name of " + ids),
            "first_name": "Sam",
            "address": "1 Main St",
            "unit": "",
            "city": "Springfield",
            "zip": "01234",
            "phone": None,
            "household_id": "not from here",
            "precinct": "not from here",
            "email": "sam@example.org",
        }
    ).set_index(ids)


def test_a_pull_has_what_a_volunteer_needs(ranked: pd.DataFrame, contacts: pd.DataFrame):
    rows = pull_rows(ranked, contacts, suppressed=NOBODY, top=2, version=7)
    assert rows.drop(columns="reasons").to_dict("records") == [
        {
            "rank": 1,
            "voter_id": "V01",
            "household_id": "H1",
            "first_name": "Sam",
            "last_name": "Name of V01",
            "address": "1 Main St",
            "city": "Springfield",
            "zip": "01234",
            "precinct": "012",
            "turnout_score": 50.0,
            "support_score": 90.0,
            "priority": 0.2,
            "list_version": 7,
            "precinct_rank": 1,
        },
        {
            "rank": 2,
            "voter_id": "V02",
            "household_id": "H1",
            "first_name": "Sam",
            "last_name": "Name of V02",
            "address": "1 Main St",
            "city": "Springfield",
            "zip": "01234",
            "precinct": "012",
            "turnout_score": 45.0,
            "support_score": 62.0,
            "priority": 0.0594,
            "list_version": 7,
            "precinct_rank": 2,
        },
    ]


def test_columns_without_a_value_are_left_out_but_never_the_contract(ranked: pd.DataFrame, contacts: pd.DataFrame):
    bare = ranked.assign(precinct=None, household_id=None, support_score=float("nan"))
    rows = pull_rows(bare, contacts[["last_name"]].head(0), suppressed=NOBODY, version=1)
    assert rows.columns.tolist() == list(ALWAYS)
    assert len(rows) == len(ranked)


def test_whoever_is_suppressed_by_now_is_left_out(ranked: pd.DataFrame, contacts: pd.DataFrame):
    gone = pd.DataFrame({"voter_id": ["V01", "V99"], "reason": ["opted_out", "moved"]}, dtype="str")
    rows = pull_rows(ranked, contacts, suppressed=gone, top=2, version=1)
    assert rows["voter_id"].tolist() == ["V02", "V03"]
    assert rows["rank"].tolist() == [2, 3]


def test_precincts_narrow_before_the_top_is_taken(ranked: pd.DataFrame):
    assert select_rows(ranked, suppressed=NOBODY, precincts=["014"], top=1)["voter_id"].tolist() == ["V04"]
    assert len(select_rows(ranked, suppressed=NOBODY, precincts=["012", "014"])) == 4
    assert len(select_rows(ranked, suppressed=NOBODY)) == 5


def test_selecting_twice_changes_nothing(ranked: pd.DataFrame):
    wishes = {"suppressed": NOBODY, "precincts": ["012"], "top": 2}
    once = select_rows(ranked, **wishes)
    pd.testing.assert_frame_equal(select_rows(once, **wishes), once)


def test_an_unknown_precinct_is_answered_with_the_nearest(ranked: pd.DataFrame):
    with pytest.raises(UsageError, match=r"no precinct '12' in this list. Did you mean: 012"):
        select_rows(ranked, suppressed=NOBODY, precincts=["12"])


def test_a_list_without_precincts_says_so(ranked: pd.DataFrame):
    with pytest.raises(UsageError, match="It has no precincts"):
        select_rows(ranked.assign(precinct=None), suppressed=NOBODY, precincts=["012"])


@pytest.mark.parametrize("top", [0, -5])
def test_top_must_be_a_number_of_people(ranked: pd.DataFrame, top: int):
    with pytest.raises(UsageError, match="at least 1"):
        select_rows(ranked, suppressed=NOBODY, top=top)
