"""The terminal: what every command shares. How it finds its campaign, answers, and fails."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from data.campaign import Campaign, open_campaign
from data.errors import PropensityError
from pipelines.settings import Settings, read_settings

WIDTH_ELSEWHERE = 110

Folder = Annotated[Path | None, typer.Option("--campaign", help="The campaign folder.", show_default="here")]
Json = Annotated[bool, typer.Option("--json", help="End with one line of JSON for machines.")]


def open_console(*, quiet: bool = False) -> Console:
    """Standard output for people; wide enough for a table where no terminal says how wide it is."""
    return Console(highlight=False, quiet=quiet, width=None if sys.stdout.isatty() else WIDTH_ELSEWHERE)


def describe_bug(error: Exception) -> str:
    """What is known of an error that should not have happened; never its text, which may hold a person's data."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    return f"a bug: {where}. Published lists are unchanged. PROPENSITY_LOG_LEVEL=DEBUG shows more."


def fail(error: PropensityError, as_json: bool) -> None:
    """Say what is wrong on standard error, as JSON too where asked, and end."""
    sys.stderr.write(f"propensity: {error}\n")
    if as_json:
        details = list(getattr(error, "faults", ()) or getattr(error, "reasons", ()))
        say_json({"error": str(error).splitlines()[0], "details": details, "exit_code": error.exit_code})
    sys.exit(error.exit_code)


def say_json(found: Any) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(found, default=str) + "\n")


def find(folder: Path | None) -> tuple[Campaign, Settings]:
    """The campaign the command is about, and the settings of the environment."""
    settings = read_settings(os.environ, campaign=folder)
    return open_campaign(settings.campaign), settings


def answer(found: Any, as_json: bool, tell: Callable[[Console], None]) -> None:
    """Tell people, or machines, what a command found."""
    if as_json:
        say_json(found)
    else:
        tell(open_console())
