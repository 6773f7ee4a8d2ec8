from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.parts import read_verified
from data.snapshots import open_snapshot
from models.gates import Decision
from models.model import read_model
from models.outcomes import SUPPORT
from pipelines import train
from pipelines.engine import one_by_one
from pipelines.lessons import gather_lesson
from pipelines.model_store import load_models
from pipelines.records import read_training
from pipelines.score_file import read_scores


def test_both_outcomes_are_trained_judged_and_recorded(done: Any) -> None:
    assert read_training(done.run.campaign.root).models == done.training.models
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


def test_a_reversed_scale_is_refused_and_the_scale_is_named(start: Any, files: Any, tmp_path: Path) -> None:
    """Somebody wrote 5 for strong support; the certified results tell."""
    survey = pd.read_csv(files["survey"], dtype=str)
    survey["response"] = survey["response"].map({str(side): str(6 - side) for side in range(1, 6)})
    survey.to_csv(tmp_path / "s.csv", index=False)
    run = start(tmp_path / "c", {**files, "survey": tmp_path / "s.csv"}, ("survey", "results"))
    support = train.train_models(run, one_by_one).outcomes["support"]
    assert support.state == "refused" and not support.trusted
    (reason,) = support.reasons
    assert reason.startswith("reversed: ") and "certified results of the precinct" in reason
    assert "the response scale looks reversed: check that 1 is strong support" in reason


def test_a_survey_that_nothing_can_check_is_used_with_a_warning(without_history: Any, done: Any) -> None:
    (warning,) = read_training(without_history.run.campaign.root).outcomes["support"].warnings
    assert warning.startswith("unchecked: ") and "propensity import results FILE" in warning
    assert done.training.outcomes["support"].warnings == ()


def test_the_model_before_is_asked_if_lists_were_built_on_it(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run, snapshot = done.run, open_snapshot(done.run.campaign)
    surroundings = train.gather_surroundings(run, snapshot)
    data = gather_lesson(run, snapshot, surroundings, SUPPORT).data
    assert data is not None
    teacher = train.Teacher(run, snapshot, surroundings, data.features)
    before = load_models(run.campaign)["support"]
    np.testing.assert_array_equal(teacher.score_before(data, SUPPORT), before.predict(data.features))
    narrow = replace(data, features=data.features.drop(columns="age"))
    assert teacher.score_before(narrow, SUPPORT) is None
    monkeypatch.setattr(train, "load_trusted", lambda campaign: {})
    assert teacher.score_before(data, SUPPORT) is None


def test_what_a_model_rests_on_is_recorded(done: Any, without_survey: Any) -> None:
    turnout, support = done.training.outcomes["turnout"], done.training.outcomes["support"]
    assert turnout.levels and len(turnout.levels["past"]) == len(turnout.counts) and support.levels is None
    assert [one["election"][:8] for one in turnout.levels["past"]] == ["Nov 2018", "Nov 2020", "Nov 2022", "Nov 2024"]
    assert set(turnout.levels["rests_on"]) <= {name[:10] for name in turnout.counts}
    for record in (turnout, support):
        assert sum(record.importances.values()) == pytest.approx(1.0)
    stated = without_survey.training.outcomes["turnout"].levels["sensitivity"][2]["level"]
    assert stated == pytest.approx(0.42, abs=1e-3)


def test_the_distribution_of_what_was_trained_on_is_kept(done: Any) -> None:
    columns = load_models(done.run.campaign)["turnout"].columns
    assert tuple(done.training.profile) == columns


def test_a_decision_of_nothing_is_a_refusal(done: Any) -> None:
    assert Decision("nothing", ("chance",)).refused


def test_the_levels_of_areas_are_met_and_what_cannot_be_is_told(by_area: Any, scores_by_area: Any) -> None:
    record = by_area.training.outcomes["turnout"]
    assert record.levels["areas"] == 2
    assert [told for told in record.warnings if "nowhere: fewer than 20 voters" in told]
    means = scores_by_area["turnout"].astype(float).groupby(scores_by_area["precinct"]).mean()
    first, second = list(by_area.run.campaign.expected_turnout_by.areas)[:2]
    assert (means[first], means[second]) == pytest.approx((0.2, 0.7), abs=1e-6)
    assert 0.25 < means.drop([first, second]).mean() < 0.65
