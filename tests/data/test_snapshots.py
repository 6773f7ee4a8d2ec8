import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from data.campaign import Campaign, init_campaign
from data.elections import Election
from data.errors import InputError
from data.imports import import_voters
from data.mapping import Mapping
from data.parts import as_frame, read_part
from data.snapshots import Snapshot, find_snapshot, open_snapshot

TODAY = date(2026, 11, 24)
VOTERS = """voter_id,birth_date,sex,address,last_name,school,income,latitude
001,1980-05-06,f,12 Elm Street,Wren,BA,1.5,35.5
002,,m,12 elm street,Wren,,,
003,1990-01-01,,9 Oak Street,Finch,MA,2,
"""
Put = Callable[[str, str], Path]


@pytest.fixture
def snapshot(campaign: Campaign, put: Put) -> Snapshot:
    mapping = Mapping(extra={"school": "category", "income": "number"})
    import_voters(campaign, put("voters.csv", VOTERS), mapping=mapping, today=TODAY)
    return open_snapshot(campaign)


def test_voters_come_back_typed(snapshot: Snapshot) -> None:
    frame = snapshot.read_voters(snapshot.parts[0])
    types = frame.dtypes.astype(str).to_dict()
    assert types.pop("voter_id") == "str"
    assert {types.pop(name)[:10] for name in ("born", "registered")} == {"datetime64"}
    assert {types.pop(f"do_not_{way}") for way in ("call", "mail", "walk")} == {"bool"}
    assert (types.pop("extra_income"), types.pop("voted_0"), types.pop("rolls_0")) == ("float64", "uint64", "uint64")
    assert types == dict.fromkeys(
        ["sex", "party", "county", "precinct", "zip", "household_id", "status", "extra_school"], "category"
    )
    frame = frame.set_index("voter_id").sort_index()
    assert frame["sex"].tolist()[:2] == ["F", "M"] and frame["sex"].isna().tolist() == [False, False, True]
    assert frame["born"].tolist()[0] == pd.Timestamp(1980, 5, 6) and frame["born"].isna().sum() == 1
    assert frame["household_id"].iloc[0] == frame["household_id"].iloc[1] != frame["household_id"].iloc[2]
    assert snapshot.extras == {"school": "category", "income": "number"}


def test_columns_can_be_chosen(snapshot: Snapshot) -> None:
    (part,) = snapshot.parts
    whole = snapshot.read_voters(part)
    for columns in (["rolls_0", "sex", "born"], ("voter_id",), list(whole)):
        pd.testing.assert_frame_equal(snapshot.read_voters(part, columns), whole[list(columns)])
    with pytest.raises(ValueError, match="nickname"):
        snapshot.read_voters(part, ["sex", "nickname"])
    path = snapshot.parts_folder / f"{part.voters}.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=path.name):
        snapshot.read_voters(part, ["sex"])


def test_a_part_is_read_as_pandas_reads_it(snapshot: Snapshot) -> None:
    """But for the words of a column that has none: ours are texts, theirs anything."""
    table = read_part(snapshot.parts_folder, snapshot.parts[0].voters).drop_columns(["party", "county", "precinct"])
    table = table.drop_columns(["zip"])
    sexes = pa.array(["X", "M", None]).dictionary_encode()
    longer = pa.concat_tables([table, table.set_column(table.column_names.index("sex"), "sex", sexes)])
    for rows in (table, table.slice(1, 1), table.slice(3), longer):
        pd.testing.assert_frame_equal(as_frame(rows), rows.to_pandas(date_as_object=False))
    assert list(as_frame(longer)["sex"].cat.categories) == ["F", "M", "X"]


def test_contacts_are_apart_and_in_the_same_order(snapshot: Snapshot) -> None:
    (part,) = snapshot.parts
    contacts = snapshot.read_contacts(part)
    assert contacts["voter_id"].tolist() == snapshot.read_voters(part)["voter_id"].tolist()
    assert {"first_name", "phone", "email", "precinct", "zip", "household_id"} <= set(contacts)
    assert snapshot.read_contacts(part, ["003", "nobody"])["last_name"].tolist() == ["Finch"]
    asked = snapshot.contacts_of(["003", "001"])
    assert asked.index.tolist() == ["003", "001"] and asked["last_name"].tolist() == ["Finch", "Wren"]
    assert asked["latitude"].dtype == "float64"
    with pytest.raises(KeyError):
        snapshot.contacts_of(["nobody"])
    assert snapshot.contacts_of([]).empty
    assert sorted(snapshot.read_voter_ids().to_pylist()) == ["001", "002", "003"]


def test_what_was_never_imported_is_an_empty_frame_of_the_right_kind(snapshot: Snapshot) -> None:
    survey, results = snapshot.read_survey(), snapshot.read_results()
    assert survey.empty and str(survey["date"].dtype).startswith("datetime64") and survey["response"].dtype == "float64"
    assert results.empty and "votes_for" in results


def test_a_snapshot_does_not_change_and_every_one_stays(campaign: Campaign, snapshot: Snapshot, put: Put) -> None:
    import_voters(campaign, put("voters.csv", "voter_id\n009\n"), today=TODAY)
    current = open_snapshot(campaign)
    assert current.parent == snapshot.digest and current.voters == 1
    assert open_snapshot(campaign, snapshot.digest) == snapshot
    assert len(snapshot.read_voters(snapshot.parts[0])) == 3
    with pytest.raises(FrozenInstanceError):
        snapshot.voters = 4  # type: ignore[misc]


def test_nothing_imported_says_what_to_do(campaign: Campaign) -> None:
    assert find_snapshot(campaign) is None
    with pytest.raises(InputError, match="propensity import voters"):
        open_snapshot(campaign)
    with pytest.raises(InputError, match="missing"):
        open_snapshot(campaign, "0" * 64)


def test_a_changed_manifest_or_part_is_named(campaign: Campaign, snapshot: Snapshot) -> None:
    part = snapshot.parts_folder / f"{snapshot.parts[0].voters}.parquet"
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=part.name):
        snapshot.read_voters(snapshot.parts[0])
    manifest = snapshot.folder / "manifests" / f"{snapshot.digest}.json"
    manifest.write_text(manifest.read_text().replace('"voters": 3', '"voters": 4'))
    with pytest.raises(InputError, match=manifest.name):
        open_snapshot(campaign)


def test_a_snapshot_of_another_campaign_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    other = init_campaign(tmp_path / "other", name="other", election=Election(date(2026, 11, 3), "general"))
    for name in ("CURRENT", f"manifests/{snapshot.digest}.json"):
        (other.root / "snapshots" / name).write_bytes((snapshot.folder / name).read_bytes())
    with pytest.raises(InputError, match="another campaign"):
        open_snapshot(other)


def test_the_manifest_names_everything(snapshot: Snapshot) -> None:
    manifest = json.loads((snapshot.folder / "manifests" / f"{snapshot.digest}.json").read_text())
    assert manifest["format"] == 1 and manifest["created"] == "2026-11-24" and manifest["survey"] is None
    assert manifest["parts"] == [
        {"voters": snapshot.parts[0].voters, "contacts": snapshot.parts[0].contacts, "rows": 3}
    ]
    (record,) = manifest["imports"]
    assert record["kind"] == "voters" and record["report"]["accepted"] == 3
