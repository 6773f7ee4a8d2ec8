import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from data.durable import keep_copy, make_folder, move_file, scratch_folder, sha256_file, write_file


def test_a_file_is_replaced_whole_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "list"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "list"
    write_file(path, b"old")

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(*{"fsync": (os, "fsync"), "replace": (Path, "replace")}[call], fail)
    with pytest.raises(OSError, match="no space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_content_is_synced_before_its_name_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list"
    calls: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        calls.append(f"{kind}, {'renamed' if path.exists() else 'not yet renamed'}")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    write_file(path, b"new")
    assert calls == ["file, not yet renamed", "folder, renamed"]


def test_a_copy_is_named_by_its_bytes_and_read_only(tmp_path: Path) -> None:
    source, folder = tmp_path / "voters.csv", tmp_path / "raw"
    make_folder(folder)
    source.write_bytes(b"x" * 3_000_000)
    copy = keep_copy(source, folder)
    assert copy == keep_copy(source, folder)
    assert copy.name == sha256_file(copy) == hashlib.sha256(source.read_bytes()).hexdigest()
    assert copy.stat().st_mode & 0o777 == 0o400
    assert list(folder.iterdir()) == [copy]
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("give", [lambda path, _: write_file(path, b"new"), lambda path, other: move_file(other, path)])
def test_a_moved_file_is_as_durable_as_a_written_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, give: Callable[[Path, Path], None]
) -> None:
    path, other = tmp_path / "list", tmp_path / "other"
    path.write_bytes(b"old")
    other.write_bytes(b"new")
    other.chmod(0o644)
    synced: list[tuple[str, bytes]] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, path.read_bytes()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    give(path, other)
    assert synced == [("file", b"old"), ("folder", b"new")]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_moved_stays_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"new")

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        move_file(other, tmp_path / "list")
    assert list(tmp_path.iterdir()) == [other]


def test_a_scratch_folder_is_empty_private_and_gone_afterwards(tmp_path: Path) -> None:
    left = tmp_path / "work" / "deep"
    left.mkdir(parents=True)
    (left / "left by a dead run").touch()
    with pytest.raises(KeyError), scratch_folder(tmp_path / "work") as work:
        assert list(work.iterdir()) == [] and work.stat().st_mode & 0o777 == 0o700
        (work / "run").write_bytes(b"x")
        raise KeyError
    assert list(tmp_path.iterdir()) == []
