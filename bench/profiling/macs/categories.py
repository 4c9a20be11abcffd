"""Kinds of work, and how an operator is treated: words that counting and its records share."""

from __future__ import annotations

from typing import Literal

__all__ = ["CATEGORIES", "Category", "Status"]

Category = Literal["conv", "linear", "matmul", "fft", "normalisation", "resampling", "elementwise"]
"""Categories of MACs.

`normalisation` holds softmax as well, `resampling` pooling and interpolation, `elementwise` reductions and biases.
"""

CATEGORIES: tuple[Category, ...] = ("conv", "linear", "matmul", "fft", "normalisation", "resampling", "elementwise")

Status = Literal["counted", "free", "unknown"]
"""Category of an operator; `unknown` ones make a total a lower bound."""
