"""Every error that `propensity` raises on purpose, with the exit code it ends a command with.

PropensityError            1  a bug: something that should not have happened
├── UsageError             2  the command was called wrongly
├── InputError             3  a file or a store is not what it must be; lists every fault found
├── GateRefused            4  a gate refused; lists the reasons
└── CampaignBusy           5  another run holds the campaign

Messages name file, line, column, rule and remedy. They never name a person.
"""

from collections.abc import Sequence
from typing import ClassVar


class PropensityError(Exception):
    """An error with a message for people and an exit code for machines."""

    exit_code: ClassVar[int] = 1


class UsageError(PropensityError):
    """The command, or the function, was called wrongly."""

    exit_code = 2


class InputError(PropensityError):
    """What came in cannot be used; `faults` holds every fault found, not only the first."""

    exit_code = 3

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        self.faults = tuple(faults)
        super().__init__("\n  - ".join([message, *self.faults]))


class GateRefused(PropensityError):
    """A gate refused; `reasons` says why, and what was already published is unchanged."""

    exit_code = 4

    def __init__(self, message: str, reasons: Sequence[str] = ()) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n  - ".join([message, *self.reasons]))


class CampaignBusy(PropensityError):
    """Another process holds the campaign."""

    exit_code = 5
