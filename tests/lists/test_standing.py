"""Where one voter stands in the live lists."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from lists.ranking import rank_universe
from lists.standing import find_standings, why_absent
from lists.universes import BASE, GOTV, SURVEY_NEXT, VOLUNTEER_ASK
from lists.versions import publish


@pytest.fixture
def folder(candidates: pd.DataFrame, tmp_path: Path) -> Path:
    publish(
        tmp_path,
        {one.name: rank_universe(candidates, one, seed=1) for one in (GOTV, BASE)},
        campaign_uuid="c",
        run_key="k",
        provenance={},
        today=datetime(2026, 10, 1, tzinfo=UTC),
        refused={},
    )
    return tmp_path


def test_a_rank_is_that_of_the_live_version(folder: Path, candidates: pd.DataFrame) -> None:
    gotv, base = find_standings(folder, "V02", candidates)
    assert (gotv.name, gotv.version, gotv.rank, gotv.people, gotv.why_not) == ("gotv", 1, 2, 5, "")
    assert (base.name, base.rank, base.why_not) == ("base", None, "support 62.0; the list takes 75 to 100")


def test_who_was_not_scored_is_in_no_list(folder: Path, candidates: pd.DataFrame) -> None:
    assert {one.why_not for one in find_standings(folder, "V99", candidates)} == {"not scored"}


def test_where_nothing_was_published_nobody_stands(tmp_path: Path, candidates: pd.DataFrame) -> None:
    assert find_standings(tmp_path, "V01", candidates) == ()


@pytest.mark.parametrize(
    ("voter", "universe", "why"),
    [
        ("V06", GOTV, "suppressed: moved"),
        ("V05", GOTV, "turnout 90.0; the list takes 10 to 80"),
        ("V07", GOTV, "wishes no walk"),
        ("V03", SURVEY_NEXT, "has answered already"),
        ("V02", SURVEY_NEXT, "others of the household or of the list come first"),
        ("V01", replace(GOTV, size=1), "others come first"),
        ("V08", VOLUNTEER_ASK, "wishes no call"),
    ],
)
def test_every_absence_has_its_reason(candidates: pd.DataFrame, voter: str, universe, why: str) -> None:
    assert why_absent(candidates[candidates["voter_id"] == voter], universe) == why


def test_a_score_that_lists_are_not_built_on_is_named(candidates: pd.DataFrame) -> None:
    one = candidates[candidates["voter_id"] == "V01"].drop(columns="support")
    assert why_absent(one, GOTV) == "no support score that lists are built on"
