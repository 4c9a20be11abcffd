"""Canvas of a figure: its style, colours, caption and file."""

from __future__ import annotations

import textwrap
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from ...bench.errors import UsageError
from ...bench.files.figures import save_figure
from .paper import FONTS, Font

__all__ = [
    "COLOURS",
    "HATCHES",
    "HEIGHT",
    "MARKERS",
    "MUTED",
    "Axes",
    "Figure",
    "canvas",
    "grow",
    "line_length",
    "look",
    "place_caption",
    "short_titles",
]

Figure: TypeAlias = Any
Axes: TypeAlias = Any
"""matplotlib's own annotations are partly unknown to a strict checker."""

HEIGHT = 2.5
"""Height in inches of a plot that is as wide as a column."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
"""Okabe and Ito's colour-blind-safe palette; markers and hatches distinguish models in greyscale."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "+++", "ooo")
MUTED = "#666666"
"""Colour of what explains the figure."""

CAPTION_SIZE = 6.5
LINE_SPACING = 1.3
SANS_EM, SERIF_EM = 0.56, 0.47
"""Mean width of a letter, relative to its size."""

LONGEST_TITLE = 28
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
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 6.5,
    "legend.handlelength": 1.4,
    "pdf.fonttype": 42,  # TrueType: text stays text
    "ps.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "restorebench",
    "figure.constrained_layout.use": True,
    "text.parse_math": False,  # keep dollar signs in names
}


@contextmanager
def canvas(out: Path, font: Font = "sans") -> Generator[Figure]:
    """Yield a figure and save it when the block ends.

    Raises:
        UsageError: the suffix of the file is not that of a figure.
    """
    import importlib

    from matplotlib.figure import Figure as Canvas

    library: Any = importlib.import_module("matplotlib")
    library.use("Agg")
    with library.rc_context({**STYLE, **FONTS[font]}):
        figure: Figure = Canvas()
        kinds = figure.canvas.get_supported_filetypes()
        if out.suffix[1:].lower() not in kinds:
            raise UsageError(f"{out} has no suffix of a figure: use one of {', '.join(sorted(kinds))}.")
        yield figure
        # Without dates, the same runs give the same bytes.
        dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(out.suffix[1:].lower())
        save_figure(figure, out, metadata=dates, dpi=300)


def look(place: int) -> tuple[str, str]:
    """Colour and marker of the model at a place in the figure; 64 models differ.

    >>> look(0), look(8)
    (('#0072B2', 'o'), ('#0072B2', 's'))
    """
    turn, rest = divmod(place, len(COLOURS))
    return COLOURS[rest], MARKERS[(rest + turn) % len(MARKERS)]


def place_caption(figure: Figure, sentences: Iterable[str]) -> None:
    """Write sentences in small letters below everything else, as wide as the figure, which grows by their height."""
    em = SERIF_EM if figure.text(0, 0, "").get_fontfamily() == ["serif"] else SANS_EM
    lines = textwrap.wrap(" ".join(sentences), line_length(figure.get_figwidth(), CAPTION_SIZE, em))
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=CAPTION_SIZE, color=MUTED, linespacing=LINE_SPACING)
    grow(figure, len(lines) * CAPTION_SIZE * LINE_SPACING)


def grow(figure: Figure, points: float) -> None:
    """Make a figure higher, so that what was added leaves the plot its size."""
    figure.set_figheight(figure.get_figheight() + points / 72)


def line_length(inches: float, points: float, em: float = SANS_EM) -> int:
    """Number of characters that fit in a line.

    Args:
        inches: width of the line.
        points: size of the letters.
        em: mean width of a letter, relative to its size.

    >>> line_length(3.45, 6.5)
    68
    """
    return max(4, int(inches * 72 / (em * points)))


def short_titles(titles: Sequence[str]) -> dict[str, str]:
    """Titles cut to the width of a label, unless two models would then have the same one."""
    cut = {title: title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…" for title in titles}
    cuts = list(cut.values())
    return {title: each if cuts.count(each) == 1 else title for title, each in cut.items()}
