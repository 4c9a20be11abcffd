"""Data sets, one short file each, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["DATASETS"]

DATASETS: dict[str, str] = {}
"""Data-set name to `module:attribute`; one line per data set."""
