"""Taking a list along: its rows as published, joined with how people are reached, less who is suppressed by now."""

from collections.abc import Sequence

import pandas as pd

from data.campaign import Campaign
from data.snapshots import open_snapshot
from lists.pulls import pull_rows, select_rows
from lists.suppressions import suppressed
from lists.versions import find_version, read_list

STATE = "state.sqlite"


def take_list(
    campaign: Campaign, name: str, *, version: int | None = None, precincts: Sequence[str] = (), top: int | None = None
) -> pd.DataFrame:
    """The rows of a published list with contacts; the columns of `pulls.COLUMNS`.

    Raises UsageError where there is no such list, version or precinct, InputError where a file is damaged.
    """
    folder, barred = campaign.root / "lists", suppressed(campaign.root / STATE)
    found = find_version(folder, name, version)
    ranked = read_list(folder, found)
    rows = select_rows(ranked, suppressed=barred, precincts=precincts, top=top)
    contacts = open_snapshot(campaign, found.provenance["snapshot"]).contacts_of(rows["voter_id"].tolist())
    return pull_rows(ranked, contacts, suppressed=barred, precincts=precincts, top=top, version=found.version)
