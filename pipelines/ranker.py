"""The ranker: every universe that can be ranked, from the scores to files of lists, in memory that does not grow."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from data.parts import write_part
from data.snapshots import open_snapshot
from lists.drawing import first_share, settle
from lists.list_file import ListFile
from lists.selection import Counts, Selected
from lists.universes import Universe
from pipelines.candidates import Candidates, keep_candidates
from pipelines.engine import Each
from pipelines.lister import Lister, UnorderedList
from pipelines.reasons import learn_teller
from pipelines.records import Scoring
from pipelines.run import Run
from pipelines.selector import Drawer, ScoredPart, SelectedPart, Selector


def rank_lists(
    run: Run,
    each: Each,
    scoring: Scoring,
    trusted: Sequence[str],
    universes: Sequence[Universe],
    barred: pd.DataFrame,
    work: Path,
) -> list[ListFile]:
    """Rank the scores of the trusted outcomes for these universes, without the barred; files in the folder `work`.

    Universes that nobody is in have no file.
    """
    if not universes:
        return []
    seed, snapshot = run.settings.seed, open_snapshot(run.campaign, scoring.snapshot)
    parts = [ScoredPart(*pair) for pair in zip(snapshot.parts, scoring.parts, strict=True)]
    candidates = keep_candidates(run.campaign.root / "scores", trusted, snapshot, barred, work)
    drawn = {one.name: draw_list(run, each, candidates, parts, one) for one in universes if one.size is not None}
    settled = {name: write_part(work, one.table) for name, one in drawn.items()}
    teller = learn_teller(run, snapshot, scoring, trusted)
    streamed = tuple(one for one in universes if one.name not in drawn)
    selector = Selector(candidates, streamed, settled, teller, work, seed)
    selected = each(selector.select_part, run.watch("rank", parts, rows_of), spread=True, at_home=True)
    unordered = [collect(one, selected, drawn.get(one.name)) for one in universes]
    lister = Lister(work, teller.phrases if teller else (), teller.columns if teller else ())
    inhabited = [one for one in unordered if one.counts.people]
    return each(lister.write, run.watch("lists", inhabited, lambda one: one.counts.people), spread=True, at_home=True)


def draw_list(
    run: Run, each: Each, candidates: Candidates, parts: Sequence[ScoredPart], universe: Universe
) -> Selected:
    """Whom a universe with a size lists, decided by all parts together; once more with more voters if they were few."""
    share = first_share(universe, sum(map(rows_of, parts)))
    while True:
        drawer = Drawer(candidates, universe, run.settings.seed, share)
        drawn = each(drawer.draw_part, run.watch(f"draw {universe.name}", parts, rows_of), spread=True, at_home=True)
        if settled := settle(drawn, universe, seed=run.settings.seed):
            return settled
        share = min(1.0, 4 * share)


def collect(universe: Universe, selected: Sequence[SelectedPart], settled: Selected | None) -> UnorderedList:
    """A universe's runs of all parts; where all parts together settled the list, its counts are theirs."""
    counts = sum((one.counts[universe.name] for one in selected), settled.counts if settled else Counts())
    return UnorderedList(universe, tuple(one.piles[universe.name] for one in selected), counts)


def rows_of(scored: ScoredPart) -> int:
    """How many voters a part has."""
    return scored.part.rows
