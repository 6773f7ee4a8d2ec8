from dataclasses import replace
from typing import Any

from pipelines.pipeline import Pipeline
from pipelines.records import OutcomeRecord


def test_what_the_gate_and_what_the_file_refused_is_told_together(done: Any) -> None:
    refused = OutcomeRecord("refused", ("no better than chance", "slope 0.2"))
    training = replace(done.training, outcomes={**done.training.outcomes, "support": refused})
    scoring = replace(done.scoring, suspicions=("drift: x; y",))
    assert Pipeline(done.run).refusals == []
    assert Pipeline(done.run, training=done.training, scoring=done.scoring).refusals == []
    assert Pipeline(done.run, training=training, scoring=scoring).refusals == [
        "support: no better than chance",
        "support: slope 0.2",
        "drift: x; y",
    ]
