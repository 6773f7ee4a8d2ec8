"""Publish: rank every universe that has its scores, and make the lists live in one step."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from data.campaign import Campaign
from data.durable import scratch_folder
from lists.suppressions import suppressed
from lists.take import STATE
from lists.universes import UNIVERSES, Universe
from lists.versions import Release, find_published, publish
from pipelines.engine import Each
from pipelines.ranker import rank_lists
from pipelines.records import Scoring, read_scoring, read_training
from pipelines.run import Run

UNTRAINED = ("it was not trained",)


def publish_lists(run: Run, each: Each) -> Release:
    """Rank the last scores and publish every list that can be, with the reason for those that cannot."""
    root = run.campaign.root
    scoring, training = read_scoring(root), read_training(root)
    key = run_key(run.campaign, scoring, run.settings.seed)
    if published := find_published(root / "lists", run.campaign.uuid, key):
        return published
    trusted = [name for name in scoring.models if training.outcomes[name].trusted]
    reasons = {name: record.reasons for name, record in training.outcomes.items()}
    unscored = {u.name: reason for u in UNIVERSES if (reason := why_not(u, trusted, reasons, scoring.suspicions))}
    universes = [universe for universe in UNIVERSES if universe.name not in unscored]
    with scratch_folder(root / "lists" / "work") as work:
        ranked = rank_lists(run, each, scoring, trusted, universes, suppressed(root / STATE), work)
        listed = {one.universe.name: one for one in ranked}
        empty = {one.name: "nobody is in it today" for one in universes if one.name not in listed}
        return publish(
            root / "lists",
            listed,
            campaign_uuid=run.campaign.uuid,
            run_key=key,
            provenance=provenance(run, scoring),
            today=run.started,
            refused={**unscored, **empty},
        )


def why_not(
    universe: Universe,
    trusted: Sequence[str],
    reasons: Mapping[str, tuple[str, ...]],
    suspicions: tuple[str, ...] = (),
) -> str:
    """Why a universe cannot be ranked, or ""; `reasons` say by outcome why it has no score to trust.

    A file that is not what it was is no ground for a list that needs no score either.
    """
    if universe.refused:
        return universe.refused
    if suspicions:
        return "; ".join(suspicions)
    missing = [outcome for outcome in universe.needs if outcome not in trusted]
    return "; ".join(f"no {name} score: {'; '.join(reasons.get(name, UNTRAINED))}" for name in missing)


def run_key(campaign: Campaign, scoring: Scoring, seed: int) -> str:
    """The key under which the same lists are published once: everything they are made from."""
    barred = suppressed(campaign.root / STATE).to_csv(index=False)
    made_from = [campaign.uuid, scoring.snapshot, dict(scoring.models), barred, seed, version("propensity")]
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def provenance(run: Run, scoring: Scoring) -> dict[str, object]:
    """Where a list version comes from, for its manifest."""
    return {
        "run": run.name,
        "snapshot": scoring.snapshot,
        "models": dict(scoring.models),
        "as_of": scoring.as_of,
        "voters": scoring.voters,
        "scored": scoring.scored,
        "excluded": dict(scoring.excluded),
        "seed": run.settings.seed,
        "code": version("propensity"),
    }
