from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from data.parts import read_verified
from models.gates import Decision
from models.model import read_model
from pipelines import train
from pipelines.engine import one_by_one
from pipelines.records import read_training
from pipelines.telling import read_scores


def test_both_outcomes_are_trained_judged_and_recorded(done: Any) -> None:
    assert read_training(done.run.campaign.root) == done.training
    assert done.training.snapshot == done.scoring.snapshot
    assert done.training.outcomes["support"].state == "model"
    # The county's truth is nearly a line: the plain regression, one of the rules, may be proven the better one.
    assert done.training.outcomes["turnout"].state in ("model", "rule")
    for record in done.training.outcomes.values():
        assert record.evaluation["auc"]["low"] > 0.6
        assert {"base rate"} < set(record.evaluation["rules"])


def test_turnout_is_judged_on_the_newest_election_of_its_kind(done: Any) -> None:
    record = done.training.outcomes["turnout"]
    assert record.evaluation["judged_on"] == "Nov 2022, held out whole"
    years = [2018, 2020, 2022, 2024]  # 2016 is the calendar's first: nobody has a history yet
    assert [int(election[:4]) for election in record.counts] == years


def test_what_became_of_every_answer_is_counted(done: Any, county: Any) -> None:
    counts = done.training.outcomes["support"].counts
    assert counts["voters"] == counts["conflicting"] + counts["undecided"] + counts["support"] + counts["oppose"]
    assert counts["undecided"] > 0


def test_a_model_is_stored_under_the_digest_of_its_bytes(done: Any) -> None:
    digest = done.training.outcomes["turnout"].digest
    content = read_verified(done.run.campaign.root / "models" / f"{digest}.json", digest)
    assert read_model(content).digest == digest


def test_the_same_snapshot_and_seed_give_the_same_models(done: Any) -> None:
    again = train.train_models(done.run, one_by_one)
    assert again.models == done.training.models


def test_without_a_survey_turnout_is_trained_and_support_says_why_not(without_survey: Any) -> None:
    outcomes = without_survey.training.outcomes
    assert outcomes["turnout"].state in ("model", "rule")
    assert outcomes["support"].state == "skipped"
    assert "import survey" in outcomes["support"].reasons[0]


def test_without_history_support_is_trained_and_turnout_says_why_not(without_history: Any) -> None:
    outcomes = without_history.training.outcomes
    assert outcomes["support"].state == "model"
    assert outcomes["turnout"].state == "skipped"
    assert "import history" in outcomes["turnout"].reasons[0]


def test_a_stated_turnout_is_the_mean_of_the_scores(without_survey: Any) -> None:
    assert without_survey.run.campaign.expected_turnout == 0.42
    scores = read_scores(without_survey.run.campaign)[1]["turnout"].to_numpy()
    assert float(np.mean(scores, dtype=np.float64)) == pytest.approx(0.42, abs=1e-4)


def test_too_few_answers_are_said_and_nothing_is_trained(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "LIMITS", replace(train.LIMITS, fewest_labels=100_000))
    monkeypatch.setattr(train, "write_record", lambda path, record: None)
    training = train.train_models(done.run, one_by_one)
    assert {record.state for record in training.outcomes.values()} == {"skipped"}
    assert "at least 100,000 are needed" in training.outcomes["support"].reasons[0]


def test_a_decision_of_nothing_is_a_refusal(done: Any) -> None:
    assert Decision("nothing", ("chance",)).refused
