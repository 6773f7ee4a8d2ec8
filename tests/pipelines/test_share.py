import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import InputError, PropensityError, UsageError
from data.snapshots import Snapshot, open_snapshot
from data.storage import Folder, Place, open_place
from pipelines.run import Run
from pipelines.share import bring_back, copy_in, find_place, open_share

MODEL = b'{"outcome": "turnout"}'
MODEL_NAME = f"models/{hashlib.sha256(MODEL).hexdigest()}.json"


@pytest.fixture(params=["folder", "s3"])
def run(request: pytest.FixtureRequest, in_parts: Run, tmp_path: Path) -> Run:
    share = str(tmp_path / "share") if request.param == "folder" else request.getfixturevalue("s3")
    (in_parts.campaign.root / MODEL_NAME).write_bytes(MODEL)
    return replace(in_parts, share=share)


@pytest.fixture
def snapshot(run: Run) -> Snapshot:
    return open_snapshot(run.campaign)


def sizes(place: Place, snapshot: Snapshot) -> list[int | None]:
    return [place.size_of(f"snapshots/parts/{part.voters}.parquet") for part in snapshot.parts]


def test_without_a_share_the_campaign_folder_is_the_place(in_parts: Run) -> None:
    before = sorted(in_parts.campaign.root.rglob("*"))
    with open_share(in_parts) as mark:
        mark.check()
        copy_in(in_parts, open_snapshot(in_parts.campaign).parts)
        bring_back(in_parts, ["scores/nothing.parquet"])
        assert mark.place == find_place(in_parts) == Folder(in_parts.campaign.root)
    assert sorted(in_parts.campaign.root.rglob("*")) == before


def test_voters_and_models_are_copied_and_contacts_never(run: Run, snapshot: Snapshot) -> None:
    with open_share(run) as mark:
        mark.check()
        copy_in(run, snapshot.parts, [MODEL_NAME])
        assert sizes(mark.place, snapshot) == sizes(Folder(run.campaign.root), snapshot)
        assert mark.place.read_bytes(MODEL_NAME) == MODEL
        assert {mark.place.size_of(f"snapshots/parts/{part.contacts}.parquet") for part in snapshot.parts} == {None}
        with pytest.raises(PropensityError, match="contacts"):
            copy_in(run, snapshot.parts, [f"snapshots/parts/{snapshot.parts[0].contacts}.parquet"])


def test_what_is_there_is_not_copied_again(run: Run, snapshot: Snapshot) -> None:
    with open_share(run) as mark:
        mark.place.write_bytes(MODEL_NAME, MODEL[::-1])
        copy_in(run, snapshot.parts, [MODEL_NAME])
        assert mark.place.read_bytes(MODEL_NAME) == MODEL[::-1]
        mark.place.write_bytes(MODEL_NAME, MODEL[:-1])  # half of a copy
        copy_in(run, snapshot.parts, [MODEL_NAME])
        assert mark.place.read_bytes(MODEL_NAME) == MODEL


def test_what_comes_back_is_checked(run: Run) -> None:
    name = f"scores/{hashlib.sha256(b'scores').hexdigest()}.parquet"
    with open_share(run) as mark:
        mark.place.write_bytes(name, b"scorez")
        with pytest.raises(InputError, match="damaged"):
            bring_back(run, [name])
        assert Folder(run.campaign.root).size_of(name) is None
        mark.place.write_bytes(name, b"scores")
        bring_back(run, [name])
    assert (run.campaign.root / name).read_bytes() == b"scores"
    (run.campaign.root / name).unlink()


def test_a_share_holds_nothing_between_runs(run: Run, snapshot: Snapshot) -> None:
    place = find_place(run)
    place.write_bytes("scores/of a killed run", b"scores")
    neighbour = open_place(str(run.share)).within("another campaign")
    neighbour.write_bytes("mark", b"theirs")
    with pytest.raises(KeyError), open_share(run) as mark:
        copy_in(run, snapshot.parts)
        raise KeyError
    assert sizes(place, snapshot) == [None] * len(snapshot.parts)
    assert place.size_of("scores/of a killed run") is None
    assert place.size_of(mark.name) is None
    assert neighbour.read_bytes("mark") == b"theirs"


def test_a_share_that_cannot_be_opened_is_said(in_parts: Run) -> None:
    with pytest.raises(UsageError, match="keys"), open_share(replace(in_parts, share="s3://key:secret@bucket")):
        pass
