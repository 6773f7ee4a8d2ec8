from datetime import date
from pathlib import Path

import pyarrow as pa

from data.campaign import Campaign
from data.cells import ARROW_TYPES
from data.composition import rebuild_history, replace_voters
from data.contracts import VOTERS
from data.parts import write_part
from data.snapshots import Snapshot, no_snapshot

TODAY = date(2026, 11, 24)
PEOPLE = 200


def compose(campaign: Campaign) -> Snapshot:
    columns = {column.name: pa.nulls(PEOPLE, ARROW_TYPES[column.kind]) for column in VOTERS.columns}
    columns["voter_id"] = pa.array([f"v{i:03}" for i in range(PEOPLE)])
    columns["address"] = pa.array([f"{i // 3} Elm Street" for i in range(PEOPLE)])
    return replace_voters(no_snapshot(campaign), pa.table(columns), {}, today=TODAY, part_rows=50)


def test_parts_hold_every_voter_once_and_whole_households(campaign: Campaign) -> None:
    snapshot = compose(campaign)
    frames = [snapshot.read_voters(part) for part in snapshot.parts]
    assert len(frames) == 4 and [len(frame) for frame in frames] == [part.rows for part in snapshot.parts]
    assert sorted(voter for frame in frames for voter in frame["voter_id"]) == [f"v{i:03}" for i in range(PEOPLE)]
    doors = [set(frame["household_id"]) for frame in frames]
    assert sum(map(len, doors)) == len(set.union(*doors))


def test_the_same_voters_make_the_same_parts(campaign: Campaign) -> None:
    assert compose(campaign).parts == compose(campaign).parts


def test_new_history_changes_the_bits_of_every_part_and_no_contact(campaign: Campaign) -> None:
    snapshot = compose(campaign)
    ids = [f"v{i:03}" for i in range(0, PEOPLE, 2)]
    rows = {"voter_id": ids, "election_date": [date(2024, 11, 5)] * len(ids)}
    rows |= {"election_type": ["general"] * len(ids), "status": ["voted"] * len(ids)}
    record = {"kind": "history", "accepted": write_part(snapshot.parts_folder, pa.table(rows, _history_schema()))}
    rebuilt = rebuild_history(Snapshot(**{**vars(snapshot), "imports": (record,)}))
    assert [part.contacts for part in rebuilt.parts] == [part.contacts for part in snapshot.parts]
    voted = {row.voter_id for part in rebuilt.parts for row in rebuilt.read_voters(part).itertuples() if row.voted_0}
    assert voted == set(ids)
    once_more = rebuild_history(rebuilt)
    assert once_more.parts == rebuilt.parts


def test_nothing_is_written_outside_the_snapshots(campaign: Campaign) -> None:
    compose(campaign)
    written = {path.parent for path in campaign.root.rglob("*.parquet")}
    assert written == {Path(campaign.root / "snapshots" / "parts")}


def _history_schema() -> pa.Schema:
    return pa.schema(
        {"voter_id": pa.string(), "election_date": pa.date32(), "election_type": pa.string(), "status": pa.string()}
    )
