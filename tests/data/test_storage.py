import hashlib
import pickle
import stat
from pathlib import Path

import pytest

from data.errors import InputError, UsageError
from data.storage import Folder, Place, Store, open_place, read_checked


@pytest.fixture(params=["folder", "file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "s3":
        return open_place(request.getfixturevalue("s3")).within(tmp_path.name)
    return open_place(str(tmp_path / "shared") if request.param == "folder" else (tmp_path / "a share").as_uri())


def test_what_is_written_is_read_and_replaced(place: Place) -> None:
    place.write_bytes("scores/1.parquet", b"scores")
    assert place.read_bytes("scores/1.parquet") == b"scores"
    assert place.size_of("scores/1.parquet") == 6
    place.write_bytes("scores/1.parquet", b"")
    assert place.read_bytes("scores/1.parquet") == b""
    assert place.size_of("scores/1.parquet") == 0


def test_what_is_not_there_is_said_not_to_be(place: Place) -> None:
    assert place.size_of("scores/2.parquet") is None
    with pytest.raises(FileNotFoundError):
        place.read_bytes("scores/2.parquet")


def test_a_place_within_has_shorter_names(place: Place) -> None:
    place.within("scores").write_bytes("1.parquet", b"scores")
    assert place.read_bytes("scores/1.parquet") == b"scores"
    assert place.within("scores") == place.within("scores")
    assert place.within("scores") != place.within("models")


def test_a_place_is_emptied_and_its_neighbours_are_not(place: Place) -> None:
    place.write_bytes("mine/scores/1.parquet", b"scores")
    place.write_bytes("yours/scores/1.parquet", b"scores")
    place.within("mine").clear()
    assert place.size_of("mine/scores/1.parquet") is None
    assert place.size_of("yours/scores/1.parquet") == 6
    place.within("never there").clear()


def test_a_place_travels_to_another_process(place: Place) -> None:
    place.write_bytes("1", b"scores")
    content = pickle.dumps(place)
    assert len(content) < 400
    assert pickle.loads(content).read_bytes("1") == b"scores"


def test_bytes_are_checked_whatever_the_store(place: Place) -> None:
    digest = hashlib.sha256(b"scores").hexdigest()
    name = f"parts/{digest}.parquet"
    with pytest.raises(InputError, match=rf"^parts/{digest}\.parquet is missing"):
        read_checked(place, name, digest)
    place.write_bytes(name, b"scores")
    assert read_checked(place, name, digest) == b"scores"
    place.write_bytes(name, b"scorez")
    with pytest.raises(InputError, match=rf"^parts/{digest}\.parquet is damaged"):
        read_checked(place, name, digest)


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    Folder(tmp_path).write_bytes("scores/1", b"scores")
    assert stat.S_IMODE((tmp_path / "scores").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "scores" / "1").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "uri",
    [
        "s3://key:S-canary@bucket/prefix",
        "s3://S-canary@bucket/prefix",
        "s3://bucket/prefix?access_key=S-canary&secret_key=S-canary",
        "abfs://container@account.dfs.core.windows.net/x?account_key=S-canary",
        "no-such-store://bucket/S-canary",
        "s3://bucket/prefix?no_such_option=S-canary",
    ],
)
def test_a_uri_with_a_secret_or_of_no_store_is_refused_and_not_repeated(uri: str) -> None:
    with pytest.raises(UsageError) as refused:
        open_place(uri)
    assert "canary" not in str(refused.value)


def test_a_store_that_fails_is_named_without_what_is_private(s3: str) -> None:
    place = Store(s3.replace("campaigns", "nobodys"))
    with pytest.raises(InputError, match=r"^s3://nobodys/shared cannot be written \(NO_SUCH_BUCKET\)") as failed:
        place.write_bytes("1", b"scores")
    assert "endpoint" not in str(failed.value)
    assert "canary" not in repr(place) + str(place)
    assert "127.0.0.1" not in repr(place) + str(place)
