"""A console on which no text acts: styles are its own, and everything else is screened."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from .screening import screened

__all__ = ["ScreenedConsole"]


class ScreenedConsole(Console):
    """A `Console` that screens the text of all that it draws: strings, tables, progress bars."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Screen the text of every segment but the console's own control codes."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(screened(segment.text), segment.style)
