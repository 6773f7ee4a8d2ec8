"""Files that survive a crash: whole or absent, never half."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

PRIVATE_FILE = 0o600
READ_ONLY_FILE = 0o400
PRIVATE_FOLDER = 0o700
BLOCK = 1 << 20


def write_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step that survives a power cut; readable by the owner only.

    Readers see the old file or the new one. The folder must exist. An OSError, a failed fsync above all, is never
    retried: the old file is still there and nothing else is left behind.
    """
    with _temporary_file(path.parent, PRIVATE_FILE) as file:
        file.write(content)
        _finish(file, path)


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """A new file to write piece by piece that gets its place as `write_file` gives content, at the end and whole.

    After an error within the block nothing has changed.
    """
    with _temporary_file(path.parent, PRIVATE_FILE) as file:
        yield file
        _finish(file, path)


def keep_copy(source: Path, folder: Path) -> Path:
    """Copy a file of any size into `folder`, named by the SHA-256 of its bytes and read-only; the copy's path."""
    digest = hashlib.sha256()
    with source.open("rb") as original, _temporary_file(folder, READ_ONLY_FILE) as copy:
        while block := original.read(BLOCK):
            digest.update(block)
            copy.write(block)
        path = folder / digest.hexdigest()
        _finish(copy, path)
    return path


def move_file(source: Path, path: Path) -> None:
    """Give a finished file its place, as `write_file` gives content: in one step, durable, for the owner only.

    Both places must be on one disk. After an OSError the file is at either of them, and whole.
    """
    with source.open("rb") as file:
        source.chmod(PRIVATE_FILE)
        _finish(file, path)


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """An empty folder for the owner only, removed with all it holds at the end; so is first what a dead run left."""
    _remove_folder(path)
    make_folder(path)
    try:
        yield path
    finally:
        _remove_folder(path)


def _remove_folder(path: Path) -> None:
    if path.exists():
        shutil.rmtree(path)


@contextmanager
def _temporary_file(folder: Path, mode: int) -> Iterator[BinaryIO]:
    path = folder / f".{uuid4().hex}.tmp"
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            yield file
    finally:
        path.unlink(missing_ok=True)


def _finish(file: BinaryIO, path: Path) -> None:
    """Content first, then the name, then the folder that holds the name: in this order a power cut can hurt nothing."""
    file.flush()
    os.fsync(file.fileno())
    Path(file.name).replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: without this, a power cut may undo a rename."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Create the folder for the owner only, or make an existing one so."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    path.chmod(PRIVATE_FOLDER)


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
