"""Progress events of long runs; `display` draws them."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Receiver of the progress events of a cell."""

    def start(self, title: str, total: int, done: int) -> None:
        """Start a cell of `total` images, `done` of which were recorded earlier."""
        ...

    def rename(self, title: str) -> None:
        """Change the title of the running task."""
        ...

    def advance(self) -> None:
        """Count one more recorded image."""
        ...

    def note(self, message: str) -> None:
        """Show a message."""
        ...

    def finish(self) -> None:
        """End the cell, whether or not it is complete."""
        ...


class Silent:
    """A `Progress` that ignores every event."""

    def start(self, title: str, total: int, done: int) -> None:
        """Do nothing."""

    def rename(self, title: str) -> None:
        """Do nothing."""

    def advance(self) -> None:
        """Do nothing."""

    def note(self, message: str) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""
