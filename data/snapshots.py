"""Snapshots: everything imported so far, immutable, named by digest."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.campaign import Campaign
from data.durable import write_file
from data.elections import Calendar, Election
from data.errors import InputError
from data.parts import read_part, read_verified
from data.results import combine_results
from data.survey import combine_surveys

FORMAT = 1
CURRENT = "CURRENT"
AS_THEY_ARE = ("campaign_uuid", "created", "parent", "voters", "extras", "survey", "results")


@dataclass(frozen=True)
class Part:
    """A slice of the voter file that splits no household: the digests of its two Parquet files, and its rows."""

    voters: str
    contacts: str
    rows: int


@dataclass(frozen=True)
class Snapshot:
    """What was known of a campaign's voters after an import.

    Every voter is in exactly one part. `calendar` is every election of the accepted history, sorted; bit number i of
    a voter's history is its i-th. `extras` are the further columns and their kinds. `imports` has one record per
    import that counts. Every file is checked against its digest when it is read: InputError names a damaged one.
    """

    folder: Path
    digest: str
    campaign_uuid: str
    created: str
    parent: str | None
    voters: int
    calendar: Calendar
    stated: tuple[bool, ...]
    extras: dict[str, str]
    parts: tuple[Part, ...]
    survey: str | None
    results: str | None
    imports: tuple[dict[str, Any], ...]

    @property
    def parts_folder(self) -> Path:
        """Where the Parquet files of all snapshots are."""
        return self.folder / "parts"

    def read_voter_ids(self) -> pa.ChunkedArray:
        """The ids of all voters, part after part."""
        tables = [read_part(self.parts_folder, part.voters, columns=["voter_id"]) for part in self.parts]
        return pa.concat_tables(tables)["voter_id"]

    def read_voters(self, part: Part, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The part's voters, one row each, ordered by household; all columns, or those named, in that order.

        `voter_id` str, other texts categorical, `born` and `registered` datetime64 or NaT, the `do_not_` flags bool,
        numeric extras float64, history bits `voted_<w>` and `rolls_<w>` uint64. ValueError names
        a column that is not there.
        """
        return self._read(part.voters, columns)

    def read_contacts(self, part: Part, ids: Sequence[str] | None = None) -> pd.DataFrame:
        """How the part's voters, or those of `ids`, are reached; one row each, in the order of `read_voters`."""
        table = read_part(self.parts_folder, part.contacts)
        if ids is not None:
            table = table.filter(pc.is_in(table["voter_id"], pa.array(ids, pa.string())))
        return table.to_pandas()

    def contacts_of(self, voter_ids: Sequence[str]) -> pd.DataFrame:
        """How these voters are reached, indexed by voter_id, in the order asked; KeyError when one is not there."""
        found = pd.concat([self.read_contacts(part, voter_ids) for part in self.parts])
        return found.set_index("voter_id").loc[list(voter_ids)]

    def read_survey(self) -> pd.DataFrame:
        """Accepted answers: voter_id, date, response (1–5, or NaN), canvasser_id, contact_result, import_order."""
        return self._read(self.survey) if self.survey else _to_pandas(combine_surveys([]))

    def read_results(self) -> pd.DataFrame:
        """The latest certified results of each area and election, with the columns of the contract."""
        return self._read(self.results) if self.results else _to_pandas(combine_results([]))

    def _read(self, digest: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        return _to_pandas(read_part(self.parts_folder, digest, columns=columns))


def no_snapshot(campaign: Campaign) -> Snapshot:
    """What is known before the first import: nothing."""
    folder = campaign.root / "snapshots"
    return Snapshot(folder, "", campaign.uuid, "", None, 0, (), (), {}, (), None, None, ())


def open_snapshot(campaign: Campaign, digest: str = CURRENT) -> Snapshot:
    """The campaign's snapshot of that digest; InputError when there is none or its manifest is damaged."""
    snapshot = find_snapshot(campaign, digest)
    if snapshot is None:
        raise InputError(f"{campaign.name} has no voters yet; bring them in with `propensity import voters FILE`")
    return snapshot


def find_snapshot(campaign: Campaign, digest: str = CURRENT) -> Snapshot | None:
    """Like `open_snapshot`, but None when nothing has been imported."""
    folder = campaign.root / "snapshots"
    if digest == CURRENT:
        if not (folder / CURRENT).exists():
            return None
        digest = (folder / CURRENT).read_text(encoding="utf-8").strip()
    manifest = json.loads(read_verified(_manifest_path(folder, digest), digest))
    if manifest["campaign_uuid"] != campaign.uuid:
        raise InputError(f"manifests/{digest}.json is a snapshot of another campaign; it must not be here")
    return _from_manifest(folder, digest, manifest)


def publish_snapshot(snapshot: Snapshot, *, created: date) -> Snapshot:
    """Make this successor of the snapshot whose digest it still bears the campaign's current one.

    Its parts must be on disk already; replacing CURRENT is the only commit point.
    """
    manifest = _to_manifest(replace(snapshot, parent=snapshot.digest or None, created=created.isoformat()))
    content = json.dumps(manifest, sort_keys=True, indent=1, ensure_ascii=False).encode()
    digest = hashlib.sha256(content).hexdigest()
    write_file(_manifest_path(snapshot.folder, digest), content)
    write_file(snapshot.folder / CURRENT, f"{digest}\n".encode())
    return _from_manifest(snapshot.folder, digest, manifest)


def _manifest_path(folder: Path, digest: str) -> Path:
    return folder / "manifests" / f"{digest}.json"


def _to_manifest(snapshot: Snapshot) -> dict[str, Any]:
    elections = zip(snapshot.calendar, snapshot.stated, strict=True)
    return {
        "format": FORMAT,
        **{name: getattr(snapshot, name) for name in AS_THEY_ARE},
        "calendar": [{"date": e.date.isoformat(), "type": e.type, "stated": stated} for e, stated in elections],
        "parts": [asdict(part) for part in snapshot.parts],
        "imports": list(snapshot.imports),
    }


def _from_manifest(folder: Path, digest: str, manifest: dict[str, Any]) -> Snapshot:
    return Snapshot(
        folder=folder,
        digest=digest,
        **{name: manifest[name] for name in AS_THEY_ARE},
        calendar=tuple(Election(date.fromisoformat(e["date"]), e["type"]) for e in manifest["calendar"]),
        stated=tuple(e["stated"] for e in manifest["calendar"]),
        parts=tuple(Part(**part) for part in manifest["parts"]),
        imports=tuple(manifest["imports"]),
    )


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    """The table as pandas makes it; texts in codes are taken over here, at a third of what that costs there."""
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    others = table.drop_columns(texts).to_pandas(date_as_object=False)
    columns = {name: _coded(table[name]) if name in texts else others[name] for name in table.column_names}
    return pd.DataFrame(columns, index=others.index, copy=False)


def _coded(column: pa.ChunkedArray) -> pd.Categorical:
    texts = column.combine_chunks()
    words = pd.CategoricalDtype(pd.Index(texts.dictionary.to_pandas()))
    return pd.Categorical.from_codes(pc.fill_null(texts.indices, -1).to_numpy(), dtype=words)
