"""Figures of matplotlib on disk."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .atomic import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["save_figure"]


def save_figure(
    figure: Figure, path: Path, *, dpi: float | None = None, metadata: Mapping[str, object] | None = None
) -> None:
    """Draw a figure and write it atomically; missing folders are created.

    Args:
        figure: of matplotlib.
        path: the file; its suffix is the format.
        dpi: pixels per inch; by default as the figure says.
        metadata: of the file, as `Figure.savefig` takes it.

    Raises:
        OSError: the file cannot be written.
        ValueError: matplotlib does not have the format.
    """
    # In memory first: on a full disk, matplotlib's writers of PDF raise whatever their half-written state leads to.
    buffer = io.BytesIO()
    options = {"dpi": "figure" if dpi is None else dpi, "metadata": metadata}
    cast("Any", figure).savefig(buffer, format=path.suffix[1:].lower(), **options)
    write_atomic(path, buffer.getvalue())
