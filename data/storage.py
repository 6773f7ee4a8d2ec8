"""Storage: where named bytes are kept, in a folder or in any store that pyarrow opens, such as S3.

A place is small and can be pickled, so that a worker on another machine opens it for itself. Secrets of a store come
from the environment of whoever opens it: a URI that holds one is refused.
"""

import hashlib
import shutil
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit, urlunsplit
from urllib.request import url2pathname

from pyarrow import fs

from data.durable import make_folder, write_file
from data.errors import InputError, UsageError

SECRETS = {"access_key", "secret_key", "session_token", "external_id", "password", "sas_token", "account_key"}
# What the error of a store may be called by: the rest of its text names addresses and requests.
REASONS = ("NETWORK_CONNECTION", "ACCESS_DENIED", "NO_SUCH_BUCKET", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH")


class Place(Protocol):
    """Named bytes; a name is a relative path with `/`. `str()` of a place may be shown and logged."""

    def __hash__(self) -> int: ...

    def read_bytes(self, name: str) -> bytes:
        """The bytes of that name; FileNotFoundError when there are none."""

    def write_bytes(self, name: str, content: bytes) -> None:
        """Keep the bytes under that name, whole or not at all, in place of what it named before."""

    def size_of(self, name: str) -> int | None:
        """How many bytes the name stands for; None when it names nothing."""

    def clear(self) -> None:
        """Remove everything in this place."""

    def within(self, name: str) -> "Place":
        """The place inside this one of which all names begin with `name/`."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or of a file system that machines share; files are durable and for their owner only."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def read_bytes(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def write_bytes(self, name: str, content: bytes) -> None:
        path = self.path / name
        if not path.parent.exists():
            make_folder(path.parent)
        write_file(path, content)

    def size_of(self, name: str) -> int | None:
        path = self.path / name
        return path.stat().st_size if path.exists() else None

    def clear(self) -> None:
        if self.path.exists():
            shutil.rmtree(self.path)

    def within(self, name: str) -> "Folder":
        return Folder(self.path / name)


@dataclass(frozen=True)
class Store:
    """A prefix in a store that pyarrow opens; raises InputError without the store's address when it does not answer."""

    uri: str = field(repr=False)
    prefix: str = ""

    def __str__(self) -> str:
        parts = urlsplit(self.uri)
        return urlunsplit((parts.scheme, parts.netloc, "/".join(filter(None, (parts.path, self.prefix))), "", ""))

    def read_bytes(self, name: str) -> bytes:
        system, path = self._find(name)
        try:
            with system.open_input_stream(path) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._fault("read", error) from None

    def write_bytes(self, name: str, content: bytes) -> None:
        system, path = self._find(name)
        try:
            with system.open_output_stream(path) as stream:
                stream.write(content)
        except OSError as error:
            raise self._fault("written", error) from None

    def size_of(self, name: str) -> int | None:
        system, path = self._find(name)
        try:
            found = system.get_file_info(path)
        except OSError as error:
            raise self._fault("read", error) from None
        return found.size if found.type == fs.FileType.File else None

    def clear(self) -> None:
        system, path = self._find("")
        try:
            if system.get_file_info(fs.FileSelector(path, allow_not_found=True)):
                system.delete_dir(path)
        except OSError as error:
            raise self._fault("emptied", error) from None

    def within(self, name: str) -> "Store":
        return Store(self.uri, "/".join(filter(None, (self.prefix, name))))

    def _find(self, name: str) -> tuple[Any, str]:
        system, root = open_system(self.uri)
        return system, "/".join(filter(None, (root, self.prefix, name)))

    def _fault(self, done: str, error: OSError) -> InputError:
        reason = next((word for word in REASONS if word in str(error)), type(error).__name__)
        return InputError(f"{self} cannot be {done} ({reason}); see that it exists and that this machine may use it")


def open_place(where: str) -> Place:
    """The place of that name: a folder's path, a file:// URI, or any URI that pyarrow's file systems know.

    Raises UsageError, which does not repeat it, for a URI that holds a secret or that pyarrow does not know.
    """
    parts = urlsplit(where)
    if parts.scheme == "file":
        return Folder(Path(url2pathname(parts.path)))
    if "://" not in where:
        return Folder(Path(where).expanduser().absolute())
    if "@" in parts.netloc or SECRETS & parse_qs(parts.query).keys():
        raise UsageError("a URI must not hold keys: they come from the environment, such as AWS_ACCESS_KEY_ID")
    try:
        open_system(where)
    except (OSError, ValueError, NotImplementedError) as error:
        fault = type(error).__name__
        raise UsageError(f"{parts.scheme}:// names no store that can be opened ({fault}); see its spelling") from None
    return Store(where)


def as_place(folder: Path | Place) -> Place:
    """The folder as a place, or the place."""
    return Folder(folder) if isinstance(folder, Path) else folder


@cache
def open_system(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path in it, opened once a process."""
    system, path = fs.FileSystem.from_uri(uri)
    return system, path.rstrip("/")


def read_checked(place: Place, name: str, digest: str) -> bytes:
    """The bytes of that name, whose SHA-256 must be `digest`; InputError names it when it is missing or damaged."""
    shown = "/".join(f"{place}/{name}".rsplit("/", 2)[-2:])
    try:
        content = place.read_bytes(name)
    except FileNotFoundError:
        raise InputError(f"{shown} is missing; restore it from a backup") from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError(f"{shown} is damaged: its bytes are not those written; restore it from a backup")
    return content
