"""Lessons: the labelled rows that an outcome is learned from and judged on, read from a snapshot."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from data.elections import Election
from data.snapshots import Snapshot
from features.outcomes import support_labels
from features.surroundings import Surroundings
from models.answers import gather_answers
from models.outcomes import Outcome
from models.replay import Era, choose_eras, gather_replay, judged_era
from models.training_set import TrainingSet
from pipelines.blocks import read_blocks
from pipelines.run import Run


@dataclass(frozen=True)
class Lesson:
    """Labelled rows of an outcome, which of them judge it, and what became of all labels."""

    data: TrainingSet | None
    judged: NDArray[np.bool_]
    judged_on: str
    counts: dict[str, int]
    missing: str


def gather_lesson(run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings], outcome: Outcome) -> Lesson:
    """The lesson of an outcome, from where it says that its labels come."""
    gather = {"replay": replay_lesson, "survey": survey_lesson}[outcome.labels]
    return gather(run, snapshot, surroundings)


def replay_lesson(run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings]) -> Lesson:
    """Past elections like the coming one, the newest like it held out whole to judge on."""
    eras = choose_eras(snapshot.calendar, run.campaign.election)
    read = partial(read_blocks, run, snapshot, "past elections")
    data, kept = gather_replay(read, eras, surroundings, seed=run.settings.seed)
    if data is None:
        missing = "no past election of its kind is in the vote history; `propensity import history FILE` adds them"
        return Lesson(None, np.zeros(0, bool), "", {}, missing)
    number = judged_era(kept)
    counts = {f"{era.election.date} {era.election.type}": int((data.era == n).sum()) for n, era in enumerate(kept)}
    judged = (data.era == number) if len(kept) > 1 else np.ones(len(data), bool)
    return Lesson(data, judged, _say_judged(kept, number), counts, "")


def survey_lesson(run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings]) -> Lesson:
    """The survey's answers, judged by folds that keep households together."""
    election = run.campaign.election
    labels = support_labels(snapshot.read_survey(), election)
    data = None
    if len(labels.label):
        blocks = read_blocks(run, snapshot, "answers")
        data = gather_answers(blocks, labels, surroundings[election])
    judged = np.ones(0 if data is None else len(data), bool)
    missing = "no survey answers yet; `propensity import survey FILE` adds them"
    return Lesson(data, judged, "folds of whole households", labels.counts, missing)


def _say_judged(eras: tuple[Era, ...], number: int) -> str:
    election = eras[number].election
    when = f"{election.date:%b %Y}"
    return f"{when}, held out whole" if len(eras) > 1 else f"{when}, by folds"
