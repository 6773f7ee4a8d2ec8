"""Train: surroundings, then each outcome from its labels, judged, decided and stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.campaign import Campaign
from data.durable import write_file
from data.elections import Election
from data.snapshots import Snapshot, open_snapshot
from features.eligibility import exclusion_reasons
from features.matrix import build_features, category_columns
from features.outcomes import support_labels
from features.surroundings import Surroundings, learn_surroundings
from features.vocabulary import learn_vocabulary
from models.answers import gather_answers
from models.calibration import shift_to_mean
from models.gates import GateLimits, too_few_labels
from models.model import PropensityModel
from models.outcomes import OUTCOMES, Outcome
from models.replay import Era, choose_eras, gather_replay, judged_era
from models.training import Trained, train_model
from models.training_set import TrainingSet
from pipelines.engine import Each
from pipelines.records import OutcomeRecord, Training, training_path, write_record
from pipelines.run import Run

LIMITS = GateLimits()


@dataclass(frozen=True)
class Lesson:
    """Labelled rows of an outcome, which of them judge it, and what became of all labels."""

    data: TrainingSet | None
    judged: NDArray[np.bool_]
    judged_on: str
    counts: dict[str, int]
    missing: str


def train_models(run: Run, each: Each) -> Training:
    """Train every outcome on the current snapshot and record what came of it."""
    snapshot = open_snapshot(run.campaign)
    teacher = Teacher(run, snapshot, gather_surroundings(run, snapshot))
    records = each(teacher.train_outcome, OUTCOMES)
    outcomes = {outcome.name: record for outcome, record in zip(OUTCOMES, records, strict=True)}
    training = Training(run.name, snapshot.digest, run.campaign.election, run.settings.seed, outcomes)
    write_record(training_path(run.campaign.root), training)
    return training


def read_blocks(run: Run, snapshot: Snapshot, label: str) -> Iterable[pd.DataFrame]:
    """The snapshot's voters part by part, watched."""
    return (snapshot.read_voters(part) for part in run.watch(label, snapshot.parts, lambda part: part.rows))


def gather_surroundings(run: Run, snapshot: Snapshot) -> dict[Election, Surroundings]:
    """Surroundings as of the coming election and of every past one that is replayed."""
    coming = run.campaign.election
    replayed = [era.election for era in choose_eras(snapshot.calendar, coming)]
    vocabulary = learn_vocabulary(read_blocks(run, snapshot, "words"), category_columns(snapshot.extras))
    return learn_surroundings(
        read_blocks(run, snapshot, "surroundings"),
        calendar=snapshot.calendar,
        coming=[*replayed, coming],
        extras=snapshot.extras,
        results=snapshot.read_results(),
        vocabulary=vocabulary,
    )


@dataclass(frozen=True)
class Teacher:
    """Trains outcomes of one snapshot."""

    run: Run
    snapshot: Snapshot
    surroundings: dict[Election, Surroundings]

    def train_outcome(self, outcome: Outcome) -> OutcomeRecord:
        """Train one outcome and store its model; a record of what came of it."""
        lesson = self.replay() if outcome.labels == "replay" else self.ask()
        if lesson.data is None:
            return OutcomeRecord("skipped", (lesson.missing,), counts=lesson.counts)
        positives = int(lesson.data.label.sum())
        if shortage := too_few_labels(positives, len(lesson.data) - positives, LIMITS):
            return OutcomeRecord("skipped", (shortage,), counts=lesson.counts)
        trained = train_model(
            lesson.data,
            outcome,
            judged=lesson.judged,
            judged_on=lesson.judged_on,
            vocabulary=self.surroundings[self.run.campaign.election].vocabulary,
            limits=LIMITS,
            seed=self.run.settings.seed,
        )
        return self.record(trained, outcome, lesson)

    def record(self, trained: Trained, outcome: Outcome, lesson: Lesson) -> OutcomeRecord:
        """Store the model of a trained outcome, at the level the campaign states; the record of both."""
        decision = trained.decision
        return OutcomeRecord(
            "refused" if decision.used == "nothing" else decision.used,
            decision.reasons,
            store_model(self.run.campaign, self.at_stated_mean(trained.model, outcome)),
            trained.evaluation.to_json(),
            trained.members,
            lesson.counts,
        )

    def replay(self) -> Lesson:
        """Past elections like the coming one, the newest like it held out whole to judge on."""
        eras = choose_eras(self.snapshot.calendar, self.run.campaign.election)
        read = partial(read_blocks, self.run, self.snapshot, "past elections")
        data, kept = gather_replay(read, eras, self.surroundings, seed=self.run.settings.seed)
        if data is None:
            missing = "no past election of its kind is in the vote history; `propensity import history FILE` adds them"
            return Lesson(None, np.zeros(0, bool), "", {}, missing)
        number = judged_era(kept)
        counts = {f"{era.election.date} {era.election.type}": int((data.era == n).sum()) for n, era in enumerate(kept)}
        judged = (data.era == number) if len(kept) > 1 else np.ones(len(data), bool)
        return Lesson(data, judged, _say_judged(kept, number), counts, "")

    def ask(self) -> Lesson:
        """The survey's answers, judged by folds that keep households together."""
        election = self.run.campaign.election
        labels = support_labels(self.snapshot.read_survey(), election)
        data = None
        if len(labels.label):
            blocks = read_blocks(self.run, self.snapshot, "answers")
            data = gather_answers(blocks, labels, self.surroundings[election])
        judged = np.ones(0 if data is None else len(data), bool)
        missing = "no survey answers yet; `propensity import survey FILE` adds them"
        return Lesson(data, judged, "folds of whole households", labels.counts, missing)

    def at_stated_mean(self, model: PropensityModel, outcome: Outcome) -> PropensityModel:
        """The model shifted to the mean that the campaign states for the outcome, where it states one."""
        mean = getattr(self.run.campaign, outcome.stated_mean) if outcome.stated_mean else None
        if mean is None:
            return model
        coming = self.surroundings[self.run.campaign.election]
        blocks = read_blocks(self.run, self.snapshot, "stated level")
        scores = np.concatenate([_eligible_scores(block, model, coming) for block in blocks])
        return model.shifted(shift_to_mean(scores, mean))


def _eligible_scores(block: pd.DataFrame, model: PropensityModel, surroundings: Surroundings) -> NDArray[np.float64]:
    features = build_features(block, as_of=surroundings.coming.date, surroundings=surroundings)
    return model.predict(features[exclusion_reasons(block, surroundings.coming) == ""])


def _say_judged(eras: tuple[Era, ...], number: int) -> str:
    election = eras[number].election
    when = f"{election.date:%b %Y}"
    return f"{when}, held out whole" if len(eras) > 1 else f"{when}, by folds"


def store_model(campaign: Campaign, model: PropensityModel) -> str:
    """Keep a model under its digest in the campaign's models folder; the digest."""
    content = model.to_bytes()
    write_file(campaign.root / "models" / f"{model.digest}.json", content)
    return model.digest
