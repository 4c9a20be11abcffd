"""Paper-style tables, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bench.registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .table import TableOptions, draw_table

__all__ = ["TableOptions", "draw_table"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "table": ("TableOptions", "draw_table"),
    },
)
