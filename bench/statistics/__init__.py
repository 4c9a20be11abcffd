"""Statistics of per-image values: bootstrap intervals and significance tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .bootstrap import estimate_means
    from .significance import POWER, detectable_difference, group_means, holm, images_needed, signed_rank

__all__ = ["POWER", "detectable_difference", "estimate_means", "group_means", "holm", "images_needed", "signed_rank"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "significance": ("POWER", "detectable_difference", "group_means", "holm", "images_needed", "signed_rank"),
        "bootstrap": ("estimate_means",),
    },
)
