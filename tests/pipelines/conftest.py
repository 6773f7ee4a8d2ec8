from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.area_levels import AreaLevels
from data.campaign import Campaign, init_campaign
from data.composition import replace_voters
from data.elections import Election
from data.imports import import_history, import_results, import_survey, import_voters
from data.mapping import read_mapping
from data.snapshots import open_snapshot
from data.synthetic import County, synthesise_county, write_county
from lists.versions import Release
from pipelines.engine import one_by_one
from pipelines.publish import publish_lists
from pipelines.records import Scoring, Training
from pipelines.run import Run
from pipelines.score import score_campaign
from pipelines.score_file import read_scores
from pipelines.settings import read_settings
from pipelines.train import train_models

VOTERS = 6_000
STARTED = datetime(2026, 10, 1, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Done:
    """A campaign that was trained, scored and published without Prefect and MLflow."""

    run: Run
    training: Training
    scoring: Scoring
    release: Release


@pytest.fixture(scope="session")
def county() -> County:
    return synthesise_county(voters=VOTERS, seed=3)


@pytest.fixture(scope="session")
def files(county: County, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_county(county, tmp_path_factory.mktemp("county"))


def bring_in(root: Path, files: dict[str, Path], kinds: Iterable[str], **settings: Any) -> Campaign:
    """A campaign with the county's voters and these further files."""
    campaign = init_campaign(root, name="Larkmoor", election=Election(date(2026, 11, 3), "general"), **settings)
    today = date(2026, 9, 25)
    import_voters(campaign, files["voters"], mapping=read_mapping(files["mapping"]), today=today)
    brings = {"history": import_history, "survey": import_survey, "results": import_results}
    for kind in kinds:
        brings[kind](campaign, files[kind], today=today)
    return campaign


def run_of(campaign: Campaign, name: str = "2026-10-01.1") -> Run:
    return Run(name, campaign, read_settings({}, campaign=campaign.root), STARTED)


@pytest.fixture
def start() -> Callable[..., Run]:
    """A function that makes a campaign of files, as `bring_in` does, and a run of it."""
    return lambda *args, **settings: run_of(bring_in(*args, **settings))


@pytest.fixture(scope="session")
def in_parts(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of a campaign whose voters are in several parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(replace_voters.__kwdefaults__, "part_rows", 900)
        return run_of(bring_in(tmp_path_factory.mktemp("parts") / "campaign", files, ("history", "survey")))


def go(run: Run) -> Done:
    return Done(run, train_models(run, one_by_one), score_campaign(run, one_by_one), publish_lists(run, one_by_one))


@pytest.fixture(scope="session")
def done(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Done:
    root = tmp_path_factory.mktemp("whole") / "campaign"
    return go(run_of(bring_in(root, files, ("history", "survey", "results"))))


@pytest.fixture(scope="session")
def without_survey(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Done:
    root = tmp_path_factory.mktemp("unasked") / "campaign"
    return go(run_of(bring_in(root, files, ("history",), expected_turnout=0.42)))


@pytest.fixture(scope="session")
def by_area(county: County, files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A campaign that states the turnout of two precincts, and of one that is not there."""
    first, second = county.voters["precinct"].value_counts().index[:2]
    stated = AreaLevels("precinct", {str(first): 0.2, str(second): 0.7, "nowhere": 0.5})
    root = tmp_path_factory.mktemp("areas") / "campaign"
    return go(run_of(bring_in(root, files, ("history",), expected_turnout=stated)))


@pytest.fixture(scope="session")
def scores_by_area(by_area: Done) -> pd.DataFrame:
    """The turnout scores of that campaign by voter_id, beside each voter's precinct."""
    snapshot = open_snapshot(by_area.run.campaign)
    voters = pd.concat([snapshot.read_voters(part)[["voter_id", "precinct"]] for part in snapshot.parts])
    scores = read_scores(by_area.run.campaign)[1].to_pandas()
    return scores.merge(voters.astype(object), on="voter_id").set_index("voter_id")


@pytest.fixture(scope="session")
def without_history(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Done:
    root = tmp_path_factory.mktemp("historyless") / "campaign"
    return go(run_of(bring_in(root, files, ("survey",))))
