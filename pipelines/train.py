"""Train: surroundings, then each outcome from its labels, judged, decided and stored."""

from dataclasses import dataclass

from data.elections import Election
from data.snapshots import Snapshot, open_snapshot
from features.surroundings import Surroundings
from models.gates import GateLimits, too_few_labels
from models.outcomes import OUTCOMES, Outcome
from models.replay import choose_eras
from models.training import Trained, train_model
from pipelines.blocks import read_surroundings, read_vocabulary
from pipelines.engine import Each
from pipelines.lessons import Lesson, gather_lesson
from pipelines.level import at_stated_mean
from pipelines.model_store import store_model
from pipelines.records import OutcomeRecord, Training, training_path, write_record
from pipelines.run import Run

LIMITS = GateLimits()


def train_models(run: Run, each: Each) -> Training:
    """Train every outcome on the current snapshot and record what came of it."""
    snapshot = open_snapshot(run.campaign)
    teacher = Teacher(run, snapshot, gather_surroundings(run, snapshot))
    records = each(teacher.train_outcome, OUTCOMES)
    outcomes = {outcome.name: record for outcome, record in zip(OUTCOMES, records, strict=True)}
    training = Training(run.name, snapshot.digest, run.campaign.election, run.settings.seed, outcomes)
    write_record(training_path(run.campaign.root), training)
    return training


def gather_surroundings(run: Run, snapshot: Snapshot) -> dict[Election, Surroundings]:
    """Surroundings as of the coming election and of every past one that is replayed."""
    coming = run.campaign.election
    replayed = [era.election for era in choose_eras(snapshot.calendar, coming)]
    return read_surroundings(run, snapshot, [*replayed, coming], read_vocabulary(run, snapshot))


@dataclass(frozen=True)
class Teacher:
    """Trains outcomes of one snapshot."""

    run: Run
    snapshot: Snapshot
    surroundings: dict[Election, Surroundings]

    def train_outcome(self, outcome: Outcome) -> OutcomeRecord:
        """Train one outcome and store its model; a record of what came of it."""
        lesson = gather_lesson(self.run, self.snapshot, self.surroundings, outcome)
        if lesson.data is None:
            return OutcomeRecord("skipped", (lesson.missing,), counts=lesson.counts)
        positives = int(lesson.data.label.sum())
        if shortage := too_few_labels(positives, len(lesson.data) - positives, LIMITS):
            return OutcomeRecord("skipped", (shortage,), counts=lesson.counts)
        trained = train_model(
            lesson.data,
            outcome,
            coming=self.run.campaign.election,
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
        model = at_stated_mean(self.run, self.snapshot, self.surroundings, trained.model, outcome)
        return OutcomeRecord(
            "refused" if decision.used == "nothing" else decision.used,
            decision.reasons,
            store_model(self.run.campaign, model),
            trained.evaluation.to_json(),
            trained.members,
            lesson.counts,
        )
