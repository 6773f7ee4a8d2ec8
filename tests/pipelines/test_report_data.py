from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lists.ranking import Counts, RankedList
from lists.universes import UNIVERSES
from lists.versions import Release, publish
from pipelines.figures import Figures
from pipelines.records import read_training
from pipelines.report import render_report, write_report
from pipelines.report_data import compare_lists, gather_report

GOTV = next(universe for universe in UNIVERSES if universe.name == "gotv")


def release_of(folder: Path, key: str, voters: list[str], when: Any) -> Release:
    frame = pd.DataFrame({"rank": range(1, len(voters) + 1), "voter_id": voters})
    ranked = RankedList(GOTV, frame, Counts(len(voters), len(voters), {}, 0, 0, len(voters), len(voters)))
    return publish(folder, {"gotv": ranked}, campaign_uuid="u", run_key=key, provenance={}, today=when, refused={})


def before_with(release: Release) -> Figures:
    return Figures("2026-09-30.1", "s", 3, release.digest, {})


def test_a_report_gathers_what_the_run_left(done: Any) -> None:
    data = gather_report(done.run)
    assert (data.campaign, data.voters, data.run) == ("Larkmoor", 6_000, "2026-10-01.1")
    assert data.training == read_training(done.run.campaign.root) and data.scoring == done.scoring
    assert [one.now.name for one in data.lists] == ["gotv", "undecided", "base", "volunteer_ask", "survey_next"]
    assert {one["kind"] for one in data.imports} == {"voters", "history", "survey", "results"}
    assert data.before is None


@pytest.mark.parametrize("campaign", ["done", "without_survey", "without_history"])
def test_every_campaign_has_a_page(campaign: str, request: pytest.FixtureRequest) -> None:
    page = render_report(gather_report(request.getfixturevalue(campaign).run))
    assert page.count("<section") >= 8


def test_no_person_is_in_the_page_or_in_the_figures(done: Any, files: dict[str, Path], tmp_path: Path) -> None:
    page = write_report(tmp_path, gather_report(done.run))
    text = page.read_text() + page.with_suffix(".json").read_text()
    voters = pd.read_csv(files["voters"], dtype=str)
    personal = ("voter_id", "first_name", "last_name", "address", "phone", "email", "birth_date")
    words = {word for column in personal for word in voters[column].dropna() if len(word) > 2}
    words |= set(pd.read_csv(files["survey"], dtype=str)["canvasser_id"].dropna())
    assert len(words) > 10_000
    found = set(text.replace("<", " ").replace(">", " ").replace(",", " ").replace(".", " ").split())
    assert found & words == set()
    assert [word for word in words if " " in word and word in text] == []


def test_the_next_report_is_compared_with_this_one(done: Any, tmp_path: Path) -> None:
    first = gather_report(done.run)
    (reports := done.run.campaign.root / "reports").mkdir()
    try:
        write_report(done.run.campaign.root, first)
        data = gather_report(replace(done.run, name="2026-10-01.2"))
    finally:
        for path in reports.iterdir():
            path.unlink()
        reports.rmdir()
    assert data.before == first.in_short()
    assert {(one.entered, one.left, one.renewed) for one in data.lists} == {(0, 0, False)}
    assert "the same data" in render_report(data)


def test_who_entered_left_and_stayed_is_counted(done: Any, tmp_path: Path) -> None:
    first = release_of(tmp_path, "1", ["a", "b", "c"], done.run.started)
    second = release_of(tmp_path, "2", ["c", "d", "e", "a"], done.run.started)
    [change] = compare_lists(tmp_path, second, before_with(first))
    assert (change.entered, change.left, change.stayed, change.renewed) == (2, 1, 2, True)


def test_a_list_that_was_not_there_before_is_new(done: Any, tmp_path: Path) -> None:
    first = release_of(tmp_path, "1", ["a"], done.run.started)
    [change] = compare_lists(tmp_path, first, None)
    assert (change.before, change.entered, change.renewed) == (None, None, True)
