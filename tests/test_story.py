"""Whole stories through the command line, each command a process of its own, as the analyst lives them."""

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.synthetic import synthesise_county, write_county

pytestmark = pytest.mark.story


def propensity(*words: object, campaign: Path | None = None, ok: int = 0) -> Any:
    place = ["--campaign", str(campaign)] if campaign else []
    command = [sys.executable, "-m", "pipelines.cli", *map(str, words), *place, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert ended.returncode == ok, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_county(synthesise_county(voters=4_000, seed=5), tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def night(county: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A campaign from its files to its first lists."""
    root = tmp_path_factory.mktemp("night") / "larkmoor"
    propensity("init", root, "--name", "Larkmoor", "--election", "2026-11-03", "--election-type", "general")
    propensity("import", "voters", county["voters"], "--mapping", county["mapping"], campaign=root)
    for kind in ("history", "survey", "results"):
        report = propensity("import", kind, county[kind], campaign=root)
        assert report["rows"] == report["accepted"] + report["quarantined"] + report["collapsed"]
    return root, propensity("run", campaign=root)


def test_a_night_ends_with_lists_a_person_can_walk_with(night: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    root, told = night
    assert told["voters"] == told["scored"] + sum(told["excluded"].values()) == 4_000
    assert {one["name"] for one in told["lists"]} >= {"gotv", "survey_next"}
    assert told["warnings"] == []
    propensity("pull", "gotv", "--top", 100, "--out", tmp_path / "walk.csv", campaign=root)
    walk = pd.read_csv(tmp_path / "walk.csv", dtype=str)
    assert len(walk) == 100 and walk[["first_name", "address", "reasons"]].notna().all(axis=None)
    together = walk["household_id"].ne(walk["household_id"].shift()).sum()
    assert together == walk["household_id"].nunique()


def test_the_next_night_with_nothing_new_publishes_nothing_new(night: tuple[Path, dict[str, Any]]) -> None:
    root, told = night
    again = propensity("run", campaign=root)
    assert again["run"] != told["run"]
    assert again["lists"] == told["lists"]
    assert {one["version"] for one in propensity("lists", campaign=root)} == {1}


def test_mlflow_knows_each_model_and_each_list_version(
    night: tuple[Path, dict[str, Any]], county: dict[str, Path]
) -> None:
    root, told = night
    with sqlite3.connect(root / "mlflow.db") as store:
        names = {name for (name,) in store.execute("select name from registered_models")}
        published = {
            name for (name,) in store.execute("select name from registered_model_aliases where alias = 'published'")
        }
        values = " ".join(value for (value,) in store.execute("select value from params union select value from tags"))
    expected = {"model-turnout", "model-support", *(f"list-{one['name']}" for one in told["lists"])}
    assert names == published == expected
    voters = pd.read_csv(county["voters"], dtype=str)["voter_id"]
    assert values and not any(voter in values for voter in voters)


def test_everything_in_the_folder_is_for_its_owner_only(night: tuple[Path, dict[str, Any]]) -> None:
    root, _ = night
    assert [path for path in (root, *root.rglob("*")) if path.stat().st_mode & 0o077] == []


def test_no_name_and_no_address_is_outside_of_the_contacts(
    night: tuple[Path, dict[str, Any]], county: dict[str, Path]
) -> None:
    """Names are told apart from other words by being in no other file: streets and last names of the county."""
    root, _ = night
    addresses = pd.read_csv(county["voters"], dtype=str)["address"].dropna().head(200)
    allowed = {"raw", "snapshots", "quarantine"}
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).parts[0] not in allowed:
            content = path.read_bytes()
            assert not any(address.encode() in content for address in addresses), path


def test_a_universe_selected_on_the_past_is_refused_and_nothing_is_built_on_it(tmp_path: Path) -> None:
    """Past votes that say nothing of the next one: the gate must not let a list come of it."""
    rng, n = np.random.default_rng(1), 5_000
    ids = [f"{i:06d}" for i in range(n)]
    pd.DataFrame({"voter_id": ids, "registration_date": "1999-01-01", "birth_year": 1960}).to_csv(
        tmp_path / "v.csv", index=False
    )
    days = ["2000-08-08", "2002-08-06", "2004-08-03"]
    voted = [
        pd.DataFrame({"voter_id": ids, "election_date": day, "election_type": "primary"})[rng.random(n) < 0.4]
        for day in days
    ]
    pd.concat(voted).to_csv(tmp_path / "h.csv", index=False)
    root = tmp_path / "trap"
    propensity("init", root, "--name", "Trap", "--election", "2006-08-08", "--election-type", "primary")
    propensity("import", "voters", tmp_path / "v.csv", campaign=root)
    propensity("import", "history", tmp_path / "h.csv", campaign=root)
    told = propensity("run", campaign=root, ok=4)
    assert told["gates"]["turnout"]["used"] == "refused"
    assert any("chance" in reason for reason in told["gates"]["turnout"]["reasons"])
    assert [one["name"] for one in told["lists"]] == ["survey_next"]
    assert propensity("scores", "--out", tmp_path / "s.parquet", campaign=root)["refused"] == ["turnout"]


def test_a_run_reaches_no_other_machine(night: tuple[Path, dict[str, Any]]) -> None:
    """In a network namespace with nothing but loopback a run does all it does elsewhere."""
    alone = shutil.which("ip") and subprocess.run(["unshare", "-n", "true"], check=False, capture_output=True)
    if not alone or alone.returncode:
        pytest.skip("a network namespace needs root, unshare and ip")
    root, _ = night
    run = f"exec {sys.executable} -m pipelines.cli run --only publish --campaign {root} --json"
    ended = subprocess.run(
        ["unshare", "-n", "sh", "-c", f"ip link set lo up; {run}"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1])["warnings"] == []
