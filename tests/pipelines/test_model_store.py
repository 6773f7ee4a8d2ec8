from datetime import date
from pathlib import Path

import pytest

from data.campaign import Campaign, init_campaign
from data.elections import Election
from models.calibration import Line
from models.model import PropensityModel
from models.rates import FittedRate
from pipelines.model_store import load_models, load_trusted, store_model
from pipelines.records import OutcomeRecord, State, Training, training_path, write_record

COMING = Election(date(2026, 11, 3), "general")


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return init_campaign(tmp_path / "c", name="Larkmoor", election=COMING)


def model_of(outcome: str) -> PropensityModel:
    return PropensityModel(outcome, ("age",), ((1.0, FittedRate(None, 0.4, (), 0.4)),), Line(), {})


def record(campaign: Campaign, **states: State) -> None:
    outcomes = {
        name: OutcomeRecord(state, (), None if state == "skipped" else store_model(campaign, model_of(name)))
        for name, state in states.items()
    }
    write_record(training_path(campaign.root), Training("1", "s", COMING, 1, outcomes))


def test_what_is_stored_is_loaded(campaign: Campaign) -> None:
    record(campaign, turnout="model", support="refused")
    assert load_models(campaign) == {"turnout": model_of("turnout"), "support": model_of("support")}


def test_only_models_on_which_lists_may_be_built_are_trusted(campaign: Campaign) -> None:
    record(campaign, turnout="model", support="rule", asked="refused", other="skipped")
    assert set(load_trusted(campaign)) == {"turnout", "support"}


def test_before_the_first_training_none_is_trusted(campaign: Campaign) -> None:
    assert load_trusted(campaign) == {}
