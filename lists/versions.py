"""The publish protocol: every version of every list, immutable, and one pointer that says what is live.

    lists/parts/<sha256>.parquet     the voters of one list version
    lists/manifests/<sha256>.json    one release: every live list, where it came from, and the release before
    lists/CURRENT                    the digest of the live release

Parts are durable before the manifest that names them, and the manifest before CURRENT. Replacing CURRENT is the only
commit point: whoever dies before it has published nothing, whoever dies after it has published everything.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.durable import make_folder, sync_folder, write_file
from data.errors import InputError, UsageError
from lists.list_file import Listed, keep_part, read_ids, read_part, refuse_damaged
from lists.ranking import TIE_RULE
from lists.selection import hash_ids

FORMAT = 1


@dataclass(frozen=True)
class ListVersion:
    """One version of one list; `part` is the digest of its voters, `provenance` what they were ranked from."""

    name: str
    version: int
    part: str
    title: str
    purpose: str
    meaning: str
    rows: int
    doors: int
    counts: Mapping[str, Any]
    tie_rule: str
    published: str
    provenance: Mapping[str, Any]


@dataclass(frozen=True)
class Release:
    """What is live at one time: `lists` by name, and why others were `refused`.

    `digest` names it, `parent` the release before; `already` says that publishing found it done.
    """

    digest: str
    parent: str | None
    campaign_uuid: str
    run_key: str
    published: str
    lists: Mapping[str, ListVersion]
    refused: Mapping[str, str]
    already: bool = False


def publish(
    folder: Path,
    ranked: Mapping[str, Listed],
    *,
    campaign_uuid: str,
    run_key: str,
    provenance: Mapping[str, Any],
    today: datetime,
    refused: Mapping[str, str],
) -> Release:
    """Make the ranked lists live, all in one step, each as its next version; the others stay live as they are.

    The file of a `ListFile` is moved here, from a folder on the same disk, and is used up even where this fails.
    The caller holds the campaign's lock. Publishing the live `run_key` again writes nothing and returns its release
    with `already`. Raises InputError where the lists are another campaign's or damaged, and OSError where the disk
    fails; then either nothing has changed or everything has, and the same call made again tells which.
    """
    if published_before := find_published(folder, campaign_uuid, run_key):
        return published_before
    current = read_release(folder)
    _make_folders(folder)
    before = current.lists if current else {}
    published = today.isoformat(timespec="seconds")
    new = {name: _write_list(folder, name, one, before, published, provenance) for name, one in ranked.items()}
    release = Release(
        digest="",
        parent=current.digest if current else None,
        campaign_uuid=campaign_uuid,
        run_key=run_key,
        published=published,
        lists={**before, **new},
        refused=dict(refused),
    )
    return _commit(folder, release)


def find_published(folder: Path, campaign_uuid: str, run_key: str) -> Release | None:
    """The live release, as `already` published, if it is that of the run key; InputError if another campaign's."""
    current = read_release(folder)
    if current and current.campaign_uuid != campaign_uuid:
        raise InputError(f"The lists in {folder} belong to another campaign; nothing was published.")
    if current is None or current.run_key != run_key:
        return None
    # The run that published it may have died before its pointer was durable.
    sync_folder(folder)
    return replace(current, already=True)


def read_release(folder: Path, digest: str = "CURRENT") -> Release | None:
    """The live release, or the one of that digest; None where nothing was ever published.

    Raises InputError, naming the file, where it is missing, damaged, or of a newer format.
    """
    if digest == "CURRENT":
        pointer = folder / "CURRENT"
        if not pointer.exists():
            return None
        digest = pointer.read_text(encoding="utf-8", errors="replace").strip()
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise InputError(f"{pointer} does not hold the digest of a release. Restore it from a backup.")
    path = folder / "manifests" / f"{digest}.json"
    return _from_manifest(path, digest, json.loads(_read_verified(path, digest)))


def list_versions(folder: Path) -> list[ListVersion]:
    """Every version of every list ever published, newest first; empty where nothing was."""
    found: dict[tuple[str, int], ListVersion] = {}
    for release in reversed(list(_walk(folder))):
        for name in sorted(release.lists, reverse=True):
            found.setdefault((name, release.lists[name].version), release.lists[name])
    return list(reversed(found.values()))


def find_version(folder: Path, name: str, version: int | None = None) -> ListVersion:
    """The live version of a list, or the one asked for; UsageError, naming what there is, where there is none."""
    release = read_release(folder)
    if release is None:
        raise UsageError("No list is published yet. Make them with `propensity run`.")
    if name not in release.lists:
        raise UsageError(_say_unknown(name, release))
    if version is None:
        return release.lists[name]
    versions = {past.lists[name].version: past.lists[name] for past in _walk(folder) if name in past.lists}
    if version not in versions:
        raise UsageError(f"The list {name} has no version {version}; it has {min(versions)} to {max(versions)}.")
    return versions[version]


def read_list(
    folder: Path,
    list_version: ListVersion,
    *,
    columns: Sequence[str] | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """The voters of a list version in order, with the columns of `RankedList.frame`.

    With `columns` only these, with `only` those voters whose columns have one of the values stated. Raises InputError,
    naming the file, where it is missing or not the bytes that were published.
    """
    return read_part(folder / "parts", list_version.part, columns, only)


def count_common(folder: Path, one: ListVersion, other: ListVersion) -> int:
    """How many voters two list versions have in common; InputError where one is damaged.

    Voters are told apart by 64 bits of a hash: a list may be long, and this takes eight bytes a voter.
    """
    ours, theirs = (read_ids(folder / "parts", version.part) for version in (one, other))
    known = np.sort(np.concatenate([hash_ids(ids, 0) for ids in ours]))
    return sum(int(np.isin(hash_ids(ids, 0), known, assume_unique=True).sum()) for ids in theirs)


def _make_folders(folder: Path) -> None:
    for name in ("parts", "manifests"):
        make_folder(folder / name)
    sync_folder(folder)


def _write_list(
    folder: Path,
    name: str,
    ranked: Listed,
    before: Mapping[str, ListVersion],
    published: str,
    provenance: Mapping[str, Any],
) -> ListVersion:
    universe = ranked.universe
    return ListVersion(
        name=name,
        version=before[name].version + 1 if name in before else 1,
        part=keep_part(folder / "parts", ranked),
        title=universe.title,
        purpose=universe.purpose.value,
        meaning=universe.meaning,
        rows=ranked.rows,
        doors=ranked.counts.doors,
        counts=asdict(ranked.counts),
        tie_rule=TIE_RULE,
        published=published,
        provenance=dict(provenance),
    )


def _commit(folder: Path, release: Release) -> Release:
    manifest = {"format": FORMAT, **asdict(release)}
    del manifest["digest"], manifest["already"]
    content = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False).encode()
    digest = hashlib.sha256(content).hexdigest()
    write_file(folder / "manifests" / f"{digest}.json", content)
    write_file(folder / "CURRENT", f"{digest}\n".encode())
    return replace(release, digest=digest)


def _read_verified(path: Path, digest: str) -> bytes:
    refuse_damaged(path, digest)
    return path.read_bytes()


def _from_manifest(path: Path, digest: str, manifest: dict[str, Any]) -> Release:
    if manifest.pop("format") != FORMAT:
        raise InputError(f"{path} was written by another version of propensity. Use that one, or a newer one.")
    lists = {name: ListVersion(**one) for name, one in manifest.pop("lists").items()}
    return Release(digest=digest, lists=lists, **manifest)


def _walk(folder: Path) -> Iterator[Release]:
    release = read_release(folder)
    while release:
        yield release
        release = read_release(folder, release.parent) if release.parent else None


def _say_unknown(name: str, release: Release) -> str:
    if name in release.refused:
        return f"The list {name} is not available: {release.refused[name]}."
    near = difflib.get_close_matches(name, release.lists, n=3) or sorted(release.lists)
    return f"There is no list {name!r}. Did you mean: {', '.join(near)}?"
