"""What a report shows, gathered from what the run left in the campaign's folder: figures and counts, never a voter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.campaign import Campaign
from data.snapshots import Snapshot, open_snapshot
from lists.universes import UNIVERSES
from lists.versions import ListVersion, Release, count_common, read_release
from pipelines.figures import Figures, OutcomeFigures, read_figures_before, take_figures
from pipelines.records import (
    Scoring,
    Training,
    read_scoring,
    read_training,
    scoring_path,
    training_path,
)
from pipelines.run import Run

Shares = Mapping[str, float]


@dataclass(frozen=True)
class ListChange:
    """A list that is live, and how it differs from its version in the report before: None where there was none."""

    now: ListVersion
    before: ListVersion | None = None
    entered: int | None = None
    left: int | None = None
    stayed: int | None = None

    @property
    def renewed(self) -> bool:
        """Whether this is another version than in the report before."""
        return self.before is None or self.before.version != self.now.version


@dataclass(frozen=True)
class ReportData:
    """Everything a report shows.

    Whatever a campaign does not have yet (a survey, a history, a version before) is empty or None.
    """

    run: str
    made: date
    campaign: str
    election: str
    election_day: date
    expected_turnout: float | None
    seed: int
    code: str
    snapshot: str
    data_of: date
    voters: int
    elections: int
    imports: tuple[Mapping[str, Any], ...]
    training: Training | None = None
    scoring: Scoring | None = None
    figures: Mapping[str, OutcomeFigures] = field(default_factory=dict)
    release: str | None = None
    lists: tuple[ListChange, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    before: Figures | None = None

    def in_short(self) -> Figures:
        """What the next report is compared with."""
        return Figures(self.run, self.snapshot, self.voters, self.release, self.figures)


def gather_report(run: Run) -> ReportData:
    """What the last training, scoring and release of the run's campaign come to."""
    campaign, root = run.campaign, run.campaign.root
    training = read_training(root) if training_path(root).exists() else None
    scoring = read_scoring(root) if scoring_path(root).exists() else None
    release = read_release(root / "lists")
    before = read_figures_before(root / "reports", run.name)
    return ReportData(
        run=run.name,
        made=run.started.date(),
        seed=run.settings.seed,
        code=version("propensity"),
        **_describe_campaign(campaign),
        **_describe_snapshot(open_snapshot(campaign)),
        training=training,
        scoring=scoring,
        figures=take_figures(root, training, scoring),
        release=release.digest if release else None,
        lists=compare_lists(root / "lists", release, before) if release else (),
        refused=dict(release.refused) if release else {},
        before=before,
    )


def compare_lists(folder: Path, release: Release, before: Figures | None) -> tuple[ListChange, ...]:
    """The live lists, in the order they are declared, each beside its version when the report before was made."""
    earlier = read_release(folder, before.release) if before and before.release else None
    order = [universe.name for universe in UNIVERSES]
    names = sorted(release.lists, key=lambda name: order.index(name) if name in order else len(order))
    return tuple(_compare(folder, release.lists[name], earlier.lists.get(name) if earlier else None) for name in names)


def _compare(folder: Path, now: ListVersion, before: ListVersion | None) -> ListChange:
    if before is None:
        return ListChange(now)
    if before.part == now.part:
        return ListChange(now, before, 0, 0, now.rows)
    stayed = count_common(folder, now, before)
    return ListChange(now, before, now.rows - stayed, before.rows - stayed, stayed)


def _describe_campaign(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign": campaign.name,
        "election": f"{campaign.election.type.replace('_', ' ')} election",
        "election_day": campaign.election.date,
        "expected_turnout": campaign.expected_turnout,
    }


def _describe_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot": snapshot.digest,
        "data_of": date.fromisoformat(snapshot.created),
        "voters": snapshot.voters,
        "elections": len(snapshot.calendar),
        "imports": snapshot.imports,
    }
