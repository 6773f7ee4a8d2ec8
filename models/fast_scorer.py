"""The fast scorer: all models of a run in one pass over the voters, with the bits of each model's own prediction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.boosted import FittedBoosted
from models.forests import Forests, join_forests, read_forest
from models.log_odds import TermTable
from models.logistic import FittedLogistic
from models.model import Fitted, PropensityModel
from models.planes import Renumbered
from models.training_set import Doubles
from models.tree_text import Unsupported

Matrix = NDArray[np.float32]
Forest = tuple[Renumbered, ...]
PROBES = 512


@dataclass(frozen=True)
class FastScorer:
    """Scores voters by several models at once.

    `forest` is the number of each boosted member's forest; a boosted member without one is scored by its own
    `predict`, and `warnings` says why. Any number of threads may use it.
    """

    models: Mapping[str, PropensityModel]
    forests: Forests
    forest: Mapping[FittedBoosted, int]
    terms: Mapping[tuple[str, int], TermTable]
    warnings: tuple[str, ...] = ()

    @classmethod
    def build(cls, models: Mapping[str, PropensityModel], sample: pd.DataFrame) -> "FastScorer":
        """The scorer of these models; what its trees say of `sample` is compared bit by bit with LightGBM itself.

        `sample` are voters as `build_features` returns them; rows at the models' own thresholds are tried beside them.
        What differs, and what the kernel does not do, is left to LightGBM, with a warning. Raises InputError when the
        columns are not those of the models.
        """
        for model in models.values():
            model.check(sample)
        read, warnings = _read_members(models, tuple(sample.columns))
        try:
            scorer = cls._of(models, read)
        except Unsupported:
            read, more = _those_that_fit(models, read)
            scorer, warnings = cls._of(models, read), warnings + more
        while wrong := scorer.differing(sample):
            warnings += [_warning(outcome, "they differ from LightGBM's") for outcome in _owners(models, wrong)]
            read = {member: trees for member, trees in read.items() if member not in wrong}
            scorer = cls._of(models, read)
        return replace(scorer, warnings=tuple(warnings))

    @classmethod
    def _of(cls, models: Mapping[str, PropensityModel], read: Mapping[FittedBoosted, Forest]) -> "FastScorer":
        numbers = {member: number for number, member in enumerate(read)}
        return cls(models, join_forests(list(read.values())), numbers, _tabulate(models))

    def predict(self, features: pd.DataFrame, by: Mapping[str, Doubles | float]) -> dict[str, Doubles]:
        """The probability of each outcome, bit for bit that of `model.predict(features, by[outcome])`.

        Float64, one per row, same order, never NaN; the same bits whatever the number of rows. Without its name in
        `by` an outcome is not moved. Raises InputError when the columns are not those of training, in the same order.
        """
        for model in self.models.values():
            model.check(features)
        if not len(features) or not (features.dtypes == np.float32).all():
            return {name: model.predict(features, by.get(name, 0.0)) for name, model in self.models.items()}
        matrix = _matrix(features)
        raw = self.forests.score(matrix)
        return {name: self._predict(name, features, matrix, raw, by.get(name, 0.0)) for name in self.models}

    def differing(self, sample: pd.DataFrame) -> set[FittedBoosted]:
        """The boosted members whose raw scores are not LightGBM's, of the sample and of rows at their thresholds."""
        seen = _matrix(sample.astype(np.float32))
        matrix = np.ascontiguousarray(np.concatenate([seen, self._probe(len(seen))], axis=1))
        raw, rows = self.forests.score(matrix), {name: row for row, name in enumerate(sample.columns)}
        wrong = set()
        for member, number in self.forest.items():
            given = matrix[[rows[name] for name in member.columns]].T
            expected = np.asarray(member.booster.predict(given, raw_score=True, num_threads=1))
            if raw[number].tobytes() != expected.tobytes():
                wrong.add(member)
        return wrong

    def _predict(self, name: str, features: pd.DataFrame, matrix: Matrix, raw: Doubles, by: Doubles | float) -> Doubles:
        def chances(number: int, member: Fitted) -> Doubles:
            if isinstance(member, FittedLogistic):
                return member.chances(matrix, self.terms[name, number])
            if isinstance(member, FittedBoosted) and member in self.forest:
                return member.chances(raw[self.forest[member]])
            return member.predict(features)

        model = self.models[name]
        members = (chances(number, member) for number, (_, member) in enumerate(model.members))
        return model.combine(members, len(features), by)

    def _probe(self, features: int) -> Matrix:
        """Made-up rows: thresholds and their neighbours, levels, and what is missing or beyond them."""
        rng, codes = np.random.default_rng(1), self.forests.codes
        odd = [np.nan, 0.0, -0.0, 1e-36, -1.0, -0.5, 0.5, 1e9, 3e9, np.inf, -np.inf]
        rows = rng.choice(np.array(odd, np.float32), (features, PROBES))
        for feature, start, steps, _, _ in codes.searches:
            cuts = rng.choice(codes.cuts[start : start + (1 << steps) - 1], PROBES)
            near = np.nextafter(cuts, rng.choice(_WAYS, PROBES))
            rows[feature] = np.where(rng.random(PROBES) < 0.5, near, rows[feature])
        for feature, levels, *_ in codes.lookups:
            rows[feature] = np.where(rng.random(PROBES) < 0.8, rng.integers(0, levels + 2, PROBES), rows[feature])
        return rows


_WAYS = np.array([-np.inf, 0.0, np.inf], np.float32)


def _matrix(features: pd.DataFrame) -> Matrix:
    """Shape (features, rows), in C order: without a copy where the frame is a view of such a one."""
    return np.ascontiguousarray(features.to_numpy().T)


def _read_members(
    models: Mapping[str, PropensityModel], columns: Sequence[str]
) -> tuple[dict[FittedBoosted, Forest], list[str]]:
    """The trees of each boosted member that the kernel does, and why it does not do the others."""
    rows = {name: row for row, name in enumerate(columns)}
    read: dict[FittedBoosted, Forest] = {}
    warnings = []
    for outcome, model in models.items():
        for _, member in model.members:
            if not isinstance(member, FittedBoosted) or member in read:
                continue
            try:
                read[member] = read_forest(member.text, [rows[name] for name in member.columns])
            except Unsupported as reason:
                warnings.append(_warning(outcome, str(reason)))
    return read, warnings


def _those_that_fit(
    models: Mapping[str, PropensityModel], read: Mapping[FittedBoosted, Forest]
) -> tuple[dict[FittedBoosted, Forest], list[str]]:
    """The first members whose trees fit into one quantisation, and why each of the others does not."""
    fit: dict[FittedBoosted, Forest] = {}
    warnings = []
    for member, trees in read.items():
        try:
            join_forests([*fit.values(), trees])
        except Unsupported as reason:
            warnings += [_warning(outcome, str(reason)) for outcome in _owners(models, {member})]
        else:
            fit[member] = trees
    return fit, warnings


def _warning(outcome: str, reason: str) -> str:
    return f"trees of the {outcome} model are scored by LightGBM itself, which is slower: {reason}"


def _has_any(model: PropensityModel, wrong: set[FittedBoosted]) -> bool:
    return any(isinstance(member, FittedBoosted) and member in wrong for _, member in model.members)


def _owners(models: Mapping[str, PropensityModel], wrong: set[FittedBoosted]) -> list[str]:
    return [name for name, model in models.items() if _has_any(model, wrong)]


def _tabulate(models: Mapping[str, PropensityModel]) -> dict[tuple[str, int], TermTable]:
    return {
        (name, number): member.tabulate(model.columns)
        for name, model in models.items()
        for number, (_, member) in enumerate(model.members)
        if isinstance(member, FittedLogistic)
    }
