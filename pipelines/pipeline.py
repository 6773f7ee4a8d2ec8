"""The whole pipeline as one Prefect flow: train, score, publish, record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from data.campaign import Campaign, hold
from lists.versions import Release, read_release
from pipelines.artifacts import keep_summary
from pipelines.engine import Each, open_engine
from pipelines.publish import publish_lists
from pipelines.record import record_run
from pipelines.records import Scoring, Training, read_scoring
from pipelines.report import write_report
from pipelines.report_data import gather_report
from pipelines.run import Run
from pipelines.score import score_campaign
from pipelines.train import train_models

STEPS = ("train", "score", "publish")


@dataclass
class Pipeline:
    """The steps of one run, each leaving what it made for the next ones and for the summary.

    `before` is the release that the run found live.
    """

    run: Run
    before: Release | None = None
    training: Training | None = None
    scoring: Scoring | None = None
    release: Release | None = None
    reported: Path | None = None
    warnings: list[str] = field(default_factory=list)

    def train(self, each: Each) -> None:
        self.training = train_models(self.run, each)

    def score(self, each: Each) -> None:
        self.scoring = score_campaign(self.run, each)
        self.warnings += self.scoring.warnings

    def publish(self, each: Each) -> None:
        self.release = publish_lists(self.run, each)
        self.scoring = self.scoring or read_scoring(self.run.campaign.root)

    def report(self, each: Each) -> None:
        data = gather_report(self.run)
        self.reported = write_report(self.run.campaign.root, data)
        self.warnings += keep_summary(data, self.reported)

    def record(self, each: Each) -> None:
        self.warnings += record_run(self.run, each, self.training, self.release, self.reported)

    @property
    def refusals(self) -> list[str]:
        """Everything that a gate refused in this run."""
        outcomes = self.training.outcomes.items() if self.training else ()
        refused = [f"{name}: {why}" for name, record in outcomes if record.state == "refused" for why in record.reasons]
        return [*refused, *(self.scoring.suspicions if self.scoring else ())]


def run_pipeline(run: Run, steps: Sequence[str] = STEPS) -> Pipeline:
    """Run the chosen steps, then record them, holding the campaign meanwhile; what they made.

    Raises CampaignBusy when another process holds the campaign, and whatever a step raises.
    """
    with hold(run.campaign):
        pipeline = Pipeline(run, before=read_release(run.campaign.root / "lists"))
        chosen = {name: getattr(pipeline, name) for name in (*steps, "report", "record")}
        with open_engine(run.campaign.root, run.settings) as server:
            # Imported here: Prefect reads its environment, which the engine has just set, when it is imported.
            from pipelines.flow import run_steps

            run_steps(server, chosen, name=run.name)
    return pipeline


def name_run(campaign: Campaign, started: datetime) -> str:
    """A name that no earlier run of the campaign has: the day and a number."""
    folder = campaign.root / "runs"
    folder.mkdir(exist_ok=True)
    day = f"{started:%Y-%m-%d}"
    number = 1 + max((int(path.name.rsplit(".", 1)[1]) for path in folder.glob(f"{day}.*")), default=0)
    Path(folder / f"{day}.{number}").touch()
    return f"{day}.{number}"
