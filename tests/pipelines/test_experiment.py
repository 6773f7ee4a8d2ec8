import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.errors import GateRefused, InputError, UsageError
from data.experiments import Roles
from data.snapshots import open_snapshot
from pipelines import cli
from pipelines.experiment import Studied, run_experiment
from pipelines.run import Run
from pipelines.settings import read_settings

ROLES = Roles("mailed", "voted")


@dataclass(frozen=True)
class Trial:
    """A campaign's run, and its voters in an invented experiment: doors drawn, the young of party DEM moved."""

    run: Run
    rows: pd.DataFrame
    moved: np.ndarray
    doors: np.ndarray

    def write(self, folder: Path, **changed: Any) -> Path:
        self.rows.assign(**changed).to_csv(folder / "trial.csv", index=False)
        return folder / "trial.csv"

    def study(self, folder: Path, roles: Roles = ROLES, **options: Any) -> Studied:
        changed = options.pop("changed", {})
        return run_experiment(self.run, self.write(folder, **changed), roles, **{"day": None, **options})


@pytest.fixture(scope="module")
def trial(done: Any, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    campaign = done.run.campaign
    snapshot = open_snapshot(campaign)
    voters = pd.concat([snapshot.read_voters(part) for part in snapshot.parts]).iloc[:2_000]
    rng = np.random.default_rng(1)
    door = pd.factorize(voters["household_id"].astype(object).where(voters["household_id"].notna(), voters["voter_id"]))
    mailed = rng.permutation(np.arange(len(door[1])) % 2)[door[0]]
    moved = np.where(voters["party"] == "DEM", 0.45, 0.0)
    voted = rng.random(len(voters)) < 0.3 + mailed * moved
    rows = pd.DataFrame({"voter_id": voters["voter_id"].to_numpy(), "mailed": mailed, "voted": voted.astype(int)})
    shuffled = rng.permutation(len(rows))
    settings = read_settings({}, campaign=campaign.root)
    run = Run("experiment", campaign, settings, datetime(2026, 10, 1, tzinfo=UTC))
    return Trial(run, rows.iloc[shuffled].reset_index(drop=True), moved[shuffled], door[0][shuffled])


@pytest.fixture(scope="module")
def studied(trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> tuple[Studied, Path]:
    folder = tmp_path_factory.mktemp("studied")
    return trial.study(folder, out=folder / "moved.csv"), folder / "moved.csv"


def test_who_is_moved_is_found_among_the_campaigns_own_voters(trial: Trial, studied: tuple[Studied, Path]) -> None:
    found, out = studied
    assert found.study.verdict is not None and found.study.verdict.moved
    assert found.study.effect is not None
    assert found.study.effect.assigned.low < trial.moved.mean() < found.study.effect.assigned.high
    written = pd.read_csv(out, dtype={"voter_id": str})
    assert written.columns.tolist() == ["voter_id", "uplift"]
    assert written["voter_id"].tolist() == trial.rows["voter_id"].tolist()
    assert written["uplift"][trial.moved > 0].mean() > 0.25 > 0.1 > written["uplift"][trial.moved == 0].mean()


def test_what_was_found_is_stored_for_its_owner_and_tells_of_nobody(
    trial: Trial, studied: tuple[Studied, Path]
) -> None:
    path = studied[0].path
    assert path.parent == trial.run.campaign.root / "experiments" and len(path.stem) == 12
    assert path.stat().st_mode & 0o077 == 0 and path.parent.stat().st_mode & 0o077 == 0
    stored = json.loads(path.read_text())
    assert stored["columns"] == {"assigned": "mailed", "outcome": "voted"} and stored["as_of"] == "2026-11-03"
    assert stored["verdict"]["moved"] and "moved" not in stored
    assert not set(trial.rows["voter_id"]) & set(path.read_text().split('"'))


def test_without_a_gain_nobody_is_written(trial: Trial, tmp_path: Path) -> None:
    voted = np.random.default_rng(2).integers(0, 2, len(trial.rows))
    found = trial.study(tmp_path, changed={"voted": voted}, out=tmp_path / "moved.csv")
    assert found.study.verdict is not None and not found.study.verdict.moved
    assert not (tmp_path / "moved.csv").exists()


def test_whom_volunteers_chose_is_refused_and_the_reason_stored(trial: Trial, tmp_path: Path) -> None:
    with pytest.raises(GateRefused, match="no randomised experiment") as caught:
        trial.study(tmp_path, changed={"mailed": (trial.moved > 0).astype(int)})
    assert "party" in caught.value.reasons[0]
    named = str(caught.value).split("(")[1].split(")")[0]
    stored = json.loads((trial.run.campaign.root / "experiments" / named).read_text())
    assert stored["effect"] is None and stored["randomisation"]["against"]


def test_features_that_know_the_outcome_are_refused_with_the_remedy(trial: Trial, tmp_path: Path) -> None:
    """The outcome is the vote of November 2024: as of 2026 the features know it, as of its day they do not."""
    snapshot = open_snapshot(trial.run.campaign)
    last = max(election for election in snapshot.calendar if election.date.year == 2024)
    at = snapshot.calendar.index(last)
    voters = pd.concat([snapshot.read_voters(part) for part in snapshot.parts]).set_index("voter_id")
    bits = voters.loc[trial.rows["voter_id"], f"voted_{at // 64}"].to_numpy(np.uint64)
    voted = ((bits >> np.uint64(at % 64)) & np.uint64(1)).astype(int)
    with pytest.raises(InputError, match=r"column 'voted': the feature 'voted_last.*--date"):
        trial.study(tmp_path, changed={"voted": voted})
    found = trial.study(tmp_path, changed={"voted": voted}, day=last.date)
    assert found.as_of == last.date and found.study.effect is not None


def test_contact_cluster_and_block_are_read_from_their_columns(trial: Trial, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    changed = {
        "seen": trial.rows["mailed"] * (rng.random(len(trial.rows)) < 0.5),
        "town": np.where(trial.doors % 3 == 0, "A", "B"),
        "team": trial.doors,
    }
    found = trial.study(tmp_path, Roles("mailed", "voted", "seen", "team", "town"), changed=changed)
    assert found.study.randomisation.blocks == 2 and found.study.randomisation.clusters == trial.doors.max() + 1
    assert found.study.effect is not None and found.study.effect.contact is not None
    assert found.study.effect.contact.value == pytest.approx(0.5, abs=0.06)


def test_a_block_that_divides_the_arms_is_named(trial: Trial, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="column 'town': no block has both"):
        trial.study(tmp_path, Roles("mailed", "voted", block="town"), changed={"town": trial.rows["mailed"]})


@pytest.mark.parametrize(("name", "told"), [("moved.xlsx", "must end in .csv"), ("no/moved.csv", "no such folder")])
def test_a_file_that_cannot_be_written_is_known_before_anything_is_done(
    trial: Trial, tmp_path: Path, name: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        trial.study(tmp_path, out=tmp_path / name)


def test_a_day_without_an_election_is_of_the_campaigns_kind(trial: Trial, tmp_path: Path) -> None:
    assert trial.study(tmp_path, day=date(2025, 5, 1)).as_of == date(2025, 5, 1)


def test_the_command_answers_in_one_line_and_refuses_with_4(
    trial: Trial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "moved.csv"
    words = ["experiment", trial.write(tmp_path), "--assigned", "mailed", "--outcome", "voted", "--out", out]
    words += ["--date", "2026-11-03", "--campaign", trial.run.campaign.root, "--json"]
    monkeypatch.setattr(sys, "argv", ["propensity", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert not ended.value.code and told["written"] == str(out) and out.exists()
    assert told["verdict"]["moved"] and set(told["rankings"]) == {"uplift model", "closest to 50 %", "turnout score"}
    trial.write(tmp_path, mailed=(trial.moved > 0).astype(int))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 4 and "no randomised experiment" in capsys.readouterr().err
