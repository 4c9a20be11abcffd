"""Who does the work of a matrix of cells: this process, or the workers of a Ray cluster. The records are the same."""

from __future__ import annotations

from .contract import Engine, EngineName, Matrix, Outcome
from .local import LocalEngine

__all__ = ["Engine", "EngineName", "LocalEngine", "Matrix", "Outcome"]
