"""What a run may be told through the environment. Nothing else of `propensity` reads it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import UsageError

VARIABLES: Mapping[str, str] = {
    "campaign": "PROPENSITY_CAMPAIGN",
    "seed": "PROPENSITY_SEED",
    "log_level": "PROPENSITY_LOG_LEVEL",
    "prefect_api_url": "PREFECT_API_URL",
    "mlflow_tracking_uri": "MLFLOW_TRACKING_URI",
}


class Settings(BaseModel):
    """Where the campaign is, the seed of its draws, and the servers a run uses instead of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaign: Path = Field(default_factory=Path.cwd, description="the campaign folder")
    seed: int = Field(default=1, ge=0, description="the seed of every random draw")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="WARNING", description="for standard error")
    prefect_api_url: str | None = Field(default=None, description="a Prefect server; none: one of the run's own")
    mlflow_tracking_uri: str | None = Field(default=None, description="an MLflow server; none: the campaign's SQLite")


def read_settings(environ: Mapping[str, str], *, campaign: Path | None = None) -> Settings:
    """The settings that `environ` states; a `campaign` given here wins over PROPENSITY_CAMPAIGN.

    An empty variable counts as not set. The campaign folder comes back absolute; it need not exist.
    Raises UsageError naming every variable that cannot be used, never its value.
    """
    stated: dict[str, object] = {
        name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)
    }
    if campaign is not None:
        stated["campaign"] = campaign
    try:
        settings = Settings.model_validate(stated)
    except ValidationError as error:
        raise UsageError(describe_faults(error)) from None
    return settings.model_copy(update={"campaign": settings.campaign.expanduser().absolute()})


def describe_faults(error: ValidationError) -> str:
    """One line a variable that cannot be used, with the rule it breaks."""
    faults = (f"{VARIABLES[str(fault['loc'][0])]}: {fault['msg']}" for fault in error.errors())
    return "\n".join(["settings in the environment cannot be used:", *(f"  - {fault}" for fault in faults)])
