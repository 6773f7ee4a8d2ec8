"""A campaign: one folder, one election, one process at a time."""

import fcntl
import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from data.area_levels import AreaLevels, is_share, level_faults, levels_to_toml, read_levels
from data.contracts import ELECTION_TYPES
from data.durable import PRIVATE_FILE, make_folder, write_file
from data.elections import Election
from data.errors import CampaignBusy, InputError, UsageError

SETTINGS = "campaign.toml"
BY_AREA = "expected_turnout_by"
FOLDERS = ("raw", "quarantine", "snapshots/parts", "snapshots/manifests", "models", "scores", "lists")


@dataclass(frozen=True)
class Campaign:
    """A campaign's folder and what `campaign.toml` says; `created` is an ISO time in UTC.

    The turnout to expect is stated for all voters, for some areas, or not at all.
    """

    root: Path
    name: str
    uuid: str
    election: Election
    jurisdiction: str
    expected_turnout: float | None
    created: str
    expected_turnout_by: AreaLevels | None = None


def init_campaign(
    root: Path,
    *,
    name: str,
    election: Election,
    jurisdiction: str = "us",
    expected_turnout: float | AreaLevels | None = None,
) -> Campaign:
    """Create the campaign's folder, for its owner only, and return the campaign.

    Raises UsageError when a campaign is already there or a value cannot be.
    """
    if (root / SETTINGS).exists():
        raise UsageError(f"{root} already holds a campaign; choose another folder, or use the one that is there")
    created = datetime.now(UTC).isoformat(timespec="seconds")
    by_area = expected_turnout if isinstance(expected_turnout, AreaLevels) else None
    overall = None if isinstance(expected_turnout, AreaLevels) else expected_turnout
    campaign = Campaign(root, name, str(uuid4()), election, jurisdiction, overall, created, by_area)
    text = _to_toml(campaign)
    if faults := _faults(tomllib.loads(text)):
        raise UsageError("the campaign cannot be created: " + "; ".join(faults))
    for folder in (root, root / "snapshots", *(root / name for name in FOLDERS)):
        make_folder(folder)
    write_file(root / SETTINGS, text.encode())
    return campaign


def open_campaign(root: Path) -> Campaign:
    """The campaign in the folder; InputError names every fault of its `campaign.toml`, or that there is none."""
    path = root / SETTINGS
    if not path.is_file():
        raise InputError(f"{root} holds no campaign: {SETTINGS} is missing; create one with `propensity init`")
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not TOML in UTF-8: {error}") from error
    if faults := _faults(settings):
        raise InputError(f"{path} cannot be used; correct it by hand", faults)
    return Campaign(
        root=root,
        name=settings["name"],
        uuid=settings["uuid"],
        election=Election(settings["election"]["date"], settings["election"]["type"]),
        jurisdiction=settings["jurisdiction"],
        expected_turnout=settings.get("expected_turnout"),
        created=settings["created"],
        expected_turnout_by=read_levels(settings[BY_AREA]) if BY_AREA in settings else None,
    )


@contextmanager
def hold(campaign: Campaign) -> Iterator[None]:
    """Hold the campaign against every other process; the kernel lets go of it when this one dies.

    Raises CampaignBusy at once, naming the holder, when another process, or this one, already holds it.
    """
    descriptor = os.open(campaign.root / "lock", os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    with open(descriptor, "r+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = lock.read().strip() or "another process"
            raise CampaignBusy(f"{campaign.root} is held by {holder}; try again when it has finished") from None
        lock.truncate()
        lock.write(f"process {os.getpid()} since {datetime.now(UTC).isoformat(timespec='seconds')}\n")
        lock.flush()
        yield


def _to_toml(campaign: Campaign) -> str:
    text = {
        "name": campaign.name,
        "uuid": campaign.uuid,
        "created": campaign.created,
        "jurisdiction": campaign.jurisdiction,
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in text.items()]
    if campaign.expected_turnout is not None:
        lines.append(f"expected_turnout = {float(campaign.expected_turnout)}")
    election = campaign.election
    lines += ["", "[election]", f"date = {election.date}", f"type = {json.dumps(election.type)}"]
    if campaign.expected_turnout_by is not None:
        lines += levels_to_toml(campaign.expected_turnout_by, BY_AREA)
    return "\n".join([*lines, ""])


def _faults(settings: dict[str, Any]) -> list[str]:
    faults = [
        f"{key} must be text and not empty"
        for key in ("name", "uuid", "created", "jurisdiction")
        if not isinstance(settings.get(key), str) or not settings[key].strip()
    ]
    turnout = settings.get("expected_turnout")
    if turnout is not None and not is_share(turnout):
        faults.append("expected_turnout must be a share between 0 and 1, such as 0.52")
    if BY_AREA in settings:
        faults += level_faults(settings[BY_AREA], BY_AREA)
        if turnout is not None:
            faults.append(f"expected_turnout and {BY_AREA} cannot both be stated; keep one of them")
    if isinstance(settings.get("uuid"), str) and not _is_uuid(settings["uuid"]):
        faults.append("uuid must be the one the campaign was created with")
    return faults + _election_faults(settings.get("election"))


def _election_faults(election: object) -> list[str]:
    if not isinstance(election, dict):
        return ["[election] with date and type is missing"]
    faults = []
    if type(election.get("date")) is not date:
        faults.append("election date must be a date such as 2026-11-03")
    if election.get("type") not in ELECTION_TYPES:
        faults.append(f"election type must be one of {', '.join(ELECTION_TYPES)}")
    return faults


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
