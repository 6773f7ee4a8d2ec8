import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputError
from pipelines.records import Training, read_scoring, read_training, scoring_path, training_path, write_record


def as_json(training: Training) -> Any:
    """What is the same once it is written: JSON has lists where figures have tuples."""
    return json.loads(json.dumps(asdict(training), default=str))


def test_what_was_written_is_read_back(done: Any, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_record(training_path(tmp_path), done.training)
    found = read_training(tmp_path)
    assert isinstance(found, Training)
    assert as_json(found) == as_json(done.training)
    assert training_path(tmp_path).stat().st_mode & 0o077 == 0


def test_what_is_not_there_yet_is_said_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="propensity run --only train"):
        read_training(tmp_path)
    with pytest.raises(InputError, match="propensity run"):
        read_scoring(tmp_path)


def test_a_record_of_an_earlier_version_is_read_without_what_it_did_not_hold(done: Any, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    write_record(training_path(tmp_path), done.training)
    told = json.loads(training_path(tmp_path).read_text())
    for outcome in told["outcomes"].values():
        for name in ("warnings", "weighting", "levels", "importances"):
            del outcome[name]
    del told["profile"]
    training_path(tmp_path).write_text(json.dumps(told))
    outcomes = {
        name: replace(record, warnings=(), weighting=None, levels=None, importances=None)
        for name, record in done.training.outcomes.items()
    }
    assert as_json(read_training(tmp_path)) == as_json(replace(done.training, outcomes=outcomes, profile=None))


def test_a_scoring_of_an_earlier_version_had_no_suspicions(done: Any, tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    write_record(scoring_path(tmp_path), replace(done.scoring, suspicions=("drift: x; y",)))
    assert read_scoring(tmp_path).suspicions == ("drift: x; y",)
    told = json.loads(scoring_path(tmp_path).read_text())
    del told["suspicions"]
    scoring_path(tmp_path).write_text(json.dumps(told))
    assert read_scoring(tmp_path) == replace(done.scoring, suspicions=())
