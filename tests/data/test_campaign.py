import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.area_levels import AreaLevels
from data.campaign import Campaign, hold, init_campaign, open_campaign
from data.elections import Election
from data.errors import CampaignBusy, InputError, UsageError

ELECTION = Election(date(2026, 11, 3), "general")


@pytest.mark.parametrize("turnout", [None, 0.52, AreaLevels("precinct", {"01": 0.4, 'Zoë "Z". \\ \n': 1e-05})])
@pytest.mark.parametrize("name", ["Larkmoor", 'Zoë "Z" \\ Ünsal 🎈\nnew'])
def test_a_campaign_opens_as_it_was_created(tmp_path: Path, name: str, turnout: Any) -> None:
    created = init_campaign(tmp_path / "c", name=name, election=ELECTION, jurisdiction="us", expected_turnout=turnout)
    assert open_campaign(tmp_path / "c") == created


def test_everything_is_for_the_owner_only(campaign: Campaign) -> None:
    with hold(campaign):
        pass
    assert (campaign.root / "snapshots" / "parts").is_dir()
    for path in (campaign.root, *campaign.root.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_campaign_is_not_created_over_another(campaign: Campaign) -> None:
    with pytest.raises(UsageError, match="already holds a campaign"):
        init_campaign(campaign.root, name="other", election=ELECTION)
    assert open_campaign(campaign.root) == campaign


def test_what_cannot_be_a_campaign_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"name.*share between 0 and 1.*election type"):
        init_campaign(tmp_path / "c", name=" ", election=Election(date(2026, 11, 3), "gala"), expected_turnout=52)
    assert not (tmp_path / "c").exists()


def test_a_missing_campaign_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"campaign\.toml is missing.*propensity init"):
        open_campaign(tmp_path)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text('name = ""\nuuid = "x"\n[election]\ndate = "soon"\ntype = "general"\n')
    with pytest.raises(InputError) as error:
        open_campaign(tmp_path)
    assert [fault.split()[0] for fault in error.value.faults] == ["name", "created", "jurisdiction", "uuid", "election"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("by = 0.5", ["must be a table with area_type and areas"]),
        ("by = {}", ["area_type must be one of county, precinct, zip", "must name at least one area"]),
        ('by = {area_type = "zip", areas = {"1" = 52, "2" = 0.5, "3" = 1.0}}', ["'1' must be", "'3' must be"]),
        ('by = {area_type = "zip", areas = {"1" = 0.5}}\nexpected_turnout = 0.5', ["cannot both be stated"]),
    ],
)
def test_faults_of_what_is_expected_by_area_are_told_at_once(campaign: Campaign, text: str, named: list[str]) -> None:
    path = campaign.root / "campaign.toml"
    path.write_text(f"{text.replace('by', 'expected_turnout_by', 1)}\n{path.read_text()}")
    with pytest.raises(InputError) as error:
        open_campaign(campaign.root)
    assert len(error.value.faults) == len(named)
    assert all(part in fault for part, fault in zip(named, error.value.faults, strict=True))


def test_a_held_campaign_refuses_at_once_and_names_the_holder(campaign: Campaign) -> None:
    with hold(campaign), pytest.raises(CampaignBusy, match=r"held by process \d+ since 2"), hold(campaign):
        pass
    with hold(campaign):
        pass


def test_a_killed_holder_lets_go(campaign: Campaign) -> None:
    code = (
        "import sys, pathlib; from data.campaign import hold, open_campaign\n"
        "with hold(open_campaign(pathlib.Path(sys.argv[1]))): print('held', flush=True); input()"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, str(campaign.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as holder:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        with pytest.raises(CampaignBusy, match=str(holder.pid)), hold(campaign):
            pass
        holder.kill()
        holder.wait()
    with hold(campaign):
        pass
