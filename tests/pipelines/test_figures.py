from pathlib import Path
from typing import Any

import pyarrow as pa

from data.parts import read_part
from pipelines.figures import (
    BINS,
    Figures,
    OutcomeFigures,
    count_scores,
    read_figures_before,
    take_figures,
    write_figures,
)


def figures(run: str) -> Figures:
    return Figures(run, "s", 10, None, {"turnout": OutcomeFigures("model", "m", 0.5, 0.8, 0.6, (1, 2, 3))})


def test_figures_are_read_back_as_they_were(tmp_path: Path) -> None:
    write_figures(tmp_path, figures("2026-09-14.1"))
    assert read_figures_before(tmp_path, "2026-09-14.2") == figures("2026-09-14.1")


def test_the_run_before_is_the_newest_that_is_older(tmp_path: Path) -> None:
    for run in ("2026-09-13.1", "2026-09-14.9", "2026-09-14.10", "2026-09-14.11", "2026-09-15.1"):
        write_figures(tmp_path, figures(run))
    assert read_figures_before(tmp_path, "2026-09-14.11") == figures("2026-09-14.10")
    assert read_figures_before(tmp_path, "2026-09-13.1") is None


def test_every_scored_voter_is_in_one_bin(done: Any) -> None:
    counts = count_scores(done.run.campaign.root / "scores", done.scoring)
    assert set(counts) == {"turnout", "support"}
    assert {(len(one), sum(one)) for one in counts.values()} == {(BINS, done.scoring.scored)}


def test_the_bins_are_those_of_the_scores(done: Any) -> None:
    folder = done.run.campaign.root / "scores"
    scores = pa.concat_tables([read_part(folder, digest) for digest in done.scoring.parts])["turnout"].to_pandas()
    counts = count_scores(folder, done.scoring)["turnout"]
    assert counts[0] == (scores < 0.02).sum()
    assert sum(counts[25:]) == (scores >= 0.5).sum()


def test_the_figures_of_a_run_are_those_of_its_records(done: Any) -> None:
    found = take_figures(done.run.campaign.root, done.training, done.scoring)
    assert found["turnout"].mean == done.scoring.means["turnout"]
    assert found["turnout"].auc == done.training.outcomes["turnout"].evaluation["auc"]["value"]
    assert found["support"].model == done.training.outcomes["support"].digest


def test_an_outcome_without_a_model_has_figures_without_values(without_survey: Any) -> None:
    found = take_figures(without_survey.run.campaign.root, without_survey.training, without_survey.scoring)
    assert found["support"] == OutcomeFigures("skipped", None, None, None, None, ())
    assert take_figures(without_survey.run.campaign.root, None, None) == {}
