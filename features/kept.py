"""Arrays of a block that several features read, worked out once."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from numpy.typing import NDArray

Array = TypeVar("Array", bound=NDArray[Any])


class Kept:
    """Arrays by name, each worked out when it is first asked for and read only from then on."""

    def __init__(self) -> None:
        self._arrays: dict[Hashable, Any] = {}

    def __call__(self, name: Hashable, compute: Callable[[], Array]) -> Array:
        """The array of that name; computed unless it is there already."""
        if name not in self._arrays:
            self._arrays[name] = compute()
            self._arrays[name].flags.writeable = False
        found: Array = self._arrays[name]
        return found
