"""What a report leaves for the next one to be compared with: few figures, in a small JSON file beside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from data.durable import write_file
from data.parts import read_part
from pipelines.records import OutcomeRecord, Scoring, Training

BINS = 50


@dataclass(frozen=True)
class OutcomeFigures:
    """An outcome in short; `histogram` counts the voters in each of `BINS` equal steps of the score."""

    state: str
    model: str | None
    log_loss: float | None
    auc: float | None
    mean: float | None
    histogram: tuple[int, ...]


@dataclass(frozen=True)
class Figures:
    """A run in short; `release` is the digest of the lists that were live after it."""

    run: str
    snapshot: str
    voters: int
    release: str | None
    outcomes: Mapping[str, OutcomeFigures]

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        outcomes = {
            name: OutcomeFigures(**{**one, "histogram": tuple(one["histogram"])})
            for name, one in data["outcomes"].items()
        }
        return cls(**{**data, "outcomes": outcomes})


def take_figures(root: Path, training: Training | None, scoring: Scoring | None) -> dict[str, OutcomeFigures]:
    """The figures of every outcome that was trained or scored last, by its name."""
    records = training.outcomes if training else {}
    histograms = count_scores(root / "scores", scoring) if scoring else {}
    means = scoring.means if scoring else {}
    return {
        name: OutcomeFigures(record.state, record.digest, *_judged(record), means.get(name), histograms.get(name, ()))
        for name, record in records.items()
    }


def count_scores(folder: Path, scoring: Scoring) -> dict[str, tuple[int, ...]]:
    """How many voters have which score, by outcome, over equal steps of it; one score file in memory at a time."""
    counts = {name: np.zeros(BINS, np.int64) for name in scoring.models}
    for digest in scoring.parts:
        table = read_part(folder, digest, columns=list(scoring.models))
        for name in scoring.models:
            scores = table[name].to_numpy()
            counts[name] += np.histogram(scores[~np.isnan(scores)], bins=BINS, range=(0.0, 1.0))[0]
    return {name: tuple(one.tolist()) for name, one in counts.items()}


def write_figures(folder: Path, figures: Figures) -> None:
    """Keep the figures beside the report of their run."""
    write_file(folder / f"{figures.run}.json", json.dumps(asdict(figures)).encode())


def read_figures_before(folder: Path, run: str) -> Figures | None:
    """The figures of the newest run before this one; None where there is none."""
    earlier = [path for path in folder.glob("*.json") if run_order(path.stem) < run_order(run)]
    if not earlier:
        return None
    newest = max(earlier, key=lambda path: run_order(path.stem))
    return Figures.from_json(json.loads(newest.read_text(encoding="utf-8")))


def run_order(run: str) -> tuple[str, int]:
    """What sorts the names of runs by time: the day, then the number, for .10 comes after .9."""
    day, _, number = run.partition(".")
    return day, int(number)


def _judged(record: OutcomeRecord) -> tuple[float | None, float | None]:
    """Log loss and AUC of an outcome that was judged."""
    if record.evaluation is None:
        return None, None
    return value_of(record.evaluation["log_loss"]), value_of(record.evaluation["auc"])


def value_of(figure: float | Mapping[str, float]) -> float:
    """A figure of an evaluation, with its interval or without one."""
    return float(figure["value"]) if isinstance(figure, Mapping) else float(figure)
