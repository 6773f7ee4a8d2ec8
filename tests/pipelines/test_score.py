from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.errors import InputError, PropensityError
from data.parts import read_part
from data.snapshots import open_snapshot
from models.scoring import score_voters
from pipelines.balance import add_up
from pipelines.engine import one_by_one
from pipelines.model_store import load_models
from pipelines.records import read_scoring
from pipelines.score import gather_coming, score_campaign
from pipelines.scorer import Scorer
from pipelines.telling import read_scores


def test_every_voter_is_scored_or_excluded_with_a_reason(done: Any, county: Any) -> None:
    scoring = done.scoring
    assert scoring.voters == len(county.voters) == scoring.scored + sum(scoring.excluded.values())
    assert {"deceased", "moved", "under_age"} <= set(scoring.excluded)
    assert scoring.scored == (county.truth["turnout"] > 0).sum()
    assert read_scoring(done.run.campaign.root) == scoring


def test_scores_are_float32_chances_one_a_voter(done: Any) -> None:
    table = read_scores(done.run.campaign)[1].to_pandas()
    assert table["voter_id"].is_unique and len(table) == done.scoring.scored
    for name in ("turnout", "support"):
        assert table[name].dtype == np.float32
        assert table[name].between(0, 1).all()
        assert table[name].mean() == pytest.approx(done.scoring.means[name], abs=1e-5)


def test_the_scores_do_not_depend_on_how_the_file_is_cut(done: Any) -> None:
    run, models = done.run, load_models(done.run.campaign)
    snapshot = open_snapshot(run.campaign)
    whole = [read_part(run.campaign.root / "scores", digest).to_pandas() for digest in done.scoring.parts]
    surroundings = gather_coming(run, snapshot, models)
    table = whole[0].set_index("voter_id")
    (part,) = snapshot.parts
    block = snapshot.read_voters(part)
    doors = block["household_id"].astype(object)
    cut = next(i for i in range(len(block) // 2, len(block)) if doors[i] != doors[i - 1])
    for piece in (block.iloc[:cut], block.iloc[cut:]):
        scores = score_voters(piece.reset_index(drop=True), models, surroundings).set_index("voter_id")
        for name in models:
            np.testing.assert_array_equal(scores[name], table.loc[scores.index, name])


def test_a_missing_voter_stops_the_run(done: Any) -> None:
    snapshot = replace(open_snapshot(done.run.campaign), voters=done.scoring.voters + 1)
    with pytest.raises(PropensityError, match="came out of scoring"):
        add_up(done.run, snapshot, {}, [])


def test_a_damaged_model_is_never_used(done: Any, tmp_path: Any) -> None:
    digest = done.scoring.models["turnout"]
    path = done.run.campaign.root / "models" / f"{digest}.json"
    content = path.read_bytes()
    try:
        path.write_bytes(content.replace(b"0.1", b"0.2", 1))
        with pytest.raises(InputError, match=digest):
            load_models(done.run.campaign)
    finally:
        path.write_bytes(content)


def test_scoring_again_leaves_no_old_files(done: Any) -> None:
    stray = done.run.campaign.root / "scores" / "0ld.parquet"
    stray.touch()
    again = score_campaign(done.run, one_by_one)
    assert not stray.exists()
    assert again.parts == done.scoring.parts


def test_without_models_everybody_eligible_counts_and_nobody_has_a_score(done: Any, tmp_path: Any) -> None:
    snapshot = open_snapshot(done.run.campaign)
    scorer = Scorer(tmp_path, snapshot, {}, gather_coming(done.run, snapshot, {}))
    part = scorer.score_part(snapshot.parts[0])
    assert part.rows - sum(part.excluded.values()) == done.scoring.scored
    assert "turnout" not in read_part(tmp_path, part.digest).column_names
