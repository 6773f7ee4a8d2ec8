"""A randomised experiment and what contact does on average: the effect of being assigned, and of being reached."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.training_set import Doubles, Whole

WEAKEST_CONTACT = 10.0  # first-stage F below which an instrument misleads (Staiger and Stock 1997)


@dataclass(frozen=True)
class Experiment:
    """Who was assigned to be contacted, and what came of it; one row a voter.

    `assigned` and `outcome` are 1 or 0; so is `contacted`, None where nobody noted it. `cluster` numbers what was
    assigned together or acts together, a household; `block` numbers what was drawn separately, all 0 for one draw.
    """

    assigned: Doubles
    outcome: Doubles
    cluster: Whole
    block: Whole
    contacted: Doubles | None = None

    def __len__(self) -> int:
        return len(self.assigned)

    @cached_property
    def chance(self) -> Doubles:
        """The share assigned in the row's block: the chance that the draw gave it."""
        return block_means(self.assigned, self.block)

    @cached_property
    def overlap(self) -> Doubles:
        """Weights under which the difference of the arms is that within blocks (Li, Morgan and Zaslavsky 2018)."""
        return np.asarray(np.where(self.assigned == 1, 1 - self.chance, self.chance))

    @cached_property
    def correction(self) -> Doubles:
        """The factor of each cluster's squared score: a block of two is two sides of one draw, not two draws."""
        first = np.unique(self.cluster, return_index=True)[1]
        block = np.unique(self.block, return_inverse=True)[1][first]
        clusters = np.bincount(block)[block]
        return np.asarray(clusters / np.maximum(clusters - 1, 1))

    @cached_property
    def draws(self) -> int:
        """How many clusters were free to be drawn the other way: all but one of each block, where blocks hold them."""
        clusters, blocks = len(np.unique(self.cluster)), len(np.unique(self.block))
        return clusters - blocks if clusters > blocks else clusters

    def take(self, rows: NDArray[np.bool_]) -> "Experiment":
        """The rows of the mask."""
        contacted = None if self.contacted is None else self.contacted[rows]
        return Experiment(self.assigned[rows], self.outcome[rows], self.cluster[rows], self.block[rows], contacted)

    def beyond(self, expected: Doubles) -> "Experiment":
        """The experiment with each outcome less what was expected of it: the same effect, measured more finely."""
        return replace(self, outcome=self.outcome - expected)


@dataclass(frozen=True)
class Effect:
    """An effect in shares (0.08 is eight voters of a hundred), its cluster-robust standard error, its 95 % interval."""

    value: float
    se: float
    low: float
    high: float


@dataclass(frozen=True)
class AverageEffect:
    """What contact does on average.

    `assigned` is the effect of being assigned, `reached` that of being reached on those whom the assignment reached
    (assignment as instrument; Angrist, Imbens and Rubin 1996), None where contact was not noted or hardly differs.
    `contact` is the difference that assignment makes to being reached.
    """

    assigned: Effect
    contact: Effect | None = None
    reached: Effect | None = None


def block_means(values: Doubles, block: Whole) -> Doubles:
    """The mean of the row's block, one per row."""
    _, code = np.unique(block, return_inverse=True)
    return np.asarray((np.bincount(code, weights=values) / np.bincount(code))[code])


def within_blocks(values: Doubles, block: Whole) -> Doubles:
    """The values less the mean of their block: what block fixed effects leave."""
    return values - block_means(values, block)


def cluster_sums(rows: Doubles, cluster: Whole) -> Doubles:
    """The sum of each column over each cluster, clusters in order; shape (clusters, columns)."""
    _, code = np.unique(cluster, return_inverse=True)
    return np.column_stack([np.bincount(code, weights=column) for column in rows.T])


def drawn_both_ways(experiment: Experiment) -> NDArray[np.bool_]:
    """The rows of blocks with both arms; a block with one of them says nothing of their difference."""
    return np.asarray((experiment.chance > 0) & (experiment.chance < 1))


def average_effect(experiment: Experiment, covariates: Doubles | None = None) -> AverageEffect:
    """The average effect with block fixed effects, covariates of shape (rows, columns) held equal.

    All rows must be of blocks drawn both ways. Standard errors are robust to whatever rows of a cluster share.
    """
    outcome = _residuals(experiment, experiment.outcome, covariates)
    assigned = _residuals(experiment, experiment.assigned, covariates)
    effect = _effect(experiment, outcome, assigned, assigned)
    if experiment.contacted is None:
        return AverageEffect(effect)
    contacted = _residuals(experiment, experiment.contacted, covariates)
    contact = _effect(experiment, contacted, assigned, assigned)
    weak = contact.value**2 < WEAKEST_CONTACT * contact.se**2 or contact.value == 0
    return AverageEffect(effect, contact, None if weak else _effect(experiment, outcome, contacted, assigned))


def _residuals(experiment: Experiment, values: Doubles, covariates: Doubles | None) -> Doubles:
    """What block and covariates leave of the values."""
    centred = within_blocks(values, experiment.block)
    if covariates is None:
        return centred
    design = np.column_stack([within_blocks(column, experiment.block) for column in covariates.T])
    return np.asarray(centred - design @ np.linalg.lstsq(design, centred, rcond=None)[0])


def _effect(experiment: Experiment, outcome: Doubles, cause: Doubles, instrument: Doubles) -> Effect:
    """Instrumental variables with one cause and one instrument; least squares where they are the same."""
    shared = float(instrument @ cause)
    value = float(instrument @ outcome) / shared
    scores = cluster_sums((instrument * (outcome - value * cause))[:, None], experiment.cluster)[:, 0]
    se = float(np.sqrt(scores**2 @ experiment.correction)) / abs(shared)
    margin = float(stats.t.ppf(0.975, experiment.draws)) * se
    return Effect(value, se, value - margin, value + margin)
