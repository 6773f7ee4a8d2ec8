"""The cases of the quality benchmark: what is asked of whom, with how many samples, and what must come out."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from converters import GENERALS
from product import fit_county, make_county
from quality_experiments import pose_cities, pose_primary
from quality_problems import BEST, OURS, RESULTS, STATED, Goal, Problem, Task
from quality_surveys import pose_nonvoters, pose_support, pose_turnout, results_too

COUNTY_VOTERS = 60_000
BELOW_PEERS = Goal("log_loss", ahead=0.0)


def list_tasks(data: Path | None) -> list[Task]:
    """Every task, in the order of the document; those on real data only where there is a folder of it."""
    real = [] if data is None else [*_ces(data), *_cces(data), *_experiments(data), *_nonvoters(data)]
    return real + _county()


def _ces(data: Path) -> list[Task]:
    return [
        Task(
            "ces",
            f"CES 2022 support, {'with' if party else 'no'} party, n = {n:,}",
            partial(pose_support, data, n, party),
            seeds=8,
            goals=(BELOW_PEERS, Goal("log_loss", ahead=0.005, row=RESULTS))
            if results_too(n, party)
            else (BELOW_PEERS,),
        )
        for party in (False, True)
        for n in (300, 1_000, 3_000, 10_000)
    ]


def _cces(data: Path) -> list[Task]:
    goals = {2018: (Goal("auc", low=0.728), Goal("ece", high=0.015), Goal("ece", high=0.012, row=STATED))}
    return [
        Task(
            "cces",
            f"CCES validated vote, generals {min(GENERALS)}–{coming - 2} → {coming}",
            partial(pose_turnout, data, coming),
            seeds=1,
            goals=goals.get(coming, ()),
        )
        for coming in (2018, 2016, 2014, 2012)
    ]


def _experiments(data: Path) -> list[Task]:
    ggl = (Goal("log_loss", high=0.566), Goal("ece", high=0.005), BELOW_PEERS)
    return [
        Task("ggl", "GGL, Aug 2006 primary, control arm, half the households", partial(pose_primary, data), 4, ggl),
        Task("ggn", "GGN, Nov 2001 local elections, control arm, 70/30", partial(pose_cities, data), 8, (BELOW_PEERS,)),
    ]


def _nonvoters(data: Path) -> list[Task]:
    said: Sequence[tuple[str, str]] = (("number", "items as numbers"), ("category", "items as categories"))
    return [
        Task(
            "fte", f"FTE “rarely/never” voters, 70/30, {words}", partial(pose_nonvoters, data, kind), 8, (BELOW_PEERS,)
        )
        for kind, words in said
    ]


def _county() -> list[Task]:
    goals = (Goal("auc", ahead=-0.005), Goal("slope", low=0.95, high=1.05))
    return [
        Task("county", f"Synthetic county of {COUNTY_VOTERS:,}: {outcome}", partial(pose_county, outcome), 3, goals)
        for outcome in ("turnout", "support")
    ]


def pose_county(outcome: str, seed: int) -> Problem:
    """The synthetic county, judged on who may vote and was not asked, beside the best prediction possible."""
    county = make_county(COUNTY_VOTERS, seed)
    judged = county.truth[county.truth["turnout"] > 0].set_index("voter_id")
    judged = judged.drop(county.survey["voter_id"].unique(), errors="ignore") if outcome == "support" else judged
    truth = judged["votes" if outcome == "turnout" else "supports"].astype(int)
    ask = partial(fit_county, voters=COUNTY_VOTERS, county_seed=seed, outcome=outcome)
    return Problem(truth, {OURS: ask}, known={BEST: judged[f"best_{outcome}"]})
