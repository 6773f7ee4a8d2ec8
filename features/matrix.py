"""`build_features`: the one way from voters to numbers, for training, for scoring and in a notebook."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features import area, household, person, vote_history
from features.feature import Feature, column
from features.scene import Scene
from features.surroundings import Surroundings
from features.view import Floats, View, coded
from features.words import Naming, Thirds

FEATURES: tuple[Feature, ...] = (*person.FEATURES, *vote_history.FEATURES, *household.FEATURES, *area.FEATURES)
OTHER = 0.0
OWN = "own columns"


def extra_features(extras: Mapping[str, str]) -> tuple[Feature, ...]:
    """A feature for each extra column that the campaign's mapping declares."""
    return tuple(_extra(name, kind) for name, kind in extras.items())


def _extra(name: str, kind: str) -> Feature:
    # Whatever it is, an income or a degree: its value is nothing to be read aloud at a door.
    subject, aloud = name.replace("_", " "), f"the campaign's data on {name.replace('_', ' ')}"
    meaning = f"the campaign's own column “{name}”"
    if kind == "category":
        says = Naming(f"{subject}: {{}}", f"{subject}: not known", aloud)
        return column(f"extra_{name}", meaning, "category", topic=OWN, says=says)
    return column(f"extra_{name}", meaning, "number", topic=OWN, says=Thirds(subject, aloud))


def features_of(extras: Mapping[str, str]) -> tuple[Feature, ...]:
    """Every declared feature, in the order of the matrix's columns."""
    return FEATURES + extra_features(extras)


def category_columns(extras: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the category features, which are columns of the voter file too."""
    return tuple(feature.name for feature in features_of(extras) if feature.dtype == "category")


def build_features(
    voters: pd.DataFrame, *, as_of: date, surroundings: Surroundings, added: tuple[Feature, ...] = ()
) -> pd.DataFrame:
    """Voters as numbers, using only what was known before `as_of`.

    Returns float32, one row a voter in the same order, one column a feature of `features_of`, missing as NaN; its
    values lie feature after feature in one piece of memory: `to_numpy().T` is C-contiguous, and no copy.
    Categories are numbered by the vocabulary from 1; words that are rare or were never seen are 0.
    `added` are numbers declared to be tried: one of a known name takes that one's place, others come last.
    Raises ValueError when the surroundings were gathered for another day, or an added feature is a category.
    """
    if as_of != surroundings.coming.date:
        raise ValueError(f"surroundings are as of {surroundings.coming.date}, features were asked as of {as_of}")
    if words := [f.name for f in added if f.dtype == "category"]:
        raise ValueError(f"only numbers can be tried; a category is declared in features/: {', '.join(words)}")
    scene = Scene(View(voters, surroundings.calendar, surroundings.coming), surroundings)
    declared = {f.name: f for f in (*features_of(surroundings.extras), *added)}
    values = np.empty((len(declared), len(voters)), np.float32)
    for row, feature in zip(values, declared.values(), strict=True):
        row[:] = _column(feature, scene)
    index = pd.Index(voters["voter_id"], name="voter_id")
    return pd.DataFrame(values.T, index=index, columns=list(declared), copy=False)


def features_of_some(
    voters: pd.DataFrame,
    doors: NDArray[np.uint64],
    wanted: NDArray[np.bool_],
    *,
    surroundings: Surroundings,
    added: tuple[Feature, ...] = (),
) -> pd.DataFrame:
    """The features of the `wanted` voters of a block, computed from their households alone; `doors` as `door_keys`.

    They are what `build_features` makes of them within the whole block: all that a feature needs of the other voters
    is in the household or in the surroundings.
    """
    near = np.isin(doors, doors[wanted])
    day = surroundings.coming.date
    return build_features(voters[near], as_of=day, surroundings=surroundings, added=added)[wanted[near]]


def _column(feature: Feature, scene: Scene) -> Floats:
    values = feature.compute(scene)
    if feature.dtype == "category":
        return number_words(values, scene.surroundings.vocabulary[feature.name])
    numbers = np.asarray(values, dtype=np.float32)
    if numbers.shape != (len(scene.view.voters),):
        raise ValueError(f"{feature.name} gives values of shape {numbers.shape}; it must be one a voter")
    return numbers


def number_words(values: pd.Series, words: tuple[str, ...]) -> Floats:
    """Words as their place in `words` from 1, other words as 0, missing as NaN; float32, same order."""
    known = coded(values)
    place = {word: float(i) for i, word in enumerate(words, start=1)}
    numbers = np.array([*(place.get(str(word), OTHER) for word in known.categories), np.nan], dtype=np.float32)
    return np.asarray(numbers.take(known.codes))
