"""The board: results of all runs by model and data set, with notes and published results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bench.registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .board import Board, Column, Entry, Row, Value, build_board

__all__ = ["Board", "Column", "Entry", "Row", "Value", "build_board"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "board": ("Board", "Column", "Entry", "Row", "Value", "build_board"),
    },
)
