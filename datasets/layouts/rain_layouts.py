"""Layouts in circulation of the numbered rain test sets (Rain100H, Rain100L, Rain200H)."""

from __future__ import annotations

from .layout import Images, Layout, on_name

__all__ = ["RAIN_LAYOUTS"]

RAINY = on_name(r"rain-0*(\d+)")
CLEAN = on_name(r"norain-0*(\d+)")
NUMBER = on_name(r"(?:(?:no)?rain-)?0*(\d+)(?:x2)?")

RAIN_LAYOUTS = (
    Layout("{input,target}/1.png", Images("input", NUMBER), Images("target", NUMBER)),
    Layout("rainy/rain-001.png with norain-001.png", Images("rainy", RAINY), Images(".", CLEAN)),
    Layout(
        "rain/X2/norain-1x2.png with norain/norain-1.png",
        Images("rain/X2", on_name(r"norain-0*(\d+)x2")),
        Images("norain", CLEAN),
    ),
    Layout("rain-1.png with norain-1.png", Images(".", RAINY), Images(".", CLEAN)),
)
"""Layouts of Rain13K (MSPFN, MPRNet, Restormer, MAXIM), PReNet, JORDER, and a single folder.

The key is the number without leading zeros.
"""
