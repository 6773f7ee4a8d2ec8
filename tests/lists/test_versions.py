import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.durable import scratch_folder, sha256_file, sync_folder
from data.errors import InputError, UsageError
from lists.list_file import create_list
from lists.ranking import TIE_RULE, RankedList, rank_universe
from lists.universes import BASE, GOTV
from lists.versions import Release, find_published, find_version, list_versions, publish, read_list, read_release

MORNING = datetime(2026, 9, 14, 4, 12)
OPERATIONS = ("open", "fsync", "replace", "rename", "mkdir", "chmod", "unlink")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def ranked(candidates: pd.DataFrame) -> dict[str, RankedList]:
    return {universe.name: rank_universe(candidates, universe, seed=1) for universe in (GOTV, BASE)}


@pytest.fixture
def reranked(candidates: pd.DataFrame) -> dict[str, RankedList]:
    return {universe.name: rank_universe(candidates.head(5), universe, seed=1) for universe in (GOTV, BASE)}


def release_lists(folder: Path, ranked: dict[str, RankedList], run_key: str = "monday", **changes: Any) -> Release:
    facts = {
        "campaign_uuid": "c-1",
        "provenance": {"snapshot": "9f3c", "as_of": "2026-11-03", "seed": 1},
        "today": MORNING,
        "refused": {"persuasion": "no experiment shows who can be moved"},
    }
    return publish(folder, ranked, run_key=run_key, **{**facts, **changes})


def release_files(folder: Path, ranked: dict[str, RankedList], run_key: str = "monday", **changes: Any) -> Release:
    """The same release of lists that are files already, written in pieces."""
    with scratch_folder(folder / "work") as work:
        files = {}
        for name, one in ranked.items():
            table = pa.Table.from_pandas(one.frame)
            files[name] = create_list(work / name, one.universe, one.counts, [table.slice(0, 1), table.slice(1)])
        return release_lists(folder, files, run_key, **changes)


each_form = pytest.mark.parametrize("release", [release_lists, release_files])


def live_lists(folder: Path) -> dict[str, tuple[int, pd.DataFrame]] | None:
    release = read_release(folder)
    if release is None:
        return None
    return {name: (one.version, read_list(folder, one)) for name, one in release.lists.items()}


def is_live(folder: Path, ranked: dict[str, RankedList], version: int) -> bool:
    live = live_lists(folder)
    if live is None or {number for number, _ in live.values()} != {version}:
        return False
    for name, (_, frame) in live.items():
        pd.testing.assert_frame_equal(frame, ranked[name].frame)
    return set(live) == set(ranked)


def test_what_is_published_is_read_back(folder: Path, ranked: dict[str, RankedList]):
    release = release_lists(folder, ranked)
    assert is_live(folder, ranked, version=1)
    assert read_release(folder) == release
    gotv = release.lists["gotv"]
    assert (gotv.rows, gotv.doors, gotv.purpose, gotv.tie_rule) == (5, 4, "mobilise", TIE_RULE)
    assert gotv.published == "2026-09-14T04:12:00"
    assert gotv.counts["suppressed"] == {"do_not_walk": 1, "moved": 1}
    assert gotv.provenance["snapshot"] == "9f3c"
    assert release.refused == {"persuasion": "no experiment shows who can be moved"}


def test_before_the_first_release_there_is_none(folder: Path):
    assert read_release(folder) is None
    assert list_versions(folder) == []
    with pytest.raises(UsageError, match="propensity run"):
        find_version(folder, "gotv")


def test_files_are_named_by_their_digest_and_private(folder: Path, ranked: dict[str, RankedList]):
    release_lists(folder, ranked)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 4
    assert all(path.stem == sha256_file(path) for path in files if path.name != "CURRENT")
    assert {path.stat().st_mode & 0o077 for path in folder.rglob("*")} == {0}


def test_the_same_run_publishes_once(folder: Path, ranked: dict[str, RankedList]):
    first = release_lists(folder, ranked)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    again = release_lists(folder, ranked)
    assert again == replace(first, already=True)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_a_list_not_ranked_stays_live(folder: Path, ranked: dict[str, RankedList]):
    release_lists(folder, ranked)
    tuesday = release_lists(folder, {"gotv": ranked["gotv"]}, "tuesday", provenance={"snapshot": "aaaa"})
    assert {name: one.version for name, one in tuesday.lists.items()} == {"gotv": 2, "base": 1}
    assert tuesday.lists["base"].provenance["snapshot"] == "9f3c"
    assert tuesday.lists["gotv"].provenance["snapshot"] == "aaaa"


def test_versions_come_newest_first_each_once(folder: Path, ranked: dict[str, RankedList]):
    release_lists(folder, ranked)
    release_lists(folder, {"gotv": ranked["gotv"]}, "tuesday", today=MORNING - timedelta(days=400))
    release_lists(folder, {"base": ranked["base"]}, "wednesday")
    versions = [(one.name, one.version) for one in list_versions(folder)]
    assert versions == [("base", 2), ("gotv", 2), ("base", 1), ("gotv", 1)]


def test_an_old_version_is_found(folder: Path, ranked: dict[str, RankedList], reranked: dict[str, RankedList]):
    release_lists(folder, ranked)
    release_lists(folder, reranked, "tuesday")
    assert find_version(folder, "gotv").version == 2
    first = find_version(folder, "gotv", 1)
    pd.testing.assert_frame_equal(read_list(folder, first), ranked["gotv"].frame)


@pytest.mark.parametrize(
    "name, version, message",
    [
        ("gotvv", None, "no list 'gotvv'. Did you mean: gotv"),
        ("nothing", None, "Did you mean: base, gotv"),
        ("persuasion", None, "not available: no experiment"),
        ("gotv", 3, "has no version 3; it has 1 to 1"),
    ],
)
def test_what_is_not_there_is_answered_with_what_is(
    folder: Path, ranked: dict[str, RankedList], name: str, version: int | None, message: str
):
    release_lists(folder, ranked)
    with pytest.raises(UsageError, match=message):
        find_version(folder, name, version)


def test_another_campaigns_lists_are_left_alone(folder: Path, ranked: dict[str, RankedList]):
    release_lists(folder, ranked)
    with pytest.raises(InputError, match="another campaign"):
        release_lists(folder, ranked, "tuesday", campaign_uuid="c-2")
    assert is_live(folder, ranked, version=1)


def test_equal_lists_are_equal_bytes(folder: Path, ranked: dict[str, RankedList]):
    monday = release_lists(folder, ranked)
    tuesday = release_lists(folder, ranked, "tuesday")
    assert tuesday.lists["gotv"].part == monday.lists["gotv"].part
    assert tuesday.lists["gotv"].version == 2


def test_a_part_holds_voters_and_no_word_of_what_wrote_it(folder: Path, ranked: dict[str, RankedList]):
    part = release_lists(folder, ranked).lists["gotv"].part
    assert pq.read_schema(folder / "parts" / f"{part}.parquet").metadata is None


def test_another_format_is_refused(folder: Path, ranked: dict[str, RankedList], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("lists.versions.FORMAT", 2)
    release_lists(folder, ranked)
    monkeypatch.undo()
    with pytest.raises(InputError, match="written by another version"):
        read_release(folder)


@pytest.mark.parametrize("damaged", ["CURRENT", "manifests/*.json", "parts/*.parquet"])
def test_every_flipped_bit_is_detected(folder: Path, ranked: dict[str, RankedList], damaged: str):
    release_lists(folder, ranked)
    path = sorted(folder.glob(damaged))[0]
    whole, dice = path.read_bytes(), random.Random(1)
    for _ in range(100):
        broken = bytearray(whole)
        # The line end of CURRENT says nothing.
        broken[dice.randrange(len(whole) - 1)] ^= 1 << dice.randrange(8)
        path.write_bytes(broken)
        with pytest.raises(InputError, match=folder.name):
            live_lists(folder)


def test_a_missing_part_is_named(folder: Path, ranked: dict[str, RankedList]):
    part = release_lists(folder, ranked).lists["gotv"].part
    (folder / "parts" / f"{part}.parquet").unlink()
    with pytest.raises(InputError, match=f"{part}.parquet is missing"):
        live_lists(folder)


class Crash(BaseException):
    """The end of the process: nothing it does afterwards reaches the disk."""


@contextmanager
def disk_that(answer: Callable[[int], None]) -> Iterator[list[str]]:
    """Ask `answer` before every file operation; it may raise. Yields the operations done."""
    done: list[str] = []

    def watch(name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            answer(len(done))
            done.append(name)
            return operation(*args, **options)

        return watched

    with pytest.MonkeyPatch.context() as patch:
        for name in OPERATIONS:
            patch.setattr(os, name, watch(name, getattr(os, name)))
        yield done


def dies_at(last: int) -> Callable[[int], None]:
    def answer(number: int) -> None:
        if number >= last:
            raise Crash

    return answer


def fails_at(chosen: int) -> Callable[[int], None]:
    asked = [0]

    def answer(number: int) -> None:
        asked[0] += 1
        if asked[0] == chosen + 1:
            raise OSError(errno.EIO, "the disk failed")

    return answer


Lists = dict[str, RankedList]


def prepare(folder: Path, before: Lists | None) -> None:
    folder.mkdir()
    if before:
        release_lists(folder, before, "monday")


def count_operations(release: Any, folder: Path, before: Lists | None, ranked: Lists) -> int:
    prepare(folder, before)
    with disk_that(lambda number: None) as done:
        release(folder, ranked, "tuesday")
    return len(done)


@each_form
@pytest.mark.parametrize("trouble", [dies_at, fails_at])
@pytest.mark.parametrize("first_time", [True, False])
def test_trouble_at_any_operation_leaves_old_or_new_and_a_second_try_publishes_once(
    tmp_path: Path,
    ranked: Lists,
    reranked: Lists,
    trouble: Callable[[int], Callable[[int], None]],
    first_time: bool,
    release: Any,
):
    before, version = (None, 1) if first_time else (ranked, 2)
    count = count_operations(release, tmp_path / "rehearsal", before, reranked)
    assert count >= 16
    after_commit = 0
    for number in range(count):
        folder = tmp_path / str(number)
        prepare(folder, before)
        with disk_that(trouble(number)), suppress(Crash, OSError):
            release(folder, reranked, "tuesday")
        published = is_live(folder, reranked, version)
        assert published or (is_live(folder, ranked, 1) if before else live_lists(folder) is None)
        assert release(folder, reranked, "tuesday").already is published
        assert not (folder / "work").exists()
        assert is_live(folder, reranked, version)
        assert [one.version for one in list_versions(folder)] == sorted([*range(1, version + 1)] * 2, reverse=True)
        after_commit += published
    # Trouble between the last rename and the end is where only the run key prevents a second version.
    assert after_commit >= 2


def record_order(folder: Path, patch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What becomes durable in which order: ("sync", path) and ("name", path); paths are relative to the folder."""
    order: list[tuple[str, str]] = []
    rename, sync, make = os.replace, os.fsync, os.mkdir

    def note(event: str, path: Any) -> None:
        order.append((event, os.path.relpath(path, folder)))

    def replaced(source: Any, target: Any) -> None:
        rename(source, target)
        note(f"name from {os.path.relpath(source, folder)}", target)

    def synced(descriptor: int) -> None:
        sync(descriptor)
        note("sync", Path(f"/proc/self/fd/{descriptor}").readlink())

    def made(path: Any, *args: Any, **options: Any) -> None:
        make(path, *args, **options)
        note("name", path)

    patch.setattr(os, "replace", replaced)
    patch.setattr(os, "fsync", synced)
    patch.setattr(os, "mkdir", made)
    return order


@each_form
def test_nothing_is_named_before_it_is_durable(
    folder: Path, ranked: dict[str, RankedList], monkeypatch: pytest.MonkeyPatch, release: Any
):
    order = record_order(folder, monkeypatch)
    release(folder, ranked)
    monkeypatch.undo()
    commit = next(place for place, (_, path) in enumerate(order) if path == "CURRENT")
    assert order[commit + 1 :] == [("sync", ".")]
    named = [(place, event, path) for place, (event, path) in enumerate(order) if event.startswith("name")]
    names = [(place, event, path) for place, event, path in named if path != "work"]
    assert [Path(path).parts[0] for *_, path in names] == [
        "parts",
        "manifests",
        "parts",
        "parts",
        "manifests",
        "CURRENT",
    ]
    for place, event, path in names:
        if event != "name":
            assert ("sync", event.removeprefix("name from ")) in order[:place]
        if path != "CURRENT":
            assert ("sync", str(Path(path).parent)) in order[place:commit]


def test_already_published_is_said_only_of_a_durable_pointer(
    folder: Path, ranked: dict[str, RankedList], monkeypatch: pytest.MonkeyPatch
):
    release_lists(folder, ranked)
    order = record_order(folder, monkeypatch)
    release_lists(folder, ranked)
    assert order == [("sync", ".")]


def test_a_reader_sees_only_whole_releases(
    folder: Path, ranked: dict[str, RankedList], reranked: dict[str, RankedList]
):
    release_lists(folder, ranked)
    over, seen, faults = Event(), [0], list[str]()

    def read_on() -> None:
        while not over.is_set():
            live = live_lists(folder) or {}
            versions = {version for version, _ in live.values()}
            expected = ranked if max(versions) % 2 else reranked
            whole = len(versions) == 1 and all(len(live[name][1]) == len(expected[name].frame) for name in expected)
            faults.extend([] if whole else [str(versions)])
            seen[0] += 1

    reader = Thread(target=read_on)
    reader.start()
    for number in range(2, 30):
        release_lists(folder, ranked if number % 2 else reranked, str(number))
    over.set()
    reader.join()
    assert not faults
    assert seen[0] > 5


@each_form
def test_leftovers_of_a_dead_run_are_written_anew(folder: Path, ranked: dict[str, RankedList], release: Any):
    part = release_lists(folder, ranked).lists["gotv"].part
    (folder / "CURRENT").unlink()
    (folder / "parts" / f"{part}.parquet").write_bytes(b"torn")
    sync_folder(folder)
    release(folder, ranked)
    assert is_live(folder, ranked, version=1)


def test_a_list_in_a_file_is_published_as_one_in_memory_is(folder: Path, ranked: dict[str, RankedList]):
    monday = release_lists(folder, ranked)
    tuesday = release_files(folder, ranked, "tuesday")
    for name, one in monday.lists.items():
        assert replace(tuesday.lists[name], version=1) == one
    part = folder / "parts" / f"{tuesday.lists['gotv'].part}.parquet"
    assert part.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["CURRENT", "manifests", "parts"]


def test_a_list_in_a_file_is_moved_not_read_into_memory(
    folder: Path, ranked: dict[str, RankedList], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read whole"))
    with scratch_folder(folder / "work") as work:
        one = ranked["gotv"]
        file = create_list(work / "gotv", one.universe, one.counts, [pa.Table.from_pandas(one.frame)])
        release_lists(folder, {"gotv": file})
        assert list(work.iterdir()) == []


def test_of_a_list_only_what_is_asked_for_is_read(folder: Path, ranked: dict[str, RankedList]):
    gotv = release_lists(folder, ranked).lists["gotv"]
    frame = ranked["gotv"].frame
    some = read_list(folder, gotv, columns=["rank", "precinct"], only={"voter_id": ["V08", "V02", "V99"]})
    wanted = frame["voter_id"].isin(["V02", "V08"])
    pd.testing.assert_frame_equal(some, frame.loc[wanted, ["rank", "precinct"]].reset_index(drop=True))


def test_who_published_already_is_told_without_ranking(folder: Path, ranked: dict[str, RankedList]):
    assert find_published(folder, "c-1", "monday") is None
    release = release_lists(folder, ranked)
    assert find_published(folder, "c-1", "monday") == replace(release, already=True)
    assert find_published(folder, "c-1", "tuesday") is None
    with pytest.raises(InputError, match="another campaign"):
        find_published(folder, "c-2", "monday")
