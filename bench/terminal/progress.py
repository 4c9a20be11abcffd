"""What a long run tells whoever waits for it; the drawing is in `display`."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Receives the events of one cell."""

    def start(self, title: str, total: int, done: int) -> None:
        """A cell of `total` images begins, `done` of which were recorded earlier."""
        ...

    def rename(self, title: str) -> None:
        """The work that was begun is called otherwise from now on."""
        ...

    def advance(self) -> None:
        """One more image is recorded."""
        ...

    def note(self, message: str) -> None:
        """Something worth a line happened."""
        ...

    def finish(self) -> None:
        """The cell is over, finished or not."""
        ...


class Silent:
    """Says nothing."""

    def start(self, title: str, total: int, done: int) -> None:
        """Ignore."""

    def rename(self, title: str) -> None:
        """Ignore."""

    def advance(self) -> None:
        """Ignore."""

    def note(self, message: str) -> None:
        """Ignore."""

    def finish(self) -> None:
        """Ignore."""
