"""What a step leaves for the next one: what was trained, what was scored. Small JSON files in the campaign's folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from data.durable import write_file
from data.elections import Election
from data.errors import InputError

State = Literal["model", "rule", "refused", "skipped"]


@dataclass(frozen=True)
class OutcomeRecord:
    """What became of an outcome: scored by its `model` or a `rule`, `refused` by the gate, or `skipped`; and why.

    `evaluation` is `Evaluation.to_json()`, `members` the blend's weights, `counts` what became of the labels. A run
    goes on in spite of `warnings`. `weighting` says how far those who answered were made to resemble the file, `levels`
    how high the outcome was in past elections and what a stated level changes, `importances` the share of each topic of
    features in what was learned.
    """

    state: State
    reasons: tuple[str, ...]
    digest: str | None = None
    evaluation: dict[str, Any] | None = None
    members: Mapping[str, float] | None = None
    counts: Mapping[str, int] | None = None
    warnings: tuple[str, ...] = ()
    weighting: dict[str, Any] | None = None
    levels: dict[str, Any] | None = None
    importances: Mapping[str, float] | None = None

    @property
    def trusted(self) -> bool:
        """Whether lists may be built on it; a refused outcome is scored for study only."""
        return self.state in ("model", "rule")


@dataclass(frozen=True)
class Training:
    """The last training: from which snapshot, for which election, and what became of each outcome.

    `profile` is how the features of that snapshot are distributed, to see whether another file is like it.
    """

    run: str
    snapshot: str
    coming: Election
    seed: int
    outcomes: Mapping[str, OutcomeRecord]
    profile: dict[str, Any] | None = None

    @property
    def models(self) -> dict[str, str]:
        """The digest of the model that scores each outcome that could be trained."""
        return {name: record.digest for name, record in self.outcomes.items() if record.digest}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        coming = Election(date.fromisoformat(data["coming"]["date"]), data["coming"]["type"])
        outcomes = {
            name: OutcomeRecord(
                **{**record, "reasons": tuple(record["reasons"]), "warnings": tuple(record.get("warnings", ()))}
            )
            for name, record in data["outcomes"].items()
        }
        return cls(data["run"], data["snapshot"], coming, data["seed"], outcomes, data.get("profile"))


@dataclass(frozen=True)
class Scoring:
    """The last scoring: voters = scored + the sum of excluded. `parts` are digests of the score files, in order.

    With `suspicions` no list is built on these scores: the file is not like the one that the models were trained on.
    `plan` is the digest of all that the scores depend on beside the voters, `made_from` that of what the plan was made
    from. Of the voters, `reused` keep the scores that an earlier run gave them by the same plan.
    """

    run: str
    snapshot: str
    as_of: str
    models: Mapping[str, str]
    voters: int
    scored: int
    excluded: Mapping[str, int]
    means: Mapping[str, float]
    parts: tuple[str, ...]
    seconds: float
    suspicions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    reused: int = 0
    plan: str = ""
    made_from: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        lists = {name: tuple(data.get(name, ())) for name in ("parts", "suspicions", "warnings")}
        return cls(**{**data, **lists})


def write_record(path: Path, record: Training | Scoring) -> None:
    """Replace the record in one step."""
    write_file(path, json.dumps(asdict(record), default=date.isoformat, indent=1).encode())


def read_training(root: Path) -> Training:
    """The last training of the campaign; InputError when there is none."""
    return Training.from_json(_read(training_path(root), "propensity run --only train"))


def read_scoring(root: Path) -> Scoring:
    """The last scoring of the campaign; InputError when there is none."""
    return Scoring.from_json(_read(scoring_path(root), "propensity run"))


def find_scoring(root: Path) -> Scoring | None:
    """The last scoring of the campaign, if there is one."""
    return read_scoring(root) if scoring_path(root).exists() else None


def training_path(root: Path) -> Path:
    """Where the last training is recorded."""
    return root / "models" / "training.json"


def scoring_path(root: Path) -> Path:
    """Where the last scoring is recorded."""
    return root / "scores" / "scoring.json"


def _read(path: Path, remedy: str) -> dict[str, Any]:
    if not path.exists():
        raise InputError(f"{path.parent.name}/{path.name} is not there yet: `{remedy}` makes it")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
