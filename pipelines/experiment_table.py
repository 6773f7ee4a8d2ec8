"""What a person reads of an experiment: the draw, the effect, the rankings, the tenths, the verdict."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.bootstrap import Interval
from models.experiments import Effect
from models.qini import LEARNER, Ranking
from models.randomisation import Randomisation
from models.studies import Study
from pipelines.experiment import Studied

BAR_WIDTH = 30


def experiment_to_json(studied: Studied, out: Path | None) -> dict[str, Any]:
    """An experiment for machines; `not_written` says why `out` was not."""
    claimed = studied.study.moved is not None
    verdict = studied.study.verdict
    why = verdict.words if out and verdict and not claimed else None
    written = str(out) if out and claimed else None
    return {**studied.to_json(), "record": str(studied.path), "written": written, "not_written": why}


def show_experiment(console: Console, studied: Studied, out: Path | None) -> None:
    """Print what an experiment shows."""
    console.print(Group(*_parts(studied, out)))


def _parts(studied: Studied, out: Path | None) -> Iterator[RenderableType]:
    study = studied.study
    yield Text.assemble("\n", (studied.file, "bold"), f" · voters as of {studied.as_of:%-d %b %Y}\n")
    yield _figures(study)
    for warning in study.randomisation.warnings:
        yield Padding(Text(warning, style="yellow"), (0, 0, 0, 2))
    if study.rankings:
        yield Text()
        yield _rankings(study.rankings)
        yield Text()
        by = (study.verdict.by if study.verdict else None) or LEARNER
        yield _tenths(by, study.rankings[by])
    if study.verdict:
        style = "bold green" if study.verdict.moved else "bold"
        yield Padding(Text(_sentence(study.verdict.words), style=style), (1, 0, 0, 2))
    yield Padding(Text(_closing(studied, out)), (1, 0, 1, 2))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _closing(studied: Studied, out: Path | None) -> str:
    record = f"Stored as {studied.path.parent.name}/{studied.path.name}."
    if out is None:
        return record
    if studied.study.moved is None:
        return f"{record} {out.name} was not written: nobody can be told apart."
    return f"{record} {out}: who is moved, by how much."


def _figures(study: Study) -> Table:
    grid = Table.grid(padding=(0, 3, 0, 2))
    grid.add_column(min_width=12)
    grid.add_column(justify="right")
    grid.add_column()
    grid.add_row("Assigned", *_draw(study.randomisation))
    balance = study.randomisation.balance
    grid.add_row("Balance", f"p = {balance.p:.2g}", f"joint test of {balance.covariates} directions of what was known")
    if study.effect:
        grid.add_row("Effect", *_effect(study.effect.assigned, "of being assigned"))
    if study.adjusted:
        grid.add_row("", *_effect(study.adjusted, "the same, with what was known before held equal"))
    if study.effect and study.effect.contact:
        grid.add_row("Contact", *_effect(study.effect.contact, "more were contacted for being assigned"))
    if study.effect and study.effect.reached:
        grid.add_row("", *_effect(study.effect.reached, "effect of contact on those it reached"))
    return grid


def _draw(checked: Randomisation) -> tuple[str, str]:
    blocks = f" · {checked.blocks:,} blocks" if checked.blocks > 1 else ""
    rest = f"{checked.share:.1%} · {checked.others:,} left alone · {checked.clusters:,} clusters{blocks}"
    return f"{checked.assigned:,}", rest


def _effect(effect: Effect, words: str) -> tuple[str, str]:
    interval = f"({effect.low * 100:.2f} to {effect.high * 100:.2f}, se {effect.se * 100:.2f})"
    return f"{effect.value * 100:+.2f} points", f"{interval} {words}"


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="bold")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def _rankings(rankings: dict[str, Ranking]) -> Table:
    table = _table("Ranked by", "Qini, points", "first 10 %", "first 20 %", "first 30 %", "last 30 %")
    for name, one in rankings.items():
        shares = (f"{one.top[share].value * 100:+.1f}" for share in one.top)
        table.add_row(name, _interval(one.qini, 2), *shares, f"{one.last.value * 100:+.1f}")
    return table


def _tenths(by: str, ranking: Ranking) -> Table:
    table = _table("Tenth", f"uplift by {by}, points", "")
    table.columns[2].justify = "left"
    largest = max(abs(tenth.value) for tenth in ranking.deciles) or 1.0
    for number, tenth in enumerate(ranking.deciles, start=1):
        bar = "█" * round(BAR_WIDTH * abs(tenth.value) / largest)
        table.add_row(str(number), _interval(tenth, 1), Text(bar, style="green" if tenth.value > 0 else "red"))
    return table


def _interval(one: Interval, digits: int) -> str:
    low, high = (f"{bound * 100:.{digits}f}" for bound in (one.low, one.high))
    return f"{one.value * 100:+.{digits}f} ({low} to {high})"
