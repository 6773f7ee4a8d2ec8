"""Replaying past elections: which ones teach about the coming one, and their voters as they stood on the day."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.elections import Calendar, Election
from features.feature import Feature
from features.household import door_keys
from features.matrix import build_features, category_columns
from features.outcomes import turnout_labels
from features.surroundings import Surroundings
from models.levels import age_weight
from models.training_set import Doubles, TrainingSet

# Elections of another family say too little of how many vote and who.
FAMILIES = (
    ("presidential", "midterm", "odd_general"),
    ("primary", "presidential_primary"),
    ("municipal", "special", "runoff", "odd_general"),
)
SAME_FAMILY = 0.5
MOST_ERAS = 6
ROWS_AN_ERA = 40_000
FEWEST_ROWS = 200
HISTORY = "elections_on_rolls"


@dataclass(frozen=True)
class Era:
    """A past election to learn from; `weight` says how much it is like the coming one, 1 at most."""

    election: Election
    weight: float
    like: bool


def choose_eras(calendar: Calendar, coming: Election) -> tuple[Era, ...]:
    """The past elections to learn from, oldest first, weighted by likeness and age: the `MOST_ERAS` of most weight.

    Those of another kind in the family count `SAME_FAMILY`, and every `HALF_LIFE_YEARS` halve the weight.
    """
    family = {kind for kinds in FAMILIES if coming.kind in kinds for kind in kinds}
    past = [e for e in calendar if e.date < coming.date and e.kind in family]
    eras = [Era(e, _likeness(e, coming), e.kind == coming.kind) for e in past]
    kept = sorted(eras, key=lambda era: era.weight)[-MOST_ERAS:]
    return tuple(sorted(kept, key=lambda era: era.election))


def _likeness(election: Election, coming: Election) -> float:
    return (1.0 if election.kind == coming.kind else SAME_FAMILY) * age_weight(election, coming)


def judged_era(eras: tuple[Era, ...]) -> int:
    """The number of the era to judge on: the newest like the coming one that has another before it, else the newest."""
    like = [number for number, era in enumerate(eras) if era.like and number]
    return max(like, default=len(eras) - 1)


def gather_replay(
    read: Callable[[], Iterable[pd.DataFrame]],
    eras: tuple[Era, ...],
    surroundings: Mapping[Election, Surroundings],
    *,
    seed: int,
    rows: int = ROWS_AN_ERA,
    added: tuple[Feature, ...] = (),
) -> tuple[TrainingSet | None, tuple[Era, ...]]:
    """Labelled voters of every era as they stood on its day, and the eras that have enough of them.

    `read` gives the blocks, twice. The eras are the strata of the sample: from a large one whole households are drawn,
    about `rows` voters, the same ones whatever the blocks (what more would teach: docs/learning-curve.md). `added` are
    features to be tried, as `build_features` takes them.
    """
    shares = [rows / max(count, 1) for count in count_labels(read(), eras, surroundings)]
    pieces: list[list[TrainingSet]] = [[] for _ in eras]
    for whole in read():
        block, doors = draw_households(whole, max(shares, default=1.0), seed)
        for number, era in enumerate(eras):
            drawn = _draw(doors, shares[number], seed)
            pieces[number].append(_piece(block, doors, drawn, era, surroundings[era.election], added))
    enough = _with_history([n for n, parts in enumerate(pieces) if sum(map(len, parts)) >= FEWEST_ROWS], pieces)
    joined = [(number, piece) for number, old in enumerate(enough) for piece in pieces[old] if len(piece)]
    kept = tuple(eras[n] for n in enough)
    return (join(joined, tuple(era.election for era in kept)) if joined else None), kept


def count_labels(
    blocks: Iterable[pd.DataFrame], eras: tuple[Era, ...], surroundings: Mapping[Election, Surroundings]
) -> list[int]:
    """How many voters have a label in each era."""
    counts = [0] * len(eras)
    for block in blocks:
        for number, era in enumerate(eras):
            label = turnout_labels(block, surroundings[era.election].calendar, era.election)
            counts[number] += int((~np.isnan(label)).sum())
    return counts


def _with_history(numbers: list[int], pieces: list[list[TrainingSet]]) -> list[int]:
    """The eras whose voters had a history by then; all of them where none had.

    At the beginning of the calendar everybody looks like a new registrant, and would teach what new registrants do.
    """
    seen = [n for n in numbers if any((piece.features[HISTORY] > 0).any() for piece in pieces[n])]
    return seen or numbers


def draw_households(block: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, NDArray[np.uint64]]:
    """The voters of a share of a block's households, and their doors; of a smaller share fewer of the same ones."""
    doors = door_keys(block)
    if share >= 1.0:
        return block, doors
    drawn = _draw(doors, share, seed)
    return block[drawn].reset_index(drop=True), doors[drawn]


def _draw(doors: NDArray[np.uint64], share: float, seed: int) -> NDArray[np.bool_]:
    if share >= 1.0:
        return np.ones(len(doors), bool)
    mixed = pd.util.hash_array(doors ^ np.uint64(seed))
    return np.asarray(mixed < np.uint64(share * 2**64))


def _piece(
    block: pd.DataFrame,
    doors: NDArray[np.uint64],
    drawn: NDArray[np.bool_],
    era: Era,
    surroundings: Surroundings,
    added: tuple[Feature, ...],
) -> TrainingSet:
    # Features of the whole block first: a household needs those who are not labelled, or are drawn for another era.
    label = turnout_labels(block, surroundings.calendar, era.election)
    rows = np.flatnonzero(drawn & ~np.isnan(label))
    features = build_features(block, as_of=era.election.date, surroundings=surroundings, added=added).iloc[rows]
    weight = np.full(len(rows), era.weight)
    return training_set(features, label[rows].astype(np.float64), weight, doors[rows], surroundings)


def training_set(
    features: pd.DataFrame, label: Doubles, weight: Doubles, doors: NDArray[np.uint64], surroundings: Surroundings
) -> TrainingSet:
    """A training set of era 0 from rows of one block."""
    columns = category_columns(surroundings.extras)
    return TrainingSet(features, label, weight, doors.view(np.int64), np.zeros(len(label), np.int64), columns)


def join(pieces: list[tuple[int, TrainingSet]], elections: tuple[Election, ...] = ()) -> TrainingSet:
    """Training sets one after the other, each with the number of its era among the `elections`."""
    sets = [piece for _, piece in pieces]
    return TrainingSet(
        pd.concat([piece.features for piece in sets]),
        np.concatenate([piece.label for piece in sets]),
        np.concatenate([piece.weight for piece in sets]),
        np.concatenate([piece.household for piece in sets]),
        np.concatenate([np.full(len(piece), number, np.int64) for number, piece in pieces]),
        sets[0].categories,
        elections,
    )
