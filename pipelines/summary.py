"""What a person reads at the end of a run: rows, models against their rules, lists, and where they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from data.campaign import Campaign
from data.snapshots import Snapshot
from lists.universes import UNIVERSES
from lists.versions import ListVersion, Release
from pipelines.pipeline import Pipeline
from pipelines.records import OutcomeRecord, Scoring, Training

USED = {"model": "yes", "rule": "the rule", "refused": "refused", "skipped": "not trained"}


def show_summary(console: Console, pipeline: Pipeline, snapshot: Snapshot) -> None:
    """Print the summary of a run."""
    console.print(Group(*(part for part in _parts(pipeline, snapshot) if part is not None)))


def _parts(pipeline: Pipeline, snapshot: Snapshot) -> tuple[RenderableType | None, ...]:
    run, training, scoring, release = pipeline.run, pipeline.training, pipeline.scoring, pipeline.release
    return (
        _headline(run.campaign, run.name),
        _inputs(snapshot, training),
        _scored(scoring) if scoring else None,
        _models(training) if training else None,
        _reasons(training) if training else None,
        Text("\n".join(f"  {one}" for one in scoring.suspicions), style="red")
        if scoring and scoring.suspicions
        else None,
        _lists(release, pipeline.before) if release else None,
        _closing(run.campaign, release, pipeline.warnings),
        Text(f"  Report: {pipeline.reported}\n") if pipeline.reported else None,
    )


def _headline(campaign: Campaign, run: str) -> Text:
    election = campaign.election
    what = f"{election.type.replace('_', ' ')} election {election.date:%-d %b %Y}"
    return Text.assemble("\n", (campaign.name, "bold"), f" · {what} · run {run}\n")


def _grid() -> Table:
    grid = Table.grid(padding=(0, 3, 0, 2))
    grid.add_column(min_width=12)
    grid.add_column(justify="right")
    grid.add_column()
    return grid


def _inputs(snapshot: Snapshot, training: Training | None) -> Table:
    grid = _grid()
    elections = f"{len(snapshot.calendar)} elections" if snapshot.calendar else "no vote history"
    grid.add_row("Voter file", f"{snapshot.voters:,} voters", f"snapshot {snapshot.digest[:8]} · {elections}")
    counts = training.outcomes["support"].counts if training and "support" in training.outcomes else None
    if counts:
        usable = counts["support"] + counts["oppose"]
        further = f"{usable:,} usable · {counts['undecided']:,} undecided · {counts['conflicting']:,} conflicting"
        grid.add_row("Survey", f"{counts['answers']:,} answers", further)
        grid.add_row(*_weighed(training.outcomes["support"]) if training else ())
    return grid


def _weighed(record: OutcomeRecord) -> tuple[str, ...]:
    """What the answers say of the whole file, once they resemble it."""
    if not (weighting := record.weighting):
        return ()
    said = f"of those who answered {weighting['unweighted_mean']:.0%}, worth {weighting['effective_size']:,.0f} answers"
    return "", f"{weighting['weighted_mean']:.0%} support", f"weighted to the voter file; {said}"


def _scored(scoring: Scoring) -> Table:
    grid = _grid()
    grid.add_row("Scored", f"{scoring.scored:,} voters", _speed(scoring))
    if scoring.excluded:
        reasons = " · ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in scoring.excluded.items())
        grid.add_row("Excluded", f"{sum(scoring.excluded.values()):,} voters", reasons)
    return grid


def _speed(scoring: Scoring) -> str:
    if not scoring.models:
        return "no model to score with"
    if scoring.reused == scoring.voters:
        return "as in the last run: neither the file nor a model has changed"
    kept = f" · {scoring.reused:,} kept from a run that was broken off" if scoring.reused else ""
    return f"{(scoring.voters - scoring.reused) / max(scoring.seconds, 0.01):,.0f} voters/s{kept}"


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="bold")
    for place, heading in enumerate(headings):
        words = place in (0, 1, len(headings) - 1) or heading == "best rule"
        table.add_column(heading, justify="left" if words else "right", no_wrap=place != 1)
    return table


def _models(training: Training) -> RenderableType:
    table = _table("Model", "judged on", "log loss", "best rule", "AUC", "slope", "used")
    for name, record in training.outcomes.items():
        table.add_row(name, *_judgement(record), USED[record.state])
    return Group(Text(), table)


def _judgement(record: OutcomeRecord) -> tuple[str, ...]:
    evaluation = record.evaluation
    if evaluation is None:
        return ("–",) * 5
    rule, compared = min(evaluation["rules"].items(), key=lambda item: float(item[1]["log_loss"]))
    return (
        evaluation["judged_on"],
        f"{evaluation['log_loss_at_level']['value']:.3f}",
        f"{compared['log_loss']:.3f} {rule}",
        f"{evaluation['auc']['value']:.3f}",
        f"{evaluation['slope']['value']:.2f}",
    )


def _reasons(training: Training) -> RenderableType | None:
    lines = [
        Text(f"  {name}: {reason}", style="red" if record.state == "refused" else "yellow")
        for name, record in training.outcomes.items()
        if record.state != "model"
        for reason in record.reasons
    ]
    lines += [
        Text(f"  {name}: {one}", style="dim") for name, record in training.outcomes.items() for one in record.warnings
    ]
    return Group(Text(), *lines) if lines else None


def _lists(release: Release, before: Release | None) -> RenderableType:
    table = _table("List", "what it is for", "people", "doors", "version", "state")
    live = [(universe, release.lists[universe.name]) for universe in UNIVERSES if universe.name in release.lists]
    for universe, one in live:
        meaning = universe.meaning.split(":")[0]
        state = "unchanged" if before and before.lists.get(one.name) == one else "published"
        table.add_row(one.name, meaning, f"{one.rows:,}", f"{one.doors:,}", str(one.version), state)
    refused = [
        Text(f"  {name}: {'not renewed' if name in release.lists else 'not made'}: {why}", style="dim")
        for name, why in release.refused.items()
    ]
    return Group(Text(), table, Text(), *refused)


def _closing(campaign: Campaign, release: Release | None, warnings: list[str]) -> Text:
    lines = [f"  {warning}" for warning in warnings]
    if release and release.already:
        lines.append("  Nothing has changed since the last run: the published lists stay as they are.")
    if release and release.lists:
        name = "gotv" if "gotv" in release.lists else next(iter(release.lists))
        here = "" if Path.cwd() == campaign.root else f" --campaign {campaign.root}"
        lines += [f"  Lists are in {campaign.root / 'lists'}", f"  propensity pull {name} --out {name}.csv{here}"]
    return Text("\n" + "\n".join(lines) + "\n")


def summary_to_json(pipeline: Pipeline) -> dict[str, Any]:
    """The summary for machines."""
    training, scoring, release = pipeline.training, pipeline.scoring, pipeline.release
    outcomes: Mapping[str, OutcomeRecord] = training.outcomes if training else {}
    return {
        "run": pipeline.run.name,
        "voters": scoring.voters if scoring else None,
        "scored": scoring.scored if scoring else None,
        "excluded": dict(scoring.excluded) if scoring else None,
        "reused": scoring.reused if scoring else None,
        "models": {name: _model_to_json(record) for name, record in outcomes.items()},
        "gates": {name: {"used": record.state, "reasons": list(record.reasons)} for name, record in outcomes.items()},
        "lists": [list_to_json(release.lists[name]) for name in sorted(release.lists)] if release else [],
        "refused": dict(release.refused) if release else {},
        "warnings": list(pipeline.warnings),
        "report": str(pipeline.reported) if pipeline.reported else None,
    }


def _model_to_json(record: OutcomeRecord) -> dict[str, Any]:
    return {"used": record.state, "digest": record.digest, "evaluation": record.evaluation, "counts": record.counts}


def list_to_json(version: ListVersion) -> dict[str, Any]:
    """A list version for machines."""
    return {
        "name": version.name,
        "version": version.version,
        "title": version.title,
        "purpose": version.purpose,
        "people": version.rows,
        "doors": version.doors,
        "published": version.published,
        "models": version.provenance["models"],
        "snapshot": version.provenance["snapshot"],
        "run": version.provenance["run"],
    }
