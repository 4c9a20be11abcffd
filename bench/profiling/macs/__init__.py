"""Multiply-accumulates: counted by operator and module, and compared with published figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .count import count_macs
    from .operators import register_operator

__all__ = ["count_macs", "register_operator"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "count": ("count_macs",),
        "operators": ("register_operator",),
    },
)
