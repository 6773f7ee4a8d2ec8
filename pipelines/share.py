"""A share: where a cluster's workers read what scoring needs and leave what comes of it.

Without one they use the campaign folder itself, which then every worker has under the same path. What is copied into a
share is voters' parts, models and what goes with them, under their digests; contacts never: names and addresses do not
leave the campaign folder.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from data.campaign import SETTINGS
from data.errors import PropensityError
from data.snapshots import Part
from data.storage import Folder, Place, open_place, read_checked
from pipelines.engine import in_threads
from pipelines.run import Run

AT_ONCE = 4  # files on their way: an object store is slow to begin and fast to go on
MARK = "mark"
PARTS, SCORES = "snapshots/parts", "scores"


@dataclass(frozen=True)
class Mark:
    """A file by which a worker tells that it sees the same place as the run."""

    place: Place
    name: str
    digest: str

    def check(self) -> None:
        """InputError, or an OSError, when this process does not see it."""
        read_checked(self.place, self.name, self.digest)


@contextmanager
def open_share(run: Run) -> Iterator[Mark]:
    """The place of the run's workers, with a mark in it; the campaign's part of a share is emptied with the block.

    So it holds nothing between runs; what a killed run left there is reused by the next one and then removed.
    Raises UsageError when the run's share cannot be opened and InputError when it cannot be written.
    """
    place = find_place(run)
    if place == Folder(run.campaign.root):
        yield Mark(place, SETTINGS, hashlib.sha256(place.read_bytes(SETTINGS)).hexdigest())
        return
    try:
        place.write_bytes(MARK, run.name.encode())
        yield Mark(place, MARK, hashlib.sha256(run.name.encode()).hexdigest())
    finally:
        place.clear()


def find_place(run: Run) -> Place:
    """Where the run's workers read and write: the campaign folder, or a part of the share that is laid out like it."""
    if run.share is None:
        return Folder(run.campaign.root)
    return open_place(run.share).within(run.campaign.uuid)


def copy_in(run: Run, parts: Sequence[Part], names: Iterable[str] = ()) -> None:
    """Bring the voters of parts, and further files of the campaign, to where the workers read.

    A name is a path in the campaign folder that ends in the digest of the content, such as `scores/<sha>.plan`.
    What is there already is not copied again. PropensityError for the contacts of voters.
    """
    wanted = [*(f"{PARTS}/{part.voters}.parquet" for part in parts), *names]
    if {part.contacts for part in parts} & {PurePosixPath(name).stem for name in wanted}:
        raise PropensityError("contacts must not leave the campaign folder")
    Carrier(Folder(run.campaign.root), find_place(run)).carry(wanted)


def bring_back(run: Run, names: Iterable[str]) -> None:
    """Bring what the workers left, by names like those of `copy_in`, to the campaign folder, checked and durable."""
    Carrier(find_place(run), Folder(run.campaign.root)).carry(names)


@dataclass(frozen=True)
class Carrier:
    """Carries files named by their digests from one place to another."""

    source: Place
    target: Place

    def carry(self, names: Iterable[str]) -> None:
        """Carry each file, unless both places are one; raises InputError naming a file that is missing or damaged."""
        if self.source != self.target:
            in_threads(AT_ONCE)(self.carry_one, names, spread=True)

    def carry_one(self, name: str) -> None:
        """Carry one file, unless it is there already."""
        if (size := self.source.size_of(name)) is None or size != self.target.size_of(name):
            self.target.write_bytes(name, read_checked(self.source, name, PurePosixPath(name).stem))
