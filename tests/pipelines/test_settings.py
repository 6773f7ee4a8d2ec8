from pathlib import Path

import pytest
from pydantic import ValidationError

from data.errors import UsageError
from pipelines.settings import VARIABLES, Settings, read_settings


def test_an_empty_environment_means_this_folder_and_servers_of_its_own() -> None:
    settings = read_settings({})
    assert settings.campaign == Path.cwd()
    assert settings.seed == 1
    assert settings.prefect_api_url is None
    assert settings.mlflow_tracking_uri is None


def test_the_environment_is_read_and_typed(tmp_path: Path) -> None:
    settings = read_settings(
        {"PROPENSITY_CAMPAIGN": str(tmp_path), "PROPENSITY_SEED": "7", "PROPENSITY_LOG_LEVEL": "DEBUG"}
    )
    assert (settings.campaign, settings.seed, settings.log_level) == (tmp_path, 7, "DEBUG")


def test_a_given_campaign_wins_over_the_environment(tmp_path: Path) -> None:
    assert read_settings({"PROPENSITY_CAMPAIGN": "/elsewhere"}, campaign=tmp_path).campaign == tmp_path


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings({"PREFECT_API_URL": "", "PROPENSITY_SEED": ""}) == read_settings({})


def test_the_campaign_folder_is_absolute() -> None:
    assert read_settings({}, campaign=Path("here")).campaign == Path.cwd() / "here"


def test_every_fault_is_named_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(UsageError) as caught:
        read_settings({"PROPENSITY_LOG_LEVEL": "many-secret", "PROPENSITY_SEED": "-1"})
    assert "PROPENSITY_LOG_LEVEL" in str(caught.value)
    assert "PROPENSITY_SEED" in str(caught.value)
    assert "many-secret" not in str(caught.value)


def test_settings_cannot_be_changed_and_every_one_has_a_variable() -> None:
    settings = read_settings({})
    with pytest.raises(ValidationError):
        settings.seed = 2
    assert set(VARIABLES) == set(Settings.model_fields)
