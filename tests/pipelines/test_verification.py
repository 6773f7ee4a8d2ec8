from typing import Any

import pytest

from data.errors import InputError
from pipelines.verification import verify_campaign


def test_a_whole_campaign_is_what_was_written(done: Any) -> None:
    checked = verify_campaign(done.run.campaign)
    assert checked["lists"] == len(done.release.lists)
    assert checked["models"] == 2 and checked["scores"] == 2 and checked["snapshot"] >= 3


@pytest.mark.parametrize("folder", ["snapshots/parts", "scores", "lists/parts"])
def test_one_changed_bit_is_found_and_the_file_is_named(done: Any, folder: str) -> None:
    used = {*done.scoring.parts, *(one.part for one in done.release.lists.values())}
    root = done.run.campaign.root
    path = next(p for p in sorted((root / folder).glob("*.parquet")) if folder.startswith("snap") or p.stem in used)
    if folder == "snapshots/parts":
        from data.snapshots import open_snapshot

        path = root / folder / f"{open_snapshot(done.run.campaign).parts[0].contacts}.parquet"
    content = path.read_bytes()
    try:
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        with pytest.raises(InputError, match=path.stem):
            verify_campaign(done.run.campaign)
    finally:
        path.write_bytes(content)
