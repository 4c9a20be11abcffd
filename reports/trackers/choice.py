"""Trackers by the words of the command line: `wandb`, `mlflow=http://localhost:5000`, `tensorboard=logs`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...bench.errors import UnknownNameError, UsageError
from .tracker import Tracker

__all__ = ["NAMES", "open_trackers"]

NAMES = ("mlflow", "tensorboard", "wandb")


def open_trackers(texts: Sequence[str], out: Path) -> tuple[Tracker, ...]:
    """Make a tracker of each `NAME` or `NAME=PLACE`; nothing is sent yet.

    Args:
        texts: the place is a tracking URI of MLflow, a folder for TensorBoard, or `[ENTITY/]PROJECT` of Weights &
            Biases.
        out: folder of the results, below which TensorBoard writes if no place is given.

    Raises:
        UnknownNameError: no such tracker.
        UsageError: a tracker twice, or no place after `=`.
        MissingDependencyError: the tracker's library is not installed.
    """
    trackers = tuple(_open(text, out) for text in texts)
    keys = [tracker.key for tracker in trackers]
    for key in keys:
        if keys.count(key) > 1:
            raise UsageError(f"--track {key} was given twice: give it once.")
    return trackers


def _open(text: str, out: Path) -> Tracker:
    name, equals, place = text.partition("=")
    if name not in NAMES:
        raise UnknownNameError("tracker", name, NAMES)
    if equals and not place:
        raise UsageError(f"--track {text} names no place after '=': give one, or leave the '=' out.")
    if name == "tensorboard":
        from .tensorboard_events import TensorBoard

        return TensorBoard(Path(place).absolute() if place else out.absolute() / "tensorboard")
    if name == "mlflow":
        from .mlflow_server import MLflow

        return MLflow(place)
    from .weights_and_biases import WeightsAndBiases

    return WeightsAndBiases(place)
