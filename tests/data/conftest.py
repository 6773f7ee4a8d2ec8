from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from data.campaign import Campaign, init_campaign
from data.elections import Election

Put = Callable[[str, str], Path]


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return init_campaign(tmp_path / "campaign", name="Larkmoor", election=Election(date(2026, 11, 3), "general"))


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a file beside the campaign and return its path."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return put
