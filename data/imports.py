"""Imports: a file comes in, is checked row by row, and becomes part of the campaign's next snapshot."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from data.campaign import Campaign, hold
from data.composition import rebuild_history, rebuild_results, rebuild_survey, replace_voters
from data.contracts import HISTORY, RESULTS, SURVEY, VOTERS, Contract
from data.durable import keep_copy, sha256_file
from data.errors import InputError
from data.intake import Intake, take_in
from data.mapping import Mapping
from data.parts import write_part
from data.quarantine import write_quarantine
from data.snapshots import Snapshot, find_snapshot, no_snapshot, publish_snapshot

Record = dict[str, Any]


@dataclass(frozen=True)
class ImportReport:
    """What became of a file's rows: `rows == accepted + quarantined + collapsed`, always.

    `warnings` count values taken as missing, `dropped_columns` are those neither we nor the mapping know. `already`
    says that the same file was in the snapshot before, and nothing was written.
    """

    kind: str
    rows: int
    accepted: int
    quarantined: int
    collapsed: int
    quarantine_file: Path | None
    snapshot: str
    warnings: tuple[str, ...]
    dropped_columns: tuple[str, ...]
    already: bool


def import_voters(
    campaign: Campaign, file: Path, *, mapping: Mapping | None = None, today: date, name: str = ""
) -> ImportReport:
    """Replace the campaign's voters by those of the file; history, survey and results imported before stay.

    The file is CSV, or rows fetched from a database, which are called `name`. Holds the campaign meanwhile. Raises
    InputError when the file cannot be used or brings no voter, CampaignBusy when another process holds the campaign.
    What was imported before is untouched then.
    """
    return _import(campaign, file, VOTERS, mapping or Mapping(), today, name or file.name)


def import_history(
    campaign: Campaign, file: Path, *, mapping: Mapping | None = None, today: date, name: str = ""
) -> ImportReport:
    """Add who voted when; rows about voters who are not in the voter file are quarantined.

    Raises as `import_voters`.
    """
    return _import(campaign, file, HISTORY, mapping or Mapping(), today, name or file.name)


def import_survey(
    campaign: Campaign, file: Path, *, mapping: Mapping | None = None, today: date, name: str = ""
) -> ImportReport:
    """Add what voters answered; rows about voters who are not in the voter file are quarantined.

    Raises as `import_voters`.
    """
    return _import(campaign, file, SURVEY, mapping or Mapping(), today, name or file.name)


def import_results(
    campaign: Campaign, file: Path, *, mapping: Mapping | None = None, today: date, name: str = ""
) -> ImportReport:
    """Add certified results; of an area and election imported twice, the later counts. Raises as `import_voters`."""
    return _import(campaign, file, RESULTS, mapping or Mapping(), today, name or file.name)


def _import(
    campaign: Campaign, file: Path, contract: Contract, mapping: Mapping, today: date, name: str
) -> ImportReport:
    with hold(campaign):
        before = find_snapshot(campaign) or no_snapshot(campaign)
        if contract is not VOTERS and not before.parts:
            raise InputError(
                f"{contract.name} is about voters: import the voter file first (`propensity import voters FILE`)"
            )
        identity = _identify(file, contract, mapping, before)
        if known := next((record for record in before.imports if identity.items() <= record.items()), None):
            return _report(campaign, known, before, already=True)
        known_ids = None if contract is VOTERS else before.read_voter_ids()
        intake = take_in(file, contract, mapping, known_ids, today=today, name=name)
        if contract is VOTERS and not len(intake.accepted):
            raise InputError(f"{name}: no row can be used", sorted({reject.rule for reject in intake.rejects})[:10])
        record = _keep(campaign, file, name, identity, intake)
        after = publish_snapshot(_compose(before, record, intake, mapping, today), created=today)
        return _report(campaign, record, after, already=False)


def _identify(file: Path, contract: Contract, mapping: Mapping, before: Snapshot) -> Record:
    """What makes an import the same as another: the bytes, how they are read, and whom the rows could be about."""
    if not file.is_file():
        raise InputError(f"{file.name}: there is no such file")
    identity: Record = {"kind": contract.name, "sha256": sha256_file(file), "mapping": mapping.digest}
    if contract is not VOTERS:
        voters = next(record for record in before.imports if record["kind"] == VOTERS.name)
        identity["about"] = f"{voters['sha256'][:12]}-{voters['mapping'][:12]}"
    return identity


def _keep(campaign: Campaign, file: Path, name: str, identity: Record, intake: Intake) -> Record:
    """Store the original, the quarantined and the accepted rows; the record of the import."""
    if keep_copy(file, campaign.root / "raw").name != identity["sha256"]:
        raise InputError(f"{name} changed while it was read; import it again when it is complete")
    quarantine = write_quarantine(campaign, identity["kind"], identity["sha256"], name, intake.rejects)
    kept = (
        None if identity["kind"] == VOTERS.name else write_part(campaign.root / "snapshots" / "parts", intake.accepted)
    )
    return {
        **identity,
        "file": name,
        "accepted": kept,
        "report": {
            "kind": identity["kind"],
            "rows": intake.rows,
            "accepted": len(intake.accepted),
            "quarantined": len(intake.rejects),
            "collapsed": intake.collapsed,
            "quarantine_file": None if quarantine is None else quarantine.relative_to(campaign.root).as_posix(),
            "warnings": intake.warnings,
            "dropped_columns": intake.dropped_columns,
        },
    }


def _compose(before: Snapshot, record: Record, intake: Intake, mapping: Mapping, today: date) -> Snapshot:
    """The next snapshot; the record replaces the same file's older one, or the older voter file's."""
    imports = tuple(other for other in before.imports if not _replaces(record, other))
    snapshot = replace(before, imports=(*imports, record))
    if record["kind"] == VOTERS.name:
        return replace_voters(snapshot, intake.accepted, mapping.extra, today=today)
    rebuild = {HISTORY.name: rebuild_history, SURVEY.name: rebuild_survey, RESULTS.name: rebuild_results}
    return rebuild[record["kind"]](snapshot)


def _replaces(record: Record, other: Record) -> bool:
    names = ("kind",) if record["kind"] == VOTERS.name else ("kind", "sha256", "mapping")
    return all(record[name] == other[name] for name in names)


def _report(campaign: Campaign, record: Record, snapshot: Snapshot, *, already: bool) -> ImportReport:
    report = dict(record["report"])
    for name in ("warnings", "dropped_columns"):
        report[name] = tuple(report[name])
    if report["quarantine_file"] is not None:
        report["quarantine_file"] = campaign.root / report["quarantine_file"]
    return ImportReport(**report, snapshot=snapshot.digest, already=already)
