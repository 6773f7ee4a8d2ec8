"""Candidates: everybody scored, and what was known of them when the run began."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.snapshots import open_snapshot
from lists.suppressions import suppress, suppressed
from pipelines.candidates import as_candidates, keep_candidates, read_answered, read_scored


def test_candidates_are_those_scored_by_their_places_in_the_file(done: Any, tmp_path: Path) -> None:
    root, snapshot = done.run.campaign.root, open_snapshot(done.run.campaign)
    voters = snapshot.read_voters(snapshot.parts[0])["voter_id"]
    some = voters.iloc[[3, 5]].tolist()
    barred = pd.DataFrame({"voter_id": some, "reason": ["moved", "other"]}, dtype="str")
    candidates = keep_candidates(root / "scores", ["turnout"], snapshot, barred, tmp_path)
    block = candidates.read(done.scoring.parts[0])
    assert len(block) == done.scoring.scored < len(voters)
    assert block["voter_id"].tolist() == voters[block.index].tolist()
    assert "turnout" in block and "support" not in block and "excluded" not in block
    assert set(block.loc[block["asked"], "voter_id"]) <= set(read_answered(snapshot).index)
    assert block["asked"].sum() > 100
    told = block.set_index("voter_id")["suppressed"]
    assert told[told != ""].to_dict() == {
        voter: reason for voter, reason in zip(some, ["moved", "other"], strict=True) if voter in told.index
    }


def test_a_suppression_during_the_run_waits_for_the_next(without_survey: Any, tmp_path: Path) -> None:
    campaign, scoring = without_survey.run.campaign, without_survey.scoring
    state = tmp_path / "state.sqlite"
    snapshot = open_snapshot(campaign)
    candidates = keep_candidates(campaign.root / "scores", ["turnout"], snapshot, suppressed(state), tmp_path)
    suppress(state, candidates.read(scoring.parts[0])["voter_id"].iloc[0], "moved", date(2026, 10, 1))
    assert set(candidates.read(scoring.parts[0])["suppressed"]) == {""}


def test_a_voter_who_comes_twice_is_an_error(
    without_survey: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign, scoring = without_survey.run.campaign, without_survey.scoring
    nobody = pd.DataFrame({"voter_id": [], "reason": []}, dtype="str")
    candidates = keep_candidates(campaign.root / "scores", [], open_snapshot(campaign), nobody, tmp_path)
    monkeypatch.setattr(
        "pipelines.candidates.read_scored", lambda *args: pd.concat([read_scored(*args), read_scored(*args).head(1)])
    )
    with pytest.raises(ValueError, match="1 candidates repeat"):
        candidates.read(scoring.parts[0])


def test_where_nobody_is_suppressed_nobody_is(without_survey: Any) -> None:
    scored = read_scored(without_survey.run.campaign.root / "scores", without_survey.scoring.parts[0], [])
    nobody = pd.DataFrame({"voter_id": [], "reason": []}, dtype="str").set_index("voter_id")
    candidates = as_candidates(scored, nobody, nobody["reason"])
    assert set(candidates["suppressed"]) == {""} and not candidates["asked"].any()
