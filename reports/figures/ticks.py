"""Axes whose ticks follow the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .canvas import Axes

__all__ = ["logarithmic", "scale_axis", "size_ticks"]

FEWEST_FOLD = 4
"""Ratio of the largest to the smallest value from which an axis is logarithmic."""

DECADES = 100
"""Ratio from which every decade has one tick instead of three."""

MOST_SIZES = 5
"""Number of image sizes that have a tick each."""


def logarithmic(values: Sequence[float]) -> bool:
    """Whether values need a logarithmic axis: positive, and far apart."""
    return bool(values) and min(values) > 0 and max(values) >= FEWEST_FOLD * min(values)


def scale_axis(axes: Axes, which: Literal["x", "y"], values: Sequence[float]) -> None:
    """Make an axis logarithmic if its values are far apart; either way its ticks are plain numbers."""
    from matplotlib.ticker import FormatStrFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    axis = axes.xaxis if which == "x" else axes.yaxis
    if not logarithmic(values):
        axis.set_major_locator(MaxNLocator(nbins=5, min_n_ticks=3))
        return
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    fold = max(values) / min(values)
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if fold < DECADES else (1,)))
    axis.set_major_formatter(FormatStrFormatter("%g"))
    axis.set_minor_formatter(NullFormatter())
    if fold < DECADES:
        axis.set_minor_locator(NullLocator())


def size_ticks(axis: Any, sizes: Mapping[float, str]) -> bool:
    """Set a tick at each image size, by its place on the axis; returns whether there were few enough."""
    from matplotlib.ticker import FixedLocator, NullLocator

    if len(sizes) > MOST_SIZES:
        return False
    axis.set_major_locator(FixedLocator(list(sizes)))
    axis.set_ticklabels(list(sizes.values()))
    axis.set_minor_locator(NullLocator())
    return True
