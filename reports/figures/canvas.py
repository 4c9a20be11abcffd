"""The paper of a figure: its size, style, colours and file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from ...bench.errors import UsageError
from ...bench.files.figures import save_figure

__all__ = [
    "COLOURS",
    "COLUMN_INCHES",
    "HATCHES",
    "MARKERS",
    "PAGE_INCHES",
    "Axes",
    "Figure",
    "canvas",
    "plain_ticks",
    "short",
]

Figure: TypeAlias = Any
Axes: TypeAlias = Any
"""matplotlib's own annotations are partly unknown to a strict checker."""

COLUMN_INCHES = 3.45
"""Width of a column in a two-column paper; a strip spans both columns and the gap."""

PAGE_INCHES = 7.16

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito's colour-blind-safe palette; markers and hatches distinguish models in greyscale."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "+++", "ooo")
STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.linewidth": 0.3,
    "grid.color": "#cccccc",
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,  # TrueType: text stays text
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "restorebench",
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # keep dollar signs in names
}


@contextmanager
def canvas(out: Path) -> Generator[Figure]:
    """Yield a figure and save it when the block ends.

    Raises:
        UsageError: the suffix of the file is not that of a figure.
    """
    import importlib

    from matplotlib.figure import Figure as Canvas

    library: Any = importlib.import_module("matplotlib")
    library.use("Agg")
    with library.rc_context(STYLE):
        figure: Figure = Canvas()
        kinds = figure.canvas.get_supported_filetypes()
        if out.suffix[1:].lower() not in kinds:
            raise UsageError(f"{out} has no suffix of a figure: use one of {', '.join(sorted(kinds))}.")
        yield figure
        # Without dates, the same runs give the same bytes.
        dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(out.suffix[1:].lower())
        save_figure(figure, out, metadata=dates, dpi=300)


def plain_ticks(axis: Any) -> None:
    """Set ticks of a logarithmic axis at 1, 2 and 5, with plain numbers."""
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FormatStrFormatter("%g"))
    axis.set_minor_formatter(NullFormatter())


def short(title: str) -> str:
    """Cut a title that is too long for a label."""
    return title if len(title) <= 28 else f"{title[:27]}…"  # noqa: PLR2004 -- width of a column
