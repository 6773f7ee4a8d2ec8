"""Verify: read every stored file that a pointer reaches, and check it against its digest."""

from data.campaign import Campaign
from data.parts import read_part, read_verified
from data.snapshots import Snapshot, find_snapshot
from lists.versions import list_versions, read_list
from pipelines.plan import plan_name
from pipelines.records import read_scoring, read_training, scoring_path, training_path


def verify_campaign(campaign: Campaign) -> dict[str, int]:
    """How many files of each kind are what was written; InputError names the first that is not."""
    snapshot = find_snapshot(campaign)
    versions = list_versions(campaign.root / "lists")
    for version in versions:
        read_list(campaign.root / "lists", version, columns=["rank"])
    return {
        "snapshot": _verify_snapshot(snapshot) if snapshot else 0,
        "models": _verify_models(campaign),
        "scores": _verify_scores(campaign),
        "lists": len(versions),
    }


def _verify_snapshot(snapshot: Snapshot) -> int:
    digests = [digest for part in snapshot.parts for digest in (part.voters, part.contacts)]
    digests += [digest for digest in (snapshot.survey, snapshot.results) if digest]
    for digest in digests:
        read_part(snapshot.parts_folder, digest)
    return len(digests)


def _verify_models(campaign: Campaign) -> int:
    if not training_path(campaign.root).exists():
        return 0
    digests = read_training(campaign.root).models.values()
    for digest in digests:
        read_verified(campaign.root / "models" / f"{digest}.json", digest)
    return len(digests)


def _verify_scores(campaign: Campaign) -> int:
    if not scoring_path(campaign.root).exists():
        return 0
    scoring, folder = read_scoring(campaign.root), campaign.root / "scores"
    for digest in scoring.parts:
        read_part(folder, digest)
    if scoring.plan:
        read_verified(folder / plan_name(scoring.plan), scoring.plan)
    return len(scoring.parts) + bool(scoring.plan)
