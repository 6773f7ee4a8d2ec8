"""Explain: why one voter has these scores, and where the voter stands in the lists. Never a name or an address."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text
from scipy.special import expit

from data.errors import InputError
from data.parts import read_part
from data.snapshots import Snapshot, open_snapshot
from features.eligibility import exclusion_reasons
from features.household import door_keys
from features.matrix import features_of_some
from features.surroundings import Surroundings
from lists.standing import Standing, find_standings
from lists.suppressions import suppressed
from lists.take import STATE
from models.reasons import Explainer
from pipelines.candidates import as_candidates, read_answered, read_scored
from pipelines.plan import plan_of
from pipelines.reasons import learn_explainers
from pipelines.records import read_scoring, read_training
from pipelines.run import Run

POINTS_A_BLOCK = 4.0
WIDEST_BAR = 12
NEXT_TO_NOTHING = 0.5


@dataclass(frozen=True)
class TopicShare:
    """What a topic adds to a score: on the logit scale, in points of 100, and in words."""

    topic: str
    logit: float
    points: float
    words: str


@dataclass(frozen=True)
class ScoreTold:
    """A score of 100, that of the average voter, the model's digest, what the gate made of it, and its topics."""

    score: float
    average: float
    model: str
    state: str
    topics: tuple[TopicShare, ...]


@dataclass(frozen=True)
class Explanation:
    """Why a voter has these scores. `excluded` says why there are none, `suppressed` why no list may have the voter."""

    voter_id: str
    as_of: str
    excluded: str
    suppressed: str
    outcomes: dict[str, ScoreTold]
    lists: tuple[Standing, ...]

    def to_json(self) -> dict[str, Any]:
        """The explanation for machines."""
        return asdict(self)


def explain_voter(run: Run, voter_id: str) -> Explanation:
    """Explain the last scores of one voter; InputError when there is no such voter, or nothing was scored yet."""
    root, scoring = run.campaign.root, read_scoring(run.campaign.root)
    snapshot = open_snapshot(run.campaign, scoring.snapshot)
    number = find_part(snapshot, voter_id)
    voters = snapshot.read_voters(snapshot.parts[number])
    wanted = (voters["voter_id"] == voter_id).to_numpy()
    excluded = str(exclusion_reasons(voters[wanted], run.campaign.election)[0])
    plan, told = plan_of(root, scoring), {}
    records = read_training(root).outcomes
    if plan.models and not excluded:
        around = plan.surroundings
        for name, explainer in learn_explainers(snapshot, around, plan.models).items():
            told[name] = _tell_score(explainer, voters, wanted, around, scoring.models[name], records[name].state)
    trusted = [name for name in plan.models if records[name].trusted]
    barred = suppressed(root / STATE).set_index("voter_id")["reason"]
    candidates = as_candidates(
        read_scored(root / "scores", scoring.parts[number], trusted), read_answered(snapshot), barred
    )
    standings = find_standings(root / "lists", voter_id, candidates)
    return Explanation(voter_id, scoring.as_of, excluded, str(barred.get(voter_id, "")), told, standings)


def find_part(snapshot: Snapshot, voter_id: str) -> int:
    """The number of the part that a voter is in; InputError when there is no such voter."""
    for number, part in enumerate(snapshot.parts):
        ids = read_part(snapshot.parts_folder, part.voters, columns=["voter_id"])["voter_id"]
        if voter_id in ids.to_pandas().array:
            return number
    raise InputError(f"no voter has the voter_id {voter_id!r} in the snapshot that was scored last")


def _tell_score(
    explainer: Explainer,
    voters: pd.DataFrame,
    wanted: NDArray[np.bool_],
    surroundings: Surroundings,
    digest: str,
    state: str,
) -> ScoreTold:
    features = features_of_some(voters, door_keys(voters), wanted, surroundings=surroundings)
    explained = explainer.explain(features, explainer.model.shift_areas(voters[wanted]))
    words = explainer.say(features, explained, "analyst")[0]
    rows = zip(explained.topics, explained.parts[0].tolist(), explained.points[0].tolist(), words, strict=True)
    topics = sorted((TopicShare(*row) for row in rows), key=lambda one: -abs(one.logit))
    score, average = float(100 * explained.scores[0]), float(100 * expit(explained.base))
    return ScoreTold(score, average, digest, state, tuple(topics))


def show_explanation(console: Console, told: Explanation) -> None:
    """Print an explanation."""
    console.print(Group(*_parts(told)))


def _parts(told: Explanation) -> list[RenderableType]:
    shown: list[RenderableType] = [
        Text.assemble("\n", (f"Voter {told.voter_id}", "bold"), f" · as of {told.as_of}\n"),
    ]
    if told.suppressed:
        shown.append(Text(f"  On no list: suppressed ({told.suppressed.replace('_', ' ')}).\n", "yellow"))
    if told.excluded:
        shown.append(Text(f"  Not scored: {told.excluded.replace('_', ' ')}.\n", "yellow"))
    for name, score in told.outcomes.items():
        shown += [_headline(name, score), _topics(score), Text()]
    if told.outcomes:
        meaning = "how far each topic moves the score from where the average voter's would put it"
        shown.append(Text(f"  Points: {meaning}.\n", "dim"))
    return [*shown, *([_lists(told.lists)] if told.lists else [])]


def _headline(name: str, told: ScoreTold) -> Text:
    figures = f" {told.score:.0f} of 100 · average voter {told.average:.0f} · "
    used = {"model": "", "rule": " · a simple rule", "refused": " · refused by its gate: for study only"}
    return Text.assemble("  ", (name, "bold"), figures, (f"model {told.model[:8]}{used[told.state]}", "dim"))


def _topics(told: ScoreTold) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", min_width=7)
    table.add_column(min_width=WIDEST_BAR)
    table.add_column()
    table.add_column()
    for one in told.topics:
        if abs(one.points) >= NEXT_TO_NOTHING:
            table.add_row(f"{one.points:+.0f}", _bar(one.points), one.topic, one.words)
    rest = [one.topic for one in told.topics if abs(one.points) < NEXT_TO_NOTHING]
    if rest:
        table.add_row("0", "", "the rest", ", ".join(rest), style="dim")
    return table


def _bar(points: float) -> str:
    blocks = min(WIDEST_BAR, round(abs(points) / POINTS_A_BLOCK))
    return ("▪" if points > 0 else "▫") * blocks


def _lists(standings: tuple[Standing, ...]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="bold")
    for heading in ("List", "version", "rank", ""):
        table.add_column(heading, justify="right" if heading in ("version", "rank") else "left")
    for one in standings:
        rank = f"{one.rank:,} of {one.people:,}" if one.rank else "–"
        table.add_row(one.name, str(one.version), rank, one.why_not)
    return table
