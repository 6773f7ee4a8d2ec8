"""Whether an experiment is one: the arms must not differ in anything known before, nor in who was lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from models.experiments import Effect, Experiment, average_effect, cluster_sums, within_blocks
from models.training_set import Doubles

CREDIBLE = 0.001  # a draw that is one is refused once in a thousand times
DOUBTFUL = 0.05
MOST_LEVELS = 10
FEWEST_PER_COVARIATE = 10
ODD = 3.0
MOST_NAMED = 5
FEW_CLUSTERS = 40
LOST = 0.2
TOO_GOOD = 0.98


@dataclass(frozen=True)
class Imbalance:
    """A feature that differs between the arms: by how many of its standard deviations, and standard errors."""

    feature: str
    difference: float
    errors: float


@dataclass(frozen=True)
class Balance:
    """A joint test of all covariates: `p` is how often a true draw is as uneven as this one."""

    p: float
    covariates: int
    uneven: tuple[Imbalance, ...]


@dataclass(frozen=True)
class Attrition:
    """The share of each arm whose outcome is unknown; `p` is how often chance alone makes them differ so."""

    assigned: float
    others: float
    p: float


@dataclass(frozen=True)
class Randomisation:
    """What speaks for the draw and against it; with any reason in `against` nothing may be estimated."""

    assigned: int
    others: int
    clusters: int
    blocks: int
    one_armed: int
    share: float
    balance: Balance
    attrition: Attrition
    against: tuple[str, ...]
    warnings: tuple[str, ...]


def check_randomisation(
    experiment: Experiment, known: Doubles, features: pd.DataFrame, categories: Sequence[str], one_armed: int
) -> Randomisation:
    """Check the draw; `known` is 1 where the outcome is, `features` what was known of each row before.

    `one_armed` rows were left out already, for their blocks were not drawn both ways.
    """
    balance = measure_balance(experiment, features, categories)
    attrition = _attrition(experiment, known)
    treated = experiment.assigned == 1
    clusters = min(len(np.unique(experiment.cluster[arm])) for arm in (treated, ~treated))
    return Randomisation(
        assigned=int(treated.sum()),
        others=int((~treated).sum()),
        clusters=len(np.unique(experiment.cluster)),
        blocks=len(np.unique(experiment.block)),
        one_armed=one_armed,
        share=float(treated.mean()),
        balance=balance,
        attrition=attrition,
        against=tuple(_against(balance, attrition)),
        warnings=(*_warnings(balance, attrition, clusters, one_armed), *_reached_unasked(experiment)),
    )


def find_leak(features: pd.DataFrame, outcome: Doubles) -> str | None:
    """The feature that as good as is the outcome, if one is: then it was not known before."""
    known = ~np.isnan(outcome)
    for name in features.columns:
        values = features[name].to_numpy(np.float64)[known]
        seen = ~np.isnan(values)
        if seen.sum() < FEWEST_PER_COVARIATE or not np.ptp(values[seen]) or not np.ptp(outcome[known][seen]):
            continue
        if abs(np.corrcoef(values[seen], outcome[known][seen])[0, 1]) > TOO_GOOD:
            return str(name)
    return None


def measure_balance(experiment: Experiment, features: pd.DataFrame, categories: Sequence[str]) -> Balance:
    """The score test of "nothing known before says who was assigned", within blocks, robust to clusters.

    The statistic of Hansen and Bowers (2008), with the variance of the draw estimated from the clusters. Covariates
    are rotated into principal components, as many as the clusters can bear.
    """
    names, values = _covariates(experiment, features, categories)
    z = within_blocks(experiment.assigned, experiment.block)
    scores = cluster_sums(values * z[:, None], experiment.cluster)
    errors = scores.sum(axis=0) / np.sqrt(np.maximum((scores**2).T @ experiment.correction, 1e-12))
    rotation = _components(values, experiment.draws // FEWEST_PER_COVARIATE)
    rotated = scores @ rotation
    total, count = rotated.sum(axis=0), rotation.shape[1]
    if not count:
        return Balance(1.0, 0, ())
    spread = (rotated * experiment.correction[:, None]).T @ rotated
    # As a share of the draws: the fit of a regression of ones on the scores, which has a beta distribution.
    statistic = float(total @ np.linalg.solve(spread, total)) / experiment.draws
    p = float(stats.beta.sf(min(statistic, 1.0), count / 2, (experiment.draws - count) / 2))
    return Balance(p, count, _uneven(names, scores.sum(axis=0) / (z @ z), errors))


def _covariates(experiment: Experiment, features: pd.DataFrame, categories: Sequence[str]) -> tuple[list[str], Doubles]:
    """Numbers, indicators of the frequent levels and of what is missing, standardised within blocks."""
    names: list[str] = []
    columns: list[Doubles] = []
    for name in features.columns:
        values = features[name].to_numpy(np.float64)
        missing = np.isnan(values)
        if name in categories:
            levels = pd.Series(values[~missing]).value_counts().index[:MOST_LEVELS]
            made = [(values == level).astype(np.float64) for level in levels]
        else:
            made = [np.where(missing, np.nanmean(values) if not missing.all() else 0.0, values)]
        for column in (*made, missing.astype(np.float64)):
            centred = within_blocks(column, experiment.block)
            if (scale := float(centred.std())) > 1e-6 * (1 + abs(float(column.mean()))):
                names.append(name)
                columns.append(centred / scale)
    return names, np.column_stack(columns) if columns else np.zeros((len(features), 0))


def _components(values: Doubles, most: int) -> Doubles:
    """The directions in which the covariates differ most, at most so many; shape (covariates, directions)."""
    if not values.shape[1] or most < 1:
        return np.zeros((values.shape[1], 0))
    size, direction = np.linalg.eigh(values.T @ values / len(values))
    kept = np.flatnonzero(size > 1e-3)[::-1][:most]
    return np.asarray(direction[:, kept])


def _uneven(names: list[str], differences: Doubles, errors: Doubles) -> tuple[Imbalance, ...]:
    found = {}
    for at in np.argsort(-np.abs(errors)):
        if abs(errors[at]) > ODD and names[at] not in found:
            found[names[at]] = Imbalance(names[at], float(differences[at]), float(errors[at]))
    return tuple(found.values())[:MOST_NAMED]


def _attrition(experiment: Experiment, known: Doubles) -> Attrition:
    treated = experiment.assigned == 1
    lost = 1 - known
    shares = float(lost[treated].mean()), float(lost[~treated].mean())
    if not lost.any():
        return Attrition(*shares, p=1.0)
    gap: Effect = average_effect(Experiment(experiment.assigned, lost, experiment.cluster, experiment.block)).assigned
    return Attrition(*shares, p=float(2 * stats.norm.sf(abs(gap.value) / max(gap.se, 1e-12))))


def _against(balance: Balance, attrition: Attrition) -> list[str]:
    found = []
    if balance.p < CREDIBLE:
        remedy = "if whole streets or teams were drawn, name their column as cluster; if places apart, theirs as block"
        found.append(f"who was assigned can be told from what was known before: {_named(balance)}; {remedy}")
    if attrition.p < CREDIBLE:
        found.append(f"outcomes are missing unevenly: {_lost(attrition)}")
    return found


def _warnings(balance: Balance, attrition: Attrition, clusters: int, one_armed: int) -> list[str]:
    found = []
    if CREDIBLE <= balance.p < DOUBTFUL:
        found.append(f"the arms are less alike than most draws make them: {_named(balance)}")
    if attrition.p >= CREDIBLE and max(attrition.assigned, attrition.others) > LOST:
        found.append(f"many outcomes are missing: {_lost(attrition)}")
    if clusters < FEW_CLUSTERS:
        found.append(f"an arm has {clusters} clusters only: its interval is too narrow")
    if one_armed:
        found.append(f"{one_armed:,} voters left out: their blocks have one arm only")
    return found


def _reached_unasked(experiment: Experiment) -> list[str]:
    if experiment.contacted is None:
        return []
    share = float(experiment.contacted[experiment.assigned == 0].mean())
    return [f"{share:.1%} of those to be left alone were contacted all the same"] if share else []


def _named(balance: Balance) -> str:
    uneven = ", ".join(f"{one.feature} ({one.difference:+.2f} standard deviations)" for one in balance.uneven)
    return f"{uneven or 'all of it together'}; p = {balance.p:.2g}"


def _lost(attrition: Attrition) -> str:
    return f"{attrition.assigned:.1%} of those assigned, {attrition.others:.1%} of the others; p = {attrition.p:.2g}"
