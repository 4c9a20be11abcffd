"""Markdown of tables, blocks and links to headings."""

from __future__ import annotations

import re
from collections.abc import Iterator


def table(head: tuple[str, ...], rows: Iterator[list[str]]) -> Iterator[str]:
    """Lines of a table; bars in its cells are escaped."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        cells = (cell.replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"


def fenced(printed: str) -> Iterator[str]:
    """Lines of a block that shows what was printed, without an empty line at its beginning."""
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    yield from ("```", *(lines if lines[0] else lines[1:]), "```")


def anchor(title: str) -> str:
    """What links call the heading with this title."""
    return re.sub(r"[^\w-]", "", title.lower())
