"""Paper that a figure is made for: widths of its columns, and its font."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["FONTS", "PAPERS", "Font", "Paper", "PaperName"]

PaperName = Literal["ieee", "cvpr", "eccv", "neurips"]
Font = Literal["sans", "serif"]


@dataclass(frozen=True, slots=True)
class Paper:
    """Widths in inches."""

    column: float
    page: float
    """Width of the text: both columns and the gap between them."""


PAPERS: Mapping[PaperName, Paper] = {
    "ieee": Paper(3.45, 7.16),
    "cvpr": Paper(3.28, 6.875),
    "eccv": Paper(4.80, 4.80),  # LNCS: one column of 122 mm
    "neurips": Paper(5.50, 5.50),
}
"""Text widths of the style files: IEEEtran, cvpr.sty (also ICCV and WACV), llncs.cls, neurips.sty (also ICLR)."""

FONTS: Mapping[Font, Mapping[str, Any]] = {
    "sans": {"font.family": "sans-serif"},
    # STIX looks like Times and comes with matplotlib; the others are for viewers of SVG files, which lack it.
    "serif": {"font.family": "serif", "font.serif": ["STIXGeneral", "Times New Roman", "Times", "DejaVu Serif"]},
}
