"""The level of an outcome: the means that are stated for it, overall or by area, met on the logit scale."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.area_levels import AreaLevels
from data.campaign import Campaign
from data.elections import Election
from data.snapshots import Snapshot
from features.area_totals import AREAS
from features.outcomes import turnout_labels
from features.surroundings import Surroundings
from models.area_shifts import FEWEST, meet_means
from models.calibration import shift_to_mean
from models.model import PropensityModel
from models.outcomes import Outcome
from models.replay import choose_eras, draw_households
from models.scoring import score_voters
from pipelines.blocks import read_blocks
from pipelines.run import Run

MOST_NAMED = 5
MOST_VOTERS = 2_000_000  # of a larger file a sample is enough: its mean is off by less than .001
TOO_FEW = f"fewer than {FEWEST} voters who count, too few for a level of their own"


def at_stated_mean(
    run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings], model: PropensityModel, outcome: Outcome
) -> tuple[PropensityModel, tuple[str, ...]]:
    """The model shifted to the means that are stated for the outcome, where any are, and warnings of those not met.

    The campaign states what to expect, overall or by area, and certified results what came about; areas count before
    the whole. A mean is that of the voters on the rolls, as far as the history tells who still is.
    """
    if outcome.stated_mean is None:
        return model, ()
    mean = getattr(run.campaign, outcome.stated_mean)
    stated, warnings = stated_by_area(run.campaign, snapshot.read_results())
    if mean is None and stated is None:
        return model, warnings
    counted = _gather_counted(run, snapshot, surroundings, model, outcome)
    score = counted[outcome.name].to_numpy(np.float64)
    if stated is not None:
        shared, areas = meet_means(score, counted[stated.area_type].to_numpy(object), stated.area_type, stated.areas)
        unmet = [name for name in stated.areas if name not in areas.shifts]
        warnings = (*warnings, *_warn(stated.area_type, unmet, TOO_FEW))
        if areas.shifts:
            return replace(model.shifted(shared), areas=areas), warnings
    return model if mean is None else model.shifted(shift_to_mean(score, mean)), warnings


def stated_by_area(campaign: Campaign, results: pd.DataFrame) -> tuple[AreaLevels | None, tuple[str, ...]]:
    """The turnout stated by area, and warnings: what is certified of the coming election wins over what is expected.

    Of several kinds of area that results are of, the smallest areas count.
    """
    day = pd.Timestamp(campaign.election.date)
    of_coming = (results["election_date"] == day) & (results["election_type"] == campaign.election.type)
    told = results[of_coming & (results["registered"] > 0) & (results["ballots_cast"] > 0)]
    possible = told["ballots_cast"] < told["registered"]
    found, expected = told[possible], campaign.expected_turnout_by
    kind = next((one for one in AREAS if (found["area_type"] == one).any()), None)
    impossible = told.loc[~possible & told["area_type"].isin(AREAS), "area"].tolist()
    warnings = _warn("area", impossible, "as many ballots as registered voters in the certified results, or more")
    if kind is None:
        return expected, warnings
    found = found[found["area_type"] == kind]
    shares = dict(zip(found["area"], (found["ballots_cast"] / found["registered"]).tolist(), strict=True))
    if expected is not None and expected.area_type == kind:
        shares = {**expected.areas, **shares}
    elif expected is not None:
        ignored = f"certified results are by {kind}: what was expected by {expected.area_type} is left out"
        warnings = (*warnings, ignored)
    return AreaLevels(kind, shares), warnings


def _warn(kind: str, names: Sequence[str], what: str) -> tuple[str, ...]:
    if not names:
        return ()
    shown = ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED:,} more" if names[MOST_NAMED:] else "")
    return (f"stated turnout by {kind}: {shown}: {what}",)


def _gather_counted(
    run: Run, snapshot: Snapshot, surroundings: dict[Election, Surroundings], model: PropensityModel, outcome: Outcome
) -> pd.DataFrame:
    """The scores of those who are on the rolls and may be scored, beside the areas they are in.

    From a file of more than `MOST_VOTERS` whole households are drawn.
    """
    coming, share = surroundings[run.campaign.election], MOST_VOTERS / max(snapshot.voters, 1)
    replayed = [era.election for era in choose_eras(snapshot.calendar, run.campaign.election)]
    scores, rolls = [], []
    for whole in read_blocks(run, snapshot, "stated level"):
        block, _ = draw_households(whole, share, run.settings.seed)
        scored = score_voters(block, {outcome.name: model}, coming)[[outcome.name]]
        scores.append(scored.assign(**{area: block[area].astype("str") for area in AREAS}))
        rolls.append(_on_rolls(block, snapshot, replayed))
    counted = pd.concat(scores, ignore_index=True)
    return counted[counted[outcome.name].notna().to_numpy() & ~left_the_rolls(np.concatenate(rolls))]


def _on_rolls(block: pd.DataFrame, snapshot: Snapshot, elections: Sequence[Election]) -> NDArray[np.bool_]:
    known = [~np.isnan(turnout_labels(block, snapshot.calendar, election)) for election in elections]
    return np.stack(known, axis=1) if known else np.zeros((len(block), 0), bool)


def left_the_rolls(on_rolls: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Who was on the rolls of an earlier election and not of the newest; from a mask of shape (voters, elections).

    The newest that was held for all: one that fewer than half as many could vote in as in another tells of a part only.
    Where nobody was on the rolls of two elections, each had voters of its own, and so will the coming one.
    """
    counts = on_rolls.sum(axis=0)
    whole = np.flatnonzero(2 * counts >= counts.max(initial=0))
    if not len(whole) or not counts.any():
        return np.zeros(len(on_rolls), bool)
    if len(whole) > 1 and on_rolls.sum(axis=1).max() == 1:
        return np.asarray(on_rolls.any(axis=1))
    newest = int(whole[-1])
    return np.asarray(on_rolls[:, :newest].any(axis=1) & ~on_rolls[:, newest:].any(axis=1))
