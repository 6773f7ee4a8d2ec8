"""How features are distributed, kept with a model, so that drift between training and scoring is seen and named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from features.matrix import OTHER
from models.suspicions import Suspicion, SuspicionLimits
from models.training_set import Doubles, Whole

BINS = 10
SMALLEST_SHARE = 1e-3
# What is closer than this, in units (a share, a year) and of the range that most values lie in, is the same.
FINEST, FINEST_OF_RANGE = 0.03, 0.02
OUTSIDE = (0.01, 0.99)
MOST_NAMED = 8


@dataclass(frozen=True)
class Shape:
    """One feature: the upper ends of its bins (or its words, for a category), and the share in each.

    One bin more for what lies above or was never seen, and a last one for what is missing.
    """

    edges: tuple[float, ...]
    category: bool
    shares: tuple[float, ...]

    def count(self, values: Doubles) -> Whole:
        """How many values are in each bin; shape (bins,)."""
        place = np.searchsorted(self.edges, values, "left")
        if self.category:
            seen = np.isin(values, self.edges)
            place = np.where(seen, place, len(self.edges))
        place = np.where(np.isnan(values), len(self.edges) + 1, place)
        return np.bincount(place, minlength=len(self.edges) + 2)


@dataclass(frozen=True)
class Profile:
    """The shape of every feature of a file as a model was trained with it."""

    shapes: Mapping[str, Shape]

    def count(self, features: pd.DataFrame) -> dict[str, Whole]:
        """Counts in the profile's bins; those of several blocks may be added with `add_counts`."""
        return {name: shape.count(features[name].to_numpy(np.float64)) for name, shape in self.shapes.items()}

    def to_json(self) -> dict[str, Any]:
        return {name: asdict(shape) for name, shape in self.shapes.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        shapes = {
            name: Shape(tuple(shape["edges"]), shape["category"], tuple(shape["shares"]))
            for name, shape in data.items()
        }
        return cls(shapes)


@dataclass(frozen=True)
class Drift:
    """How far a feature has moved: the population stability index of its values, and shares of voters before and now.

    `missing` are those without a value, `unseen` those with a word that the model does not know.
    """

    psi: float
    missing: tuple[float, float]
    unseen: tuple[float, float]


def profile_features(features: pd.DataFrame, categories: Sequence[str]) -> Profile:
    """The profile of a feature frame, one row a voter; a fair sample of a large file will do."""
    shapes = {}
    for name in features.columns:
        values = features[name].to_numpy(np.float64)
        edges = _edges(values[~np.isnan(values)], category=name in categories)
        empty = Shape(edges, name in categories, ())
        counts = empty.count(values)
        shapes[str(name)] = Shape(edges, empty.category, tuple((counts / max(counts.sum(), 1)).tolist()))
    return Profile(shapes)


def add_counts(one: Mapping[str, Whole], other: Mapping[str, Whole]) -> dict[str, Whole]:
    """The counts of two blocks together."""
    return {name: one[name] + other[name] for name in one}


def measure_drift(profile: Profile, counts: Mapping[str, Whole]) -> dict[str, Drift]:
    """The drift of every feature of the profile from the counts that it gave of a file."""
    return {name: _drift(shape, counts[name]) for name, shape in profile.shapes.items()}


def suspect_drift(profile: Profile, counts: Mapping[str, Whole], limits: SuspicionLimits) -> Iterator[Suspicion]:
    """Features of the file to be scored that are not what they were when the model was trained."""
    drifts = measure_drift(profile, counts)
    lost = [name for name, one in drifts.items() if one.missing[1] - one.missing[0] > limits.largest_missing_rise]
    unknown = [name for name, one in drifts.items() if one.unseen[1] - one.unseen[0] > limits.largest_unseen_rise]
    moved = [name for name, one in drifts.items() if one.psi > limits.largest_psi]
    if lost:
        told = _tell(lost, drifts, lambda one: f"{one.missing[0]:.0%} missing before, {one.missing[1]:.0%} now")
        yield Suspicion("drift", f"values were lost: {told}", "import the file with these columns, or train again")
    if unknown:
        told = _tell(unknown, drifts, lambda one: f"{one.unseen[0]:.1%} unknown before, {one.unseen[1]:.1%} now")
        yield Suspicion("drift", f"words that the model does not know: {told}", "check the mapping, or train again")
    if moved:
        told = _tell(moved, drifts, lambda one: f"PSI {one.psi:.2f}")
        remedy = "check that no columns were exchanged and no unit or code changed; if all is right, train again"
        yield Suspicion("drift", f"the file is not distributed as in training: {told}", remedy)


@dataclass(frozen=True)
class ScoreDrift:
    """How far scores have moved from one version to the next, over all voters scored in each."""

    psi: float
    before: float
    now: float


def measure_score_drift(before: Doubles, now: Doubles) -> ScoreDrift:
    """The drift of scores in bins of equal count before; means are of each version."""
    profile = profile_features(pd.DataFrame({"score": before}), ())
    psi = measure_drift(profile, profile.count(pd.DataFrame({"score": now})))["score"].psi
    return ScoreDrift(psi, float(np.mean(before)), float(np.mean(now)))


def _edges(known: Doubles, *, category: bool) -> tuple[float, ...]:
    if category or not len(known):
        return tuple(np.unique(known[known != OTHER]).tolist())
    ordered = np.sort(known)
    finest = max(FINEST, FINEST_OF_RANGE * float(np.ptp(np.quantile(known, OUTSIDE))))
    window = max(1, len(ordered) // (2 * BINS))
    centres = (len(ordered) * np.arange(1, BINS)) // BINS
    inner = [_cut(ordered[max(0, centre - window) : centre + window + 1], finest) for centre in centres]
    ends = [ordered[0] - finest, ordered[-1] + finest]
    return tuple(sorted({float(edge) for edge in (*inner, *ends) if edge is not None}))


def _cut(around: Doubles, finest: float) -> float | None:
    """Where to cut among values about a quantile: in the middle of their widest gap, and nowhere in a clump.

    The voters of a precinct have nearly one value, which moves a little whenever anybody comes or goes; were it to
    step over a cut, the whole precinct would seem to have changed.
    """
    if np.ptp(around) < finest:
        return None
    widest = int(np.argmax(np.diff(around)))
    return float(around[widest] + around[widest + 1]) / 2


def _drift(shape: Shape, counts: Whole) -> Drift:
    before, now = np.asarray(shape.shares), counts / max(counts.sum(), 1)
    unseen = (float(before[-2]), float(now[-2])) if shape.category else (0.0, 0.0)
    return Drift(_psi(before[:-1], now[:-1]), (float(before[-1]), float(now[-1])), unseen)


def _psi(before: Doubles, now: Doubles) -> float:
    """The index of the values that are known; 0 where none were or none are, which is told by what is missing."""
    if not (before.sum() > 0 and now.sum() > 0):
        return 0.0
    p, q = (np.maximum(shares / shares.sum(), SMALLEST_SHARE) for shares in (before, now))
    return float(np.sum((q - p) * np.log(q / p)))


def _tell(names: Sequence[str], drifts: Mapping[str, Drift], words: Callable[[Drift], str]) -> str:
    """The features that moved furthest, with what is said of each."""
    ordered = sorted(names, key=lambda name: -drifts[name].psi)
    told = ", ".join(f"“{name}” ({words(drifts[name])})" for name in ordered[:MOST_NAMED])
    return told + (f" and {len(ordered) - MOST_NAMED} more" if len(ordered) > MOST_NAMED else "")
