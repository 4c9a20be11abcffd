"""Models, one short file per architecture, and the catalogue of their names."""

from __future__ import annotations

__all__ = ["MODELS"]

MODELS: dict[str, str] = {}
"""Model name to `module:attribute`; one line per model."""
