import json
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.area_levels import AreaLevels
from data.campaign import hold, open_campaign
from pipelines import cli


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def say(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["propensity", *map(str, words)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Answer(code, *capsys.readouterr())

    return say


@pytest.fixture
def root(say: Any, tmp_path: Path) -> Path:
    made = say("init", tmp_path / "c", "--name", "Larkmoor", "--election", "2026-11-03", "--election-type", "general")
    assert made.code == 0
    return tmp_path / "c"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_campaign_is_made_once_and_for_its_owner_only(say: Any, root: Path) -> None:
    assert root.stat().st_mode & 0o077 == 0
    again = say("init", root, "--name", "Again", "--election", "2026-11-03", "--election-type", "general")
    assert again.code == 2 and "already holds a campaign" in again.err


def test_turnout_is_expected_overall_or_by_area(say: Any, tmp_path: Path) -> None:
    words = ("--name", "Larkmoor", "--election", "2026-11-03", "--election-type", "general", "--expected-turnout")
    assert say("init", tmp_path / "a", *words, "0.52").code == 0
    assert open_campaign(tmp_path / "a").expected_turnout == 0.52
    file = write(tmp_path / "expected.csv", "area_type,area,expected_turnout\nzip,01234,0.4\n")
    assert say("init", tmp_path / "b", *words, file).code == 0
    assert open_campaign(tmp_path / "b").expected_turnout_by == AreaLevels("zip", {"01234": 0.4})
    write(file, "area_type,area,expected_turnout\nzip,01234,40\n")
    bad = say("init", tmp_path / "c", *words, file)
    assert bad.code == 3 and "line 2, column 'expected_turnout'" in bad.err and not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["init", "d", "--name", "X", "--election", "2026-11-03", "--election-type", "festival"], "election type"),
        (["init", "d", "--name", "X", "--election", "3.11.2026", "--election-type", "general"], "--election"),
        (["import", "gossip", "file.csv"], "gossip"),
        (["run", "--only", "dance"], "dance"),
        (["pull", "gotv", "--out", "x.doc", "--format", "doc"], "doc"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_word(say: Any, root: Path, words: list[str], named: str) -> None:
    place = [] if words[0] in ("init", "frobnicate") else ["--campaign", root]
    answer = say(*words, *place)
    assert answer.code == 2 and named in answer.err


def test_where_there_is_no_campaign_the_remedy_is_named(say: Any, tmp_path: Path) -> None:
    answer = say("run", "--campaign", tmp_path, "--json")
    assert answer.code == 3 and "propensity init" in answer.err
    assert answer.json["exit_code"] == 3


def test_an_import_accounts_for_every_row(say: Any, root: Path, tmp_path: Path) -> None:
    file = write(
        tmp_path / "v.csv", "voter_id,status,precinct\n01,active,A\n,active,A\n01,active,A\n02,zombie,A\n03,,B\n"
    )
    report = say("import", "voters", file, "--campaign", root, "--json").json
    assert report["rows"] == 5 == report["accepted"] + report["quarantined"] + report["collapsed"]
    assert (report["accepted"], report["quarantined"], report["collapsed"]) == (2, 2, 1)
    quarantine = pd.read_csv(report["quarantine_file"], dtype=str)
    assert quarantine["line"].tolist() == ["3", "5"] and quarantine["column"].tolist() == ["voter_id", "status"]


def test_a_missing_column_is_named_with_the_nearest(say: Any, root: Path, tmp_path: Path) -> None:
    answer = say("import", "voters", write(tmp_path / "v.csv", "voterid,party\n1,DEM\n"), "--campaign", root)
    assert answer.code == 3
    assert "voter_id" in answer.err and "voterid" in answer.err


def test_the_same_file_again_is_a_no_op_that_says_so(say: Any, root: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "v.csv", "voter_id\n01\n02\n")
    first = say("import", "voters", file, "--campaign", root, "--json").json
    again = say("import", "voters", file, "--campaign", root, "--json").json
    assert again["already"] and not first["already"] and again["snapshot"] == first["snapshot"]


def test_a_held_campaign_is_busy(say: Any, done: Any) -> None:
    with hold(done.run.campaign):
        answer = say("run", "--only", "publish", "--campaign", done.run.campaign.root)
    assert answer.code == 5 and "is held by process" in answer.err


def test_a_file_with_two_columns_exchanged_is_refused_with_4_and_old_lists_stay(
    say: Any, done: Any, files: dict[str, Path], tmp_path: Path
) -> None:
    root = shutil.copytree(done.run.campaign.root, tmp_path / "copy")
    exchanged = {"birth_date": "registration_date", "registration_date": "birth_date"}
    pd.read_csv(files["voters"], dtype=str).rename(columns=exchanged).to_csv(tmp_path / "v.csv", index=False)
    place = ("--campaign", root, "--json")
    assert say("import", "voters", tmp_path / "v.csv", "--mapping", files["mapping"], *place).code == 0
    lists = {one["name"]: one for one in say("lists", *place).json if one["name"] != "survey_next"}
    for step in ("score", "publish"):
        answer = say("run", "--only", step, *place)
        assert answer.code == 4 and "check that no columns were exchanged" in answer.err
        assert "nothing was built on it, lists published before stay as they are" in answer.err
        report = Path(answer.json["report"])
        assert report == root / "reports" / f"{answer.json['run']}.html" and report.exists()
        assert say("report", *place).json["report"] == str(report)
    assert "the file is not distributed as in training" in answer.json["refused"]["gotv"]
    assert {one["name"]: one for one in answer.json["lists"] if one["name"] != "survey_next"} == lists
    assert len(lists) == 4 and {one["version"] for one in lists.values()} == {1}
    assert answer.json["warnings"] == []


def test_scores_are_written_with_their_models_and_as_of_date(say: Any, done: Any, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    answer = say("scores", "--out", out, "--campaign", done.run.campaign.root, "--json")
    table = pq.read_table(out)
    assert answer.json["rows"] == len(table) == done.scoring.scored
    assert [field.name for field in table.schema] == ["voter_id", "turnout", "support"]
    told = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert told["as_of"] == "2026-11-03" and told["gate turnout"] == "model"
    assert told["model turnout"] == done.scoring.models["turnout"]
    as_csv = say("scores", "--out", tmp_path / "scores.csv", "--campaign", done.run.campaign.root)
    assert as_csv.code == 0 and len(pd.read_csv(tmp_path / "scores.csv", dtype={"voter_id": str})) == len(table)
    assert say("scores", "--out", tmp_path / "scores.xls", "--campaign", done.run.campaign.root).code == 2


def test_lists_are_shown_and_pulled(say: Any, done: Any, tmp_path: Path) -> None:
    root = done.run.campaign.root
    assert {one["name"] for one in say("lists", "--campaign", root, "--json").json} == set(done.release.lists)
    answer = say("pull", "gotv", "--top", 50, "--out", tmp_path / "walk.csv", "--campaign", root, "--json")
    walk = pd.read_csv(tmp_path / "walk.csv", dtype=str)
    assert answer.json["rows"] == len(walk) == 50
    assert walk["rank"].tolist() == [str(rank) for rank in range(1, 51)]
    assert walk[["first_name", "last_name", "address", "precinct", "reasons"]].notna().all(axis=None)
    precinct = walk["precinct"].iloc[0]
    assert say("pull", "gotv", "--precinct", precinct, "--out", tmp_path / "p.csv", "--campaign", root).code == 0
    assert set(pd.read_csv(tmp_path / "p.csv", dtype=str)["precinct"]) == {precinct}


def test_a_list_that_is_not_there_says_why(say: Any, done: Any, tmp_path: Path) -> None:
    answer = say("pull", "persuasion", "--out", tmp_path / "x.csv", "--campaign", done.run.campaign.root)
    assert answer.code == 2 and "no experiment" in answer.err
    assert not (tmp_path / "x.csv").exists()


def test_only_voters_can_be_suppressed_and_only_for_a_known_reason(say: Any, without_survey: Any) -> None:
    root = without_survey.run.campaign.root
    assert say("suppress", "nobody", "--reason", "moved", "--campaign", root).code == 3
    say("pull", "survey_next", "--top", 1, "--out", root / "w.csv", "--campaign", root)
    someone = pd.read_csv(root / "w.csv", dtype=str)["voter_id"].item()
    assert say("suppress", someone, "--reason", "grudge", "--campaign", root).code == 2
    assert say("suppress", someone, "--reason", "moved", "--campaign", root).code == 0
    say("pull", "survey_next", "--out", root / "w.csv", "--campaign", root)
    assert someone not in set(pd.read_csv(root / "w.csv", dtype=str)["voter_id"])


def test_a_voter_is_explained_by_id(say: Any, done: Any, tmp_path: Path) -> None:
    root = done.run.campaign.root
    say("pull", "gotv", "--top", 1, "--out", tmp_path / "w.csv", "--campaign", root)
    someone = pd.read_csv(tmp_path / "w.csv", dtype=str)["voter_id"].item()
    found = say("explain", someone, "--campaign", root, "--json").json
    assert found["voter_id"] == someone and set(found["outcomes"]) == {"turnout", "support"}
    assert {"topic", "logit", "points", "words"} == set(found["outcomes"]["turnout"]["topics"][0])
    assert next(one["rank"] for one in found["lists"] if one["name"] == "gotv") == 1
    assert someone in say("explain", someone, "--campaign", root).out
    unknown = say("explain", "nobody", "--campaign", root)
    assert unknown.code == 3 and "nobody" in unknown.err


def test_a_bug_ends_with_1_and_tells_nothing_of_a_person(
    say: Any, done: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise KeyError("Ann Canary")

    monkeypatch.setattr("lists.take.take_list", broken)
    monkeypatch.delenv("PROPENSITY_LOG_LEVEL", raising=False)
    answer = say("pull", "gotv", "--out", tmp_path / "x.csv", "--campaign", done.run.campaign.root)
    assert answer.code == 1 and "a bug: KeyError" in answer.err
    assert "Canary" not in answer.err + answer.out


def test_the_report_of_the_last_run_is_named(say: Any, root: Path) -> None:
    missing = say("report", "--campaign", root)
    assert missing.code == 3 and "`propensity run` writes one" in missing.err
    (root / "reports").mkdir()
    for run in ("2026-09-14.9", "2026-09-14.10"):
        write(root / "reports" / f"{run}.html", "<!doctype html>")
    newest = root / "reports" / "2026-09-14.10.html"
    assert say("report", "--campaign", root).out == f"{newest}\n"
    assert say("report", "--campaign", root, "--json").json == {"report": str(newest), "run": "2026-09-14.10"}
