"""What a notebook shows of an object: one line as text, and as HTML a table with notes and small pictures."""

from __future__ import annotations

import base64
import io
import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..contracts import UInt8Image

__all__ = ["Panel", "Shown", "count", "number"]

SMALL = 160
"""Width of a small picture, in pixels."""

MOST_ROWS = 20
"""Rows of a table in a notebook; `to_dataframe` has all."""


@dataclass(frozen=True, slots=True)
class Panel:
    """The content; everything is text, and escaped."""

    line: str
    """`Run: prenet on rain100h by rain100h@1, 100 images`."""

    columns: tuple[str, ...] = ()
    rows: Sequence[Sequence[str]] = ()
    """The first cell of each names the row."""

    notes: tuple[str, ...] = ()
    pictures: tuple[tuple[str, UInt8Image], ...] = ()
    """Titles, and images (H, W, 3), RGB."""

    def html(self) -> str:
        """The panel for a notebook, without styles of its own, so that it follows the light or dark theme."""
        more = len(self.rows) - MOST_ROWS
        notes = [*self.notes, *([f"{count(more, 'more row')}: see to_dataframe()."] if more > 0 else [])]
        parts = [
            f"<p><b>{escape(self.line)}</b></p>",
            self._table() if self.rows else "",
            "".join(f"<p><small>{escape(text)}</small></p>" for text in notes),
            "".join(map(_figure, self.pictures)),
        ]
        return f"<div>{''.join(parts)}</div>"

    def _table(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            f"<tr><th>{escape(row[0])}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
            for row in self.rows[:MOST_ROWS]
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class Shown:
    """An object that notebooks and shells show by its panel.

    A dataclass that inherits it is made with `repr=False`.
    """

    __slots__ = ()

    @abstractmethod
    def _panel(self) -> Panel:
        """The content."""

    def __repr__(self) -> str:
        """One line."""
        return f"<{self._panel().line}>"

    def _repr_html_(self) -> str:
        """As notebooks ask for it."""
        return self._panel().html()


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "image"), count(1200, "image")
    ('1 image', '1,200 images')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def number(value: float | None, digits: int, *, signed: bool = False) -> str:
    """A number for people; a dash for a missing one.

    >>> number(29.4599, 2), number(0.5, 3, signed=True), number(None, 2)
    ('29.46', '+0.500', '–')
    """
    if value is None:
        return "\N{EN DASH}"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:{'+' if signed else ''}.{digits}f}"


def _figure(picture: tuple[str, UInt8Image]) -> str:
    from PIL import Image

    title, pixels = picture
    image = Image.fromarray(pixels)
    image.thumbnail((SMALL, SMALL))
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=85)
    content = base64.b64encode(buffer.getvalue()).decode()
    label = escape(title, quote=True)
    return (
        '<figure style="display:inline-block;margin:0 8px 0 0">'
        f'<img alt="{label}" src="data:image/jpeg;base64,{content}"><figcaption><small>{label}</small></figcaption>'
        "</figure>"
    )
