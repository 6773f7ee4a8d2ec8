from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.errors import UsageError
from pipelines.records import read_scoring, scoring_path, write_record
from pipelines.score_file import read_scores, write_scores


def test_both_files_have_everybody_scored(done: Any, tmp_path: Path) -> None:
    scores = read_scores(done.run.campaign)[1].to_pandas()
    for out in (tmp_path / "s.parquet", tmp_path / "s.csv"):
        written = write_scores(done.run.campaign, out)
        assert written["rows"] == done.scoring.scored and out.stat().st_mode & 0o777 == 0o600
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "s.parquet"), scores)
    text = pd.read_csv(tmp_path / "s.csv", dtype={"voter_id": str})
    assert text["voter_id"].tolist() == scores["voter_id"].tolist()
    pd.testing.assert_series_equal(text["turnout"].astype("float32"), scores["turnout"])


def test_the_parquet_file_says_what_the_scores_are(done: Any, tmp_path: Path) -> None:
    write_scores(done.run.campaign, tmp_path / "s.parquet")
    told = pq.read_schema(tmp_path / "s.parquet").metadata
    assert told[b"as_of"].decode() == done.scoring.as_of
    assert told[b"model turnout"].decode() == done.scoring.models["turnout"] and told[b"gate turnout"] == b"model"


def test_parts_follow_each_other_in_one_file(done: Any, tmp_path: Path) -> None:
    """The same part twice, as if the snapshot had two."""
    path, before = scoring_path(done.run.campaign.root), read_scoring(done.run.campaign.root)
    try:
        write_record(path, replace(before, parts=before.parts * 2))
        for name in ("s.parquet", "s.csv"):
            assert write_scores(done.run.campaign, tmp_path / name)["rows"] == 2 * before.scored
        assert len(pd.read_csv(tmp_path / "s.csv")) == len(pd.read_parquet(tmp_path / "s.parquet")) == 2 * before.scored
    finally:
        write_record(path, before)


@pytest.mark.parametrize("name", ["nowhere/s.parquet", "nowhere/s.csv", "s.xlsx"])
def test_what_cannot_be_written_is_said(done: Any, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_scores(done.run.campaign, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
