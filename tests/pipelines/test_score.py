import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.campaign import open_campaign
from data.elections import Election
from data.errors import InputError, PropensityError
from data.imports import import_voters
from data.mapping import read_mapping
from data.parts import has_part, read_part
from data.snapshots import open_snapshot
from data.storage import Folder
from lists.take import take_list
from lists.universes import UNIVERSES
from models.profiles import profile_features
from models.scoring import score_voters
from pipelines import score
from pipelines.balance import add_up
from pipelines.engine import one_by_one
from pipelines.model_store import load_models, store_model
from pipelines.plan import Plan, store_plan
from pipelines.publish import publish_lists
from pipelines.records import read_scoring, read_training, training_path, write_record
from pipelines.run import Run
from pipelines.score import gather_coming, score_campaign, suspect_file
from pipelines.score_file import read_scores
from pipelines.scorer import Scorer

EXCHANGED = {"birth_date": "registration_date", "registration_date": "birth_date"}


def test_every_voter_is_scored_or_excluded_with_a_reason(done: Any, county: Any) -> None:
    scoring = done.scoring
    assert scoring.voters == len(county.voters) == scoring.scored + sum(scoring.excluded.values())
    assert {"deceased", "moved", "under_age"} <= set(scoring.excluded)
    assert scoring.scored == (county.truth["turnout"] > 0).sum()
    assert read_scoring(done.run.campaign.root) == scoring


def test_scores_are_float32_chances_one_a_voter(done: Any) -> None:
    table = read_scores(done.run.campaign)[1].to_pandas()
    assert table["voter_id"].is_unique and len(table) == done.scoring.scored
    for name in ("turnout", "support"):
        assert table[name].dtype == np.float32
        assert table[name].between(0, 1).all()
        assert table[name].mean() == pytest.approx(done.scoring.means[name], abs=1e-5)


def test_the_scores_do_not_depend_on_how_the_file_is_cut(done: Any) -> None:
    run, models = done.run, load_models(done.run.campaign)
    snapshot = open_snapshot(run.campaign)
    whole = [read_part(run.campaign.root / "scores", digest).to_pandas() for digest in done.scoring.parts]
    surroundings = gather_coming(run, snapshot, models)
    table = whole[0].set_index("voter_id")
    (part,) = snapshot.parts
    block = snapshot.read_voters(part)
    doors = block["household_id"].astype(object)
    cut = next(i for i in range(len(block) // 2, len(block)) if doors[i] != doors[i - 1])
    for piece in (block.iloc[:cut], block.iloc[cut:]):
        scores = score_voters(piece.reset_index(drop=True), models, surroundings).set_index("voter_id")
        for name in models:
            np.testing.assert_array_equal(scores[name], table.loc[scores.index, name])


def test_a_missing_voter_stops_the_run(done: Any) -> None:
    snapshot = replace(open_snapshot(done.run.campaign), voters=done.scoring.voters + 1)
    with pytest.raises(PropensityError, match="came out of scoring"):
        add_up(done.run, snapshot, {}, [])


def test_a_damaged_model_is_never_used(done: Any, tmp_path: Any) -> None:
    digest = done.scoring.models["turnout"]
    path = done.run.campaign.root / "models" / f"{digest}.json"
    content = path.read_bytes()
    try:
        path.write_bytes(content.replace(b"0.1", b"0.2", 1))
        with pytest.raises(InputError, match=digest):
            load_models(done.run.campaign)
    finally:
        path.write_bytes(content)


def test_scoring_again_leaves_no_old_files(done: Any) -> None:
    stray = done.run.campaign.root / "scores" / "0ld.parquet"
    stray.touch()
    notes = done.run.campaign.root / "scores" / "notes"
    notes.mkdir()
    again = score_campaign(done.run, one_by_one)
    assert not stray.exists() and notes.is_dir()
    notes.rmdir()
    assert again.parts == done.scoring.parts


def test_what_did_not_change_is_not_scored_again(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scorer, "score_anew", None)
    monkeypatch.setattr(score, "make_plan", None)
    again = score_campaign(done.run, one_by_one)
    assert again.reused == again.voters and again.plan == done.scoring.plan
    assert replace(again, seconds=0.0, reused=0) == replace(done.scoring, seconds=0.0)


def test_after_a_kill_only_what_is_missing_is_scored(copied: Run, done: Any) -> None:
    """The record is written last: without it, and without one of the files, a scoring was killed in the middle."""
    scores = copied.campaign.root / "scores"
    (scores / "scoring.json").unlink()
    assert score_campaign(copied, one_by_one).reused == done.scoring.voters
    (scores / f"{done.scoring.parts[0]}.parquet").write_bytes(b"half")
    again = score_campaign(copied, one_by_one)
    assert again.reused == 0 and again.parts == done.scoring.parts and has_part(scores, again.parts[0])


def test_other_models_or_another_election_day_are_scored_anew(copied: Run) -> None:
    root = copied.campaign.root
    training, before = read_training(root), read_scoring(root).means["turnout"]
    shifted = store_model(copied.campaign, load_models(copied.campaign)["turnout"].shifted(0.5))
    outcomes = dict(training.outcomes)
    outcomes["turnout"] = replace(outcomes["turnout"], digest=shifted)
    write_record(training_path(root), replace(training, outcomes=outcomes))
    again = score_campaign(copied, one_by_one)
    assert again.reused == 0 and again.means["turnout"] > before + 0.02
    later = replace(copied.campaign, election=Election(date(2026, 11, 10), "general"))
    assert score_campaign(replace(copied, campaign=later), one_by_one).reused == 0


def test_without_models_everybody_eligible_counts_and_nobody_has_a_score(done: Any, tmp_path: Any) -> None:
    snapshot = open_snapshot(done.run.campaign)
    plan = Plan({}, gather_coming(done.run, snapshot, {}), pd.DataFrame())
    scorer = Scorer(Folder(snapshot.parts_folder), Folder(tmp_path), store_plan(tmp_path, plan))
    part = scorer.score_part(snapshot.parts[0])
    assert part.rows - sum(part.excluded.values()) == done.scoring.scored
    assert "turnout" not in read_part(tmp_path, part.digest).column_names


@pytest.fixture
def copied(done: Any, tmp_path: Path) -> Run:
    """The run again, in a copy of the campaign."""
    shutil.copytree(done.run.campaign.root, tmp_path / "copied")
    return replace(done.run, campaign=open_campaign(tmp_path / "copied"))


@pytest.fixture
def import_again(done: Any, files: dict[str, Path], tmp_path: Path) -> Any:
    """A function that imports a changed voter file into a copy of the campaign; a run of it."""

    def import_again(change: Any) -> Run:
        root = tmp_path / "copy"
        shutil.copytree(done.run.campaign.root, root)
        campaign = open_campaign(root)
        change(pd.read_csv(files["voters"], dtype=str)).to_csv(tmp_path / "v.csv", index=False)
        import_voters(campaign, tmp_path / "v.csv", mapping=read_mapping(files["mapping"]), today=date(2026, 10, 2))
        return replace(done.run, name="2026-10-02.1", campaign=campaign)

    return import_again


def test_two_exchanged_columns_are_seen_and_nothing_is_built_on_them(import_again: Any, done: Any) -> None:
    run = import_again(lambda voters: voters.rename(columns=EXCHANGED))
    scoring = score_campaign(run, one_by_one)
    assert scoring.suspicions and read_scoring(run.campaign.root) == scoring
    assert "check that no columns were exchanged" in " ".join(scoring.suspicions)
    release = publish_lists(run, one_by_one)
    built_on_scores = {universe.name for universe in UNIVERSES if universe.needs} & set(done.release.lists)
    assert len(built_on_scores) == 4
    for name in built_on_scores:
        assert release.lists[name] == done.release.lists[name]
        assert scoring.suspicions[0] in release.refused[name]
    assert len(take_list(run.campaign, "gotv", top=10)) == 10


def test_a_lost_column_is_named(import_again: Any) -> None:
    run = import_again(lambda voters: voters.drop(columns="birth_date"))
    scoring = score_campaign(run, one_by_one)
    assert "values were lost: “age” (" in scoring.suspicions[0]


def test_other_columns_than_in_training_are_said(import_again: Any) -> None:
    run = import_again(lambda voters: voters)
    snapshot = open_snapshot(run.campaign)
    around = gather_coming(run, snapshot, load_models(run.campaign))
    narrow = profile_features(pd.DataFrame({"age": [1.0, 2.0]}), ()).to_json()
    training = replace(read_training(run.campaign.root), snapshot="earlier", profile=narrow)
    assert suspect_file(training, snapshot, around) == (
        "the file has other columns than the models were trained on: train again",
    )


def test_much_the_same_file_is_not_suspect(import_again: Any) -> None:
    """Nine voters in ten: another snapshot, and lists are renewed from it."""
    run = import_again(lambda voters: voters.iloc[: len(voters) * 9 // 10])
    scoring = score_campaign(run, one_by_one)
    assert scoring.snapshot != read_training(run.campaign.root).snapshot and scoring.suspicions == ()
    assert publish_lists(run, one_by_one).lists["gotv"].version == 2


def test_the_file_of_training_itself_and_one_without_a_profile_are_not_compared(done: Any) -> None:
    snapshot = open_snapshot(done.run.campaign)
    around = gather_coming(done.run, snapshot, load_models(done.run.campaign))
    assert suspect_file(done.training, snapshot, around) == ()
    assert suspect_file(replace(done.training, snapshot="earlier", profile=None), snapshot, around) == ()
