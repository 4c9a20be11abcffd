"""Results that several protocols or metrics ask for on one image, computed by the first that does."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

__all__ = ["SharedWork"]

T = TypeVar("T")


class SharedWork:
    """What was computed of one restored image and its target so far; for one thread."""

    def __init__(self) -> None:
        self._known: dict[Hashable, object] = {}

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The result of `compute`, which is called for the first of all equal keys only.

        What it raises is raised each time.
        """
        if key not in self._known:
            self._known[key] = compute()
        return cast("T", self._known[key])
