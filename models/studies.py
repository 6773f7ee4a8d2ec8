"""The study of an experiment: is it one, what contact does on average, and whether anyone can be told apart."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.bootstrap import Interval
from models.experiments import AverageEffect, Effect, Experiment, average_effect, drawn_both_ways
from models.qini import LEARNER, Ranking, Verdict, decide_verdict, judge_rankings
from models.randomisation import Randomisation, check_randomisation
from models.training_set import Doubles
from models.uplift import Uplift, calibrate_uplift, learn_uplift

CLOSEST = "closest to 50 %"
TURNOUT = "turnout score"
FEWEST_AN_ARM = 200
FEWEST_OF_A_KIND = 50
FEWEST_CLUSTERS = 100


@dataclass(frozen=True)
class Study:
    """What an experiment shows.

    `effect` is None where the draw is refused (`randomisation.against`). `adjusted` is the effect of being assigned
    with what was known before held equal, None where there are too few voters to learn from; `rankings` is empty then.
    `moved` is each row's own effect by the ranking that the verdict names, NaN for a row that was left out; None
    where the verdict claims nothing.
    """

    randomisation: Randomisation
    effect: AverageEffect | None = None
    adjusted: Effect | None = None
    rankings: dict[str, Ranking] | None = None
    verdict: Verdict | None = None
    moved: Doubles | None = None


def study_experiment(
    experiment: Experiment, features: pd.DataFrame, categories: tuple[str, ...], *, seed: int
) -> Study:
    """Study an experiment whose unknown outcomes are NaN; `features` has its rows, as they stood before it.

    Raises ValueError when no block has both arms.
    """
    drawn = drawn_both_ways(experiment)
    if not drawn.any():
        raise ValueError("no block has both arms")
    known = ~np.isnan(experiment.outcome)
    checked = check_randomisation(
        experiment.take(drawn), known[drawn].astype(np.float64), features[drawn], categories, int((~drawn).sum())
    )
    if checked.against:
        return Study(checked)
    rows = _usable(experiment, drawn & known)
    used = experiment.take(rows)
    effect = average_effect(used)
    if shortage := _too_few(used):
        return Study(checked, effect, rankings={}, verdict=Verdict(False, None, shortage))
    return _tell_apart(used, features[rows], categories, Study(checked, effect), rows, seed)


def _usable(experiment: Experiment, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The rows of blocks that still have both arms among these rows."""
    usable = rows.copy()
    usable[rows] = drawn_both_ways(experiment.take(rows))
    return usable


def _too_few(experiment: Experiment) -> str:
    """Why nothing can be learned of single voters, or ""."""
    arm = int(min(experiment.assigned.sum(), (1 - experiment.assigned).sum()))
    kind = int(min(experiment.outcome.sum(), (1 - experiment.outcome).sum()))
    clusters = len(np.unique(experiment.cluster))
    if arm >= FEWEST_AN_ARM and kind >= FEWEST_OF_A_KIND and clusters >= FEWEST_CLUSTERS:
        return ""
    needed = f"{FEWEST_AN_ARM} voters an arm, {FEWEST_OF_A_KIND} of each outcome and {FEWEST_CLUSTERS} clusters"
    return f"too few to tell anyone apart: {arm:,}, {kind:,} and {clusters:,} where it takes {needed}"


def _tell_apart(
    used: Experiment,
    features: pd.DataFrame,
    categories: tuple[str, ...],
    study: Study,
    rows: NDArray[np.bool_],
    seed: int,
) -> Study:
    uplift = learn_uplift(used, features, categories, seed=seed)
    fine = used.beyond(uplift.expected(used))
    adjusted = average_effect(fine).assigned
    scores = rank_by(uplift)
    rankings = judge_rankings(scores, fine, uplift.fold, seed=seed)
    verdict = decide_verdict(rankings, Interval(adjusted.value, adjusted.low, adjusted.high))
    moved = None
    if verdict.by is not None:
        moved = np.full(len(rows), np.nan)
        moved[rows] = calibrate_uplift(scores[verdict.by], uplift.signal(used), used)
    return Study(study.randomisation, study.effect, adjusted, rankings, verdict, moved)


def rank_by(uplift: Uplift) -> dict[str, Doubles]:
    """The learner's ranking and the rules that it has to beat, scores higher for who should be contacted first."""
    turnout = uplift.left_alone
    return {LEARNER: uplift.moved, CLOSEST: -np.abs(turnout - 0.5), TURNOUT: turnout}
