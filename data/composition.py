"""Composition: the next snapshot, made from everything that was accepted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from data.cells import ARROW_TYPES
from data.contracts import HISTORY
from data.history import History, build_history, with_history
from data.households import cut_between, order_by_household
from data.parts import read_part, write_part
from data.results import combine_results
from data.snapshots import Part, Snapshot
from data.survey import combine_surveys
from data.voters import shape_contacts, shape_voters, with_households

PART_ROWS = 100_000
NO_HISTORY = pa.schema({column.name: ARROW_TYPES[column.kind] for column in HISTORY.columns}).empty_table()


def replace_voters(
    snapshot: Snapshot, accepted: pa.Table, extras: Mapping[str, str], *, today: date, part_rows: int = PART_ROWS
) -> Snapshot:
    """The snapshot with these voters instead of its own, in parts of about `part_rows` that split no household."""
    people = with_households(accepted)
    order, doors = order_by_household(people["household_id"].combine_chunks(), people["voter_id"].combine_chunks())
    people = people.combine_chunks().take(order)
    voters, contacts = shape_voters(people, extras, today=today), shape_contacts(people)
    cuts = [(cut.start, cut.stop - cut.start) for cut in cut_between(doors, part_rows)]
    contact_digests = [write_part(snapshot.parts_folder, contacts.slice(*cut)) for cut in cuts]
    snapshot = replace(snapshot, voters=len(voters), extras=dict(extras))
    return _with_parts(snapshot, voters, [voters.slice(*cut) for cut in cuts], contact_digests)


def rebuild_history(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the history bits that all its accepted history imports give."""
    parts = [_without_history(read_part(snapshot.parts_folder, part.voters)) for part in snapshot.parts]
    voters = pa.concat_tables(part.select(["voter_id", "born", "registered"]) for part in parts)
    return _with_parts(snapshot, voters, parts, [part.contacts for part in snapshot.parts])


def rebuild_survey(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the answers of all its accepted survey imports."""
    return replace(snapshot, survey=write_part(snapshot.parts_folder, combine_surveys(_accepted(snapshot, "survey"))))


def rebuild_results(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the certified results of all its accepted results imports."""
    return replace(snapshot, results=write_part(snapshot.parts_folder, combine_results(_accepted(snapshot, "results"))))


def _accepted(snapshot: Snapshot, kind: str) -> list[pa.Table]:
    digests = [record["accepted"] for record in snapshot.imports if record["kind"] == kind]
    return [read_part(snapshot.parts_folder, digest) for digest in digests]


def _with_parts(snapshot: Snapshot, voters: pa.Table, parts: Iterable[pa.Table], contacts: Sequence[str]) -> Snapshot:
    """The snapshot with these parts, which are slices of `voters`, written with their history."""
    history = build_history(pa.concat_tables([NO_HISTORY, *_accepted(snapshot, "history")]), voters)
    written, start = [], 0
    for part, digest in zip(parts, contacts, strict=True):
        written.append(_write_voters(snapshot, part, history, start, digest))
        start += len(part)
    return replace(snapshot, parts=tuple(written), calendar=history.calendar, stated=history.stated)


def _write_voters(snapshot: Snapshot, voters: pa.Table, history: History, start: int, contacts: str) -> Part:
    for at, field in enumerate(voters.schema):
        if field.type == pa.string() and field.name != "voter_id":
            voters = voters.set_column(at, field.name, pc.dictionary_encode(voters[field.name].combine_chunks()))
    digest = write_part(snapshot.parts_folder, with_history(voters, history, start))
    return Part(digest, contacts, len(voters))


def _without_history(voters: pa.Table) -> pa.Table:
    return voters.select([name for name in voters.column_names if not name.startswith(("voted_", "rolls_"))])
