from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from data.errors import InputError
from data.snapshots import open_snapshot
from models.scoring import score_voters
from pipelines.plan import Plan, plan_from, plan_name, read_plan, store_plan
from pipelines.score import make_plan


@pytest.fixture
def plan(done: Any) -> Plan:
    return make_plan(done.run, open_snapshot(done.run.campaign))


def test_a_plan_read_back_scores_the_same(plan: Plan, done: Any) -> None:
    again, snapshot = plan_from(plan.to_bytes()), open_snapshot(done.run.campaign)
    voters = snapshot.read_voters(snapshot.parts[0])
    pd.testing.assert_frame_equal(
        score_voters(voters, again.scorer, again.surroundings), score_voters(voters, plan.models, plan.surroundings)
    )
    pd.testing.assert_frame_equal(again.sample, plan.sample.reset_index(drop=True))


def test_the_same_plan_has_the_same_digest_and_another_model_another(plan: Plan, done: Any, tmp_path: Path) -> None:
    again = make_plan(done.run, open_snapshot(done.run.campaign))
    assert store_plan(tmp_path, plan) == store_plan(tmp_path, again) == done.scoring.plan
    models = {**plan.models, "turnout": plan.models["turnout"].shifted(0.1)}
    assert store_plan(tmp_path, replace(plan, models=models)) != done.scoring.plan


def test_a_damaged_plan_is_not_used(plan: Plan, tmp_path: Path) -> None:
    digest = store_plan(tmp_path, plan)
    path = tmp_path / plan_name(digest)
    path.write_bytes(path.read_bytes().replace(b"turnout", b"Turnout", 1))
    with pytest.raises(InputError, match=digest):
        read_plan(tmp_path, digest)
