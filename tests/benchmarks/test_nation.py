from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import naive
import nation_people
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nation import ANSWERS, NationFiles, column_of, ensure_nation, wide_table
from nation_models import ensure_models
from nation_people import CALENDAR, COMING, Nation

from data.history import build_history
from data.snapshots import Snapshot, open_snapshot
from features.matrix import build_features, category_columns
from features.surroundings import Surroundings, learn_surroundings
from features.view import history_bits
from features.vocabulary import learn_vocabulary
from pipelines.engine import one_by_one
from pipelines.run import Run
from pipelines.score import score_campaign
from pipelines.settings import Settings

VOTERS, BLOCK = 20_000, 8_000


@pytest.fixture(scope="module")
def small_blocks() -> pytest.MonkeyPatch:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nation_people, "BLOCK", BLOCK)
        yield patch


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, small_blocks: pytest.MonkeyPatch) -> NationFiles:
    return ensure_nation(VOTERS, build=tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def snapshot(files: NationFiles) -> Snapshot:
    return open_snapshot(files.campaign)


@pytest.fixture(scope="module")
def blocks(snapshot: Snapshot) -> list[pd.DataFrame]:
    return [snapshot.read_voters(part) for part in snapshot.parts]


@pytest.fixture(scope="module")
def surroundings(snapshot: Snapshot, blocks: list[pd.DataFrame]) -> Surroundings:
    return learn_surroundings(
        blocks,
        calendar=snapshot.calendar,
        coming=[COMING],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=learn_vocabulary(blocks, category_columns(snapshot.extras)),
    )[COMING]


def test_the_same_seed_gives_the_same_files(files: NationFiles, snapshot: Snapshot, tmp_path: Path) -> None:
    again = ensure_nation(VOTERS, build=tmp_path)
    assert open_snapshot(again.campaign).parts == snapshot.parts
    assert [path.read_bytes() for path in again.wide] == [path.read_bytes() for path in files.wide]
    assert open_snapshot(ensure_nation(VOTERS, seed=2, build=tmp_path).campaign).parts != snapshot.parts


def test_what_is_there_is_not_made_again(files: NationFiles) -> None:
    before = files.wide[0].stat().st_mtime_ns
    assert ensure_nation(VOTERS, build=files.folder.parent) == files
    assert files.wide[0].stat().st_mtime_ns == before


def test_every_voter_is_there_once_and_doors_are_whole(snapshot: Snapshot, blocks: list[pd.DataFrame]) -> None:
    assert [len(block) for block in blocks] == [part.rows for part in snapshot.parts] == [BLOCK, BLOCK, VOTERS % BLOCK]
    ids = pd.concat([block["voter_id"] for block in blocks])
    assert snapshot.voters == len(ids) == ids.nunique() == VOTERS
    doors = [set(block["household_id"].dropna()) for block in blocks]
    assert not any(one & other for one, other in pairwise(doors))
    assert 1.8 < sum(block["household_id"].notna().sum() for block in blocks) / sum(map(len, doors)) < 2.0


def test_both_files_tell_of_the_same_voters(files: NationFiles, blocks: list[pd.DataFrame]) -> None:
    wide = naive.read_voters(str(files.folder / "wide"))
    assert wide.shape == (VOTERS, 70)
    voters = pd.concat(blocks, ignore_index=True)
    for ours, theirs in (("voter_id",) * 2, ("precinct",) * 2, ("born", "birth_date"), ("extra_income", "income")):
        np.testing.assert_array_equal(voters[ours].isna(), wide[theirs].isna())
        assert (voters[ours].astype(object).dropna() == wide[theirs].astype(object).dropna()).all()
    missing = wide.drop(columns=["voter_id", *map(column_of, CALENDAR)]).isna().mean()
    assert missing.between(0.002, 0.025).all()


def test_history_is_what_an_import_of_the_same_votes_makes_of_them(
    snapshot: Snapshot, blocks: list[pd.DataFrame], small_blocks: pytest.MonkeyPatch
) -> None:
    wide = wide_table(Nation(VOTERS).draw(0)).to_pandas().set_index("voter_id")
    long = pd.concat(
        pd.DataFrame({"status": wide[column_of(e)].dropna(), "election_date": e.date, "election_type": e.type})
        for e in CALENDAR
    ).reset_index()
    long["status"] = long["status"].map({1.0: "voted", 0.0: "did_not_vote"})
    columns = {"born": pa.date32(), "registered": pa.date32()}
    voters = pa.table({"voter_id": wide.index.to_numpy(), **{n: pa.nulls(BLOCK, t) for n, t in columns.items()}})
    history = build_history(pa.Table.from_pandas(long, preserve_index=False), voters)
    assert (history.calendar, history.stated) == (snapshot.calendar, snapshot.stated)
    np.testing.assert_array_equal(history.voted, history_bits(blocks[0], CALENDAR, "voted"))
    np.testing.assert_array_equal(history.rolls, history_bits(blocks[0], CALENDAR, "rolls"))


def test_the_survey_is_answered_by_voters_of_every_block(snapshot: Snapshot, blocks: list[pd.DataFrame]) -> None:
    asked = snapshot.read_survey()["voter_id"]
    assert len(asked) == asked.nunique() == ANSWERS
    assert all(block["voter_id"].isin(asked).any() for block in blocks)


def test_results_are_the_votes(files: NationFiles, small_blocks: pytest.MonkeyPatch) -> None:
    wide, results = naive.read_voters(str(files.folder / "wide")), pq.read_table(files.results).to_pandas()
    last = max(e for e in CALENDAR if e.type == "general")
    ballots = wide.groupby("precinct")[column_of(last)].sum()
    told = results[(results["area_type"] == "precinct") & (results["election_date"] == last.date)].set_index("area")
    assert told["ballots_cast"].to_dict() == ballots.to_dict()
    assert (told["votes_for"] + told["votes_against"] == told["ballots_cast"]).all()


def test_the_naive_script_makes_the_same_84_features(
    files: NationFiles, blocks: list[pd.DataFrame], surroundings: Surroundings
) -> None:
    ours = pd.concat([build_features(b, as_of=COMING.date, surroundings=surroundings) for b in blocks])
    stored = {"vocabulary": surroundings.vocabulary, "columns": list(ours.columns)}
    wide = naive.read_voters(str(files.folder / "wide"))
    theirs = naive.make_features(wide, pd.read_parquet(files.results), stored)
    assert ours.shape == theirs.shape == (VOTERS, 84)
    for name in ours.columns:
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-6, atol=1e-7, err_msg=name)


def test_a_nation_is_scored_by_its_models_and_by_the_naive_script_alike(files: NationFiles, tmp_path: Path) -> None:
    ensure_models(files, Nation(VOTERS), {"turnout": (12, 7), "support": (8, 5)})
    campaign = files.campaign
    run = Run("test", campaign, Settings(campaign=campaign.root), datetime(2026, 9, 1, tzinfo=UTC))
    scoring = score_campaign(run, one_by_one)
    assert scoring.voters == VOTERS
    assert 0.9 * VOTERS < scoring.scored < VOTERS
    out = tmp_path / "naive.parquet"
    naive.main(str(files.folder / "wide"), str(files.results), str(campaign.root / "models"), str(out))
    theirs = pd.read_parquet(out).sort_index()
    ours = pd.concat([pd.read_parquet(campaign.root / "scores" / f"{digest}.parquet") for digest in scoring.parts])
    assert list(theirs["voter_id"]) == list(ours["voter_id"])
    for outcome in ("turnout", "support"):
        np.testing.assert_allclose(theirs[outcome], ours[outcome], atol=1e-6)
        assert ours[outcome].std() > 0.02
