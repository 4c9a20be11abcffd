"""Data sets, one short file each, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["DATASETS"]

DATASETS: dict[str, str] = {
    "gopro": "restorebench.datasets.gopro:gopro",
    "paired": "restorebench.datasets.paired:paired",
    "rain100h": "restorebench.datasets.rain100h:rain100h",
}
"""Data-set name to `module:attribute`; one line per data set."""
