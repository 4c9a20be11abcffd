"""Folder layouts: recognise the layout of a copy, and pair its images by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...bench.registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .layout import Contents, Images, Layout, Side, on_name, on_path
    from .paired_list import PairedList, open_pairs
    from .recognition import Recogniser

__all__ = ["Contents", "Images", "Layout", "PairedList", "Recogniser", "Side", "on_name", "on_path", "open_pairs"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "layout": ("Contents", "Images", "Layout", "Side", "on_name", "on_path"),
        "paired_list": ("PairedList", "open_pairs"),
        "recognition": ("Recogniser",),
    },
)
