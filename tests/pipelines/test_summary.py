from dataclasses import replace
from io import StringIO
from typing import Any

from rich.console import Console

from data.snapshots import open_snapshot
from pipelines.pipeline import Pipeline
from pipelines.summary import show_summary, summary_to_json


def printed(done: Any, **changed: Any) -> str:
    pipeline = Pipeline(done.run, None, done.training, done.scoring, done.release)
    for name, value in changed.items():
        setattr(pipeline, name, value)
    text = StringIO()
    show_summary(Console(file=text, width=110), pipeline, open_snapshot(done.run.campaign))
    return text.getvalue()


def test_a_person_reads_rows_models_rules_lists_and_where_they_are(done: Any) -> None:
    text = printed(done)
    gotv = done.release.lists["gotv"]
    assert "6,000 voters" in text and f"{done.scoring.scored:,} voters" in text
    assert "Nov 2022, held out whole" in text and "plain logistic" in text
    assert f"{gotv.rows:,}" in text and "published" in text
    assert "persuasion: not made: no experiment" in text
    assert "propensity pull gotv --out gotv.csv" in text
    assert max(map(len, text.splitlines())) <= 110


def test_a_run_that_changed_nothing_says_so(done: Any) -> None:
    text = printed(done, release=replace(done.release, already=True), before=done.release)
    assert "unchanged" in text and "published lists stay as they are" in text


def test_what_was_not_trained_says_why(without_survey: Any) -> None:
    text = printed(without_survey)
    assert "support: no survey answers yet" in text
    assert "gotv: not made: no support score" in text


def test_machines_get_the_same_figures(done: Any) -> None:
    found = summary_to_json(Pipeline(done.run, None, done.training, done.scoring, done.release))
    assert found["voters"] == found["scored"] + sum(found["excluded"].values())
    assert found["gates"]["turnout"]["used"] == "model"
    assert {one["name"] for one in found["lists"]} == set(done.release.lists)
    assert found["refused"]["persuasion"]
