"""The HTML report and the leaderboard site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bench.registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .page import render_page, write_report, write_single_file

__all__ = ["render_page", "write_report", "write_single_file"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "page": ("render_page", "write_report", "write_single_file"),
    },
)
