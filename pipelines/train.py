"""Train: surroundings, then each outcome from its labels, judged, decided and stored."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.elections import Election
from data.snapshots import Snapshot, open_snapshot
from features.matrix import category_columns
from features.surroundings import Surroundings
from models.gates import GateLimits, too_few_labels
from models.outcomes import OUTCOMES, Outcome
from models.profiles import profile_features
from models.replay import choose_eras
from models.training import Trained, train_model
from models.training_set import Doubles, TrainingSet
from models.weights import weigh
from pipelines.blocks import read_surroundings, read_vocabulary
from pipelines.engine import Each
from pipelines.lessons import Lesson, gather_lesson
from pipelines.level import at_stated_mean
from pipelines.model_store import load_trusted, store_model
from pipelines.records import OutcomeRecord, Training, training_path, write_record
from pipelines.reference import read_reference
from pipelines.run import Run
from pipelines.sense import describe_levels, rank_topics

LIMITS = GateLimits()


def train_models(run: Run, each: Each) -> Training:
    """Train every outcome on the current snapshot and record what came of it."""
    snapshot = open_snapshot(run.campaign)
    surroundings = gather_surroundings(run, snapshot)
    reference = read_reference(snapshot, surroundings[run.campaign.election])
    teacher = Teacher(run, snapshot, surroundings, reference)
    records = each(teacher.train_outcome, OUTCOMES)
    outcomes = {outcome.name: record for outcome, record in zip(OUTCOMES, records, strict=True)}
    profile = profile_features(reference, category_columns(snapshot.extras)).to_json()
    training = Training(run.name, snapshot.digest, run.campaign.election, run.settings.seed, outcomes, profile)
    write_record(training_path(run.campaign.root), training)
    return training


def gather_surroundings(run: Run, snapshot: Snapshot) -> dict[Election, Surroundings]:
    """Surroundings as of the coming election and of every past one that is replayed."""
    coming = run.campaign.election
    replayed = [era.election for era in choose_eras(snapshot.calendar, coming)]
    return read_surroundings(run, snapshot, [*replayed, coming], read_vocabulary(run, snapshot))


@dataclass(frozen=True)
class Teacher:
    """Trains outcomes of one snapshot; `reference` are the features of a sample of those who will be scored."""

    run: Run
    snapshot: Snapshot
    surroundings: dict[Election, Surroundings]
    reference: pd.DataFrame

    def train_outcome(self, outcome: Outcome) -> OutcomeRecord:
        """Train one outcome and store its model; a record of what came of it."""
        coming = self.run.campaign.election
        lesson = gather_lesson(self.run, self.snapshot, self.surroundings, outcome)
        if lesson.data is None:
            return OutcomeRecord("skipped", (lesson.missing,), counts=lesson.counts)
        positives = int(lesson.data.label.sum())
        if shortage := too_few_labels(positives, len(lesson.data) - positives, LIMITS):
            return OutcomeRecord("skipped", (shortage,), counts=lesson.counts)
        trained = train_model(
            lesson.data,
            outcome,
            coming=coming,
            judged=lesson.judged,
            judged_on=lesson.judged_on,
            vocabulary=self.surroundings[coming].vocabulary,
            limits=LIMITS,
            seed=self.run.settings.seed,
            previous=self.score_before(lesson.data, outcome),
        )
        return self.record(trained, outcome, lesson)

    def score_before(self, data: TrainingSet, outcome: Outcome) -> Doubles | None:
        """What the campaign's model before, if lists were built on it, says of these rows."""
        before = load_trusted(self.run.campaign).get(outcome.name)
        if before is None or before.columns != tuple(data.features.columns):
            return None
        return np.asarray(before.predict(data.features))

    def weigh(self, data: TrainingSet | None, outcome: Outcome) -> dict[str, Any] | None:
        """How far those who answered resemble the file, and what weights that make them so change."""
        if data is None or outcome.labels != "survey":
            return None
        vocabulary = self.surroundings[self.run.campaign.election].vocabulary
        weights = weigh(data.features, self.reference, categories=data.categories, vocabulary=vocabulary)
        return asdict(weights.describe(data.label))

    def record(self, trained: Trained, outcome: Outcome, lesson: Lesson) -> OutcomeRecord:
        """Store the model of a trained outcome, at the level the campaign states; the record of both."""
        decision = trained.decision
        model, unmet = at_stated_mean(self.run, self.snapshot, self.surroundings, trained.model, outcome)
        return OutcomeRecord(
            "refused" if decision.used == "nothing" else decision.used,
            decision.reasons,
            store_model(self.run.campaign, model),
            trained.evaluation.to_json(),
            trained.members,
            lesson.counts,
            warnings=(*trained.warnings, *unmet),
            weighting=self.weigh(lesson.data, outcome),
            levels=describe_levels(trained.level, lesson, model, self.reference),
            importances=rank_topics(model, self.reference, self.snapshot.extras),
        )
