"""Publishing part by part: the lists that ranking everybody at once gives, whatever the parts; the same reasons."""

import pickle
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data.campaign import open_campaign
from data.households import cut_between
from data.parts import read_part, write_part
from data.snapshots import Part, Snapshot, open_snapshot, publish_snapshot
from lists import drawing, list_file
from lists.ranking import rank_universe
from lists.selection import to_hundred
from lists.suppressions import suppress, suppressed
from lists.universes import UNIVERSES
from lists.versions import read_list
from lists.wording import say_why
from pipelines import lister
from pipelines.candidates import as_candidates, read_answered, read_scored
from pipelines.engine import one_by_one
from pipelines.lister import Lister
from pipelines.publish import publish_lists
from pipelines.ranker import rank_lists
from pipelines.reasons import learn_teller
from pipelines.records import Scoring
from pipelines.run import Run
from pipelines.score import score_campaign

ROWS = 700
TRUSTED = ["turnout", "support"]
RANKED = [universe for universe in UNIVERSES if not universe.refused]


def cut_parts(snapshot: Snapshot, rows: int) -> Snapshot:
    """The same voters in parts of about so many."""
    (whole,) = snapshot.parts
    voters, contacts = (read_part(snapshot.parts_folder, digest) for digest in (whole.voters, whole.contacts))
    doors = voters["household_id"].to_pandas().astype("str").fillna("own " + voters["voter_id"].to_pandas())
    parts = []
    for cut in cut_between(pd.factorize(doors)[0], rows):
        tables = (table.slice(cut.start, cut.stop - cut.start) for table in (voters, contacts))
        parts.append(Part(*(write_part(snapshot.parts_folder, table) for table in tables), cut.stop - cut.start))
    return publish_snapshot(replace(snapshot, parts=tuple(parts)), created=date(2026, 9, 26))


@pytest.fixture(scope="module")
def scored(done: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Snapshot, Scoring]:
    """The campaign in small parts, scored with the same models; somebody is suppressed."""
    root = tmp_path_factory.mktemp("parts") / "campaign"
    shutil.copytree(done.run.campaign.root, root)
    run = replace(done.run, campaign=open_campaign(root))
    snapshot = cut_parts(open_snapshot(run.campaign), ROWS)
    for voter_id in read_list(root / "lists", done.release.lists["gotv"])["voter_id"].iloc[[0, 7, 900]]:
        suppress(root / "state.sqlite", voter_id, "moved", date(2026, 10, 1))
    return run, snapshot, score_campaign(run, one_by_one)


@pytest.fixture(scope="module")
def at_once(scored: tuple[Run, Snapshot, Scoring]) -> dict[str, Any]:
    """Every list as ranking everybody in memory gives it, its reasons told afterwards."""
    run, snapshot, scoring = scored
    root = run.campaign.root
    barred = suppressed(root / "state.sqlite").set_index("voter_id")["reason"]
    answered = read_answered(snapshot)
    blocks = [
        as_candidates(read_scored(root / "scores", digest, TRUSTED), answered, barred) for digest in scoring.parts
    ]
    everybody = pd.concat(blocks, ignore_index=True)
    teller = learn_teller(run, snapshot, scoring, TRUSTED)
    assert teller is not None
    told = pd.concat(
        teller.tell_part(part, show(block)).set_axis(block["voter_id"])
        for part, block in zip(snapshot.parts, blocks, strict=True)
    )
    texts = np.array(teller.phrases, object)
    ranked = {}
    for universe in RANKED:
        one = rank_universe(everybody, universe, seed=run.settings.seed)
        mine = told.loc[one.frame["voter_id"]]
        reasons = {name: pa.array(texts[mine[name]]) for name in mine}
        scores = {name: one.frame[name].to_numpy() for name in ("turnout_score", "support_score")}
        said = say_why(scores, universe.because, reasons).to_pandas()
        ranked[universe.name] = replace(one, frame=one.frame.assign(reasons=said.array))
    return ranked


def show(block: pd.DataFrame) -> pd.DataFrame:
    scores = pd.DataFrame({f"{name}_score": to_hundred(block, name) for name in TRUSTED}, block.index)
    return scores.assign(voter_id=block["voter_id"])


def through_pickle(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def as_if_spread(
    function: Callable[[Any], Any], items: Iterable[Any], /, *, spread: bool = False, at_home: bool = False
) -> list[Any]:
    """As another machine would: copies of everything, the last first; where the caller says that it may."""
    if not spread:
        return one_by_one(function, items)
    backwards = [through_pickle(through_pickle(function)(through_pickle(item))) for item in reversed(list(items))]
    return backwards[::-1]


def test_published_lists_are_those_of_everybody_at_once(
    scored: tuple[Run, Snapshot, Scoring], at_once: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, snapshot, _ = scored
    monkeypatch.setattr(Lister.__init__, "__defaults__", (150,))
    monkeypatch.setattr(lister, "PIECE_ROWS", 64)
    monkeypatch.setattr(list_file, "GROUP_ROWS", 100)
    release = publish_lists(run, as_if_spread)
    assert len(snapshot.parts) > 7 and not release.already
    for name, expected in at_once.items():
        found = read_list(run.campaign.root / "lists", release.lists[name])
        pd.testing.assert_frame_equal(found, expected.frame, check_exact=True)
        assert release.lists[name].counts == vars(expected.counts)
    assert release.lists["gotv"].counts["suppressed"]["moved"] == 3
    assert not (run.campaign.root / "lists" / "work").exists()


def test_a_list_that_is_drawn_first_is_the_same(
    scored: tuple[Run, Snapshot, Scoring], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _, scoring = scored
    short = replace(next(one for one in RANKED if one.size), size=20)
    barred = suppressed(run.campaign.root / "state.sqlite")

    def rank(folder: str) -> tuple[Any, pd.DataFrame]:
        (tmp_path / folder).mkdir()
        (one,) = rank_lists(run, one_by_one, scoring, TRUSTED, [short], barred, tmp_path / folder)
        return one, pd.read_parquet(one.path)

    everybody, expected = rank("everybody")
    for ample in (1, 4, 20):
        monkeypatch.setattr(drawing, "AMPLE", ample)
        drawn, found = rank(f"drawn {ample}")
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
        assert drawn.counts == everybody.counts


def test_without_a_model_lists_have_their_words_alone(scored: tuple[Run, Snapshot, Scoring], tmp_path: Path) -> None:
    run, _, scoring = scored
    asked = next(one for one in RANKED if one.size)
    barred = suppressed(run.campaign.root / "state.sqlite")
    (one,) = rank_lists(run, one_by_one, scoring, [], [asked], barred, tmp_path)
    frame = pd.read_parquet(one.path)
    assert set(frame["reasons"]) == {asked.because} and frame["turnout_score"].isna().all()


def test_a_universe_that_nobody_is_in_has_no_file(scored: tuple[Run, Snapshot, Scoring], tmp_path: Path) -> None:
    run, snapshot, scoring = scored
    ids = snapshot.read_voter_ids().to_pandas()
    barred = pd.DataFrame({"voter_id": ids, "reason": "moved"}, dtype="str")
    assert rank_lists(run, one_by_one, scoring, TRUSTED, RANKED, barred, tmp_path) == []
    assert rank_lists(run, one_by_one, scoring, TRUSTED, [], barred, tmp_path) == []


def test_what_is_left_on_disk_meanwhile_is_for_the_owner_only(
    scored: tuple[Run, Snapshot, Scoring], tmp_path: Path
) -> None:
    run, _, scoring = scored
    rank_lists(run, one_by_one, scoring, TRUSTED, RANKED, suppressed(run.campaign.root / "state.sqlite"), tmp_path)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
