"""Values kept within a budget of memory, for those that ask for them again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["FirstThatFit"]

Value = TypeVar("Value")


class FirstThatFit(Generic[Value]):
    """A store that drops nothing: the first values that fit into the budget stay; thread-safe.

    Every model of a run sees the same images in the same order. A store that drops what was used longest ago would have
    dropped each value just before it is asked for again.

    Args:
        budget: bytes to keep at most; 0 keeps nothing.
    """

    def __init__(self, budget: int = 0) -> None:
        self._room = budget
        self._known: dict[Hashable, Value] = {}
        self._lock = threading.Lock()

    @property
    def is_off(self) -> bool:
        """Whether there is nothing to be found and no room for more."""
        return not self._room and not self._known

    def get(self, key: Hashable) -> Value | None:
        """The value of a key; `None` if none is kept."""
        return self._known.get(key)

    def keep(self, key: Hashable, size: int, make: Callable[[], Value]) -> Value | None:
        """Keep a value if it fits.

        Args:
            key: of the value.
            size: bytes that it takes.
            make: makes it; called only if there is room.

        Returns:
            The value that is kept under the key, which may have been there before; `None` if there is no room.
        """
        with self._lock:
            if key in self._known:
                return self._known[key]
            if size > self._room:
                return None
            value = self._known[key] = make()
            self._room -= size
            return value
