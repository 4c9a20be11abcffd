"""Which metrics judge how an image looks, and which measure its distance from the target pixel by pixel."""

from __future__ import annotations

from ...bench.metrics.metric import MetricFacts
from ...bench.metrics.registry import METRICS
from ..board.board import Board

__all__ = ["can_trade", "is_perceptual"]


def is_perceptual(metric: MetricFacts) -> bool:
    """Whether a metric needs a network or no target: LPIPS and NIQE are perceptual, PSNR and SSIM are not.

    A metric of a file of the user's own is not, because its record does not say.
    """
    if metric.code_sha256 or metric.name not in METRICS.names():
        return False
    known = METRICS.get(metric.name)
    return known.cost == "network" or not known.needs_target


def can_trade(board: Board) -> bool:
    """Whether any column has metrics of both kinds, so that perception can be drawn against distortion."""
    return any(len({is_perceptual(metric) for metric in column.metrics.values()}) > 1 for column in board.columns)
