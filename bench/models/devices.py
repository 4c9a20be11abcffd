"""The devices that torch can use here."""

from __future__ import annotations

import torch

from ..errors import UsageError

__all__ = ["best_device", "pick_device"]


def best_device() -> str:
    """`cuda` where torch finds a GPU, otherwise `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def pick_device(name: str) -> torch.device:
    """The torch device of this name.

    Raises:
        UsageError: torch cannot use it here.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"There is no device {name!r}: write cpu, cuda or cuda:N.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError("The device cuda was asked for, but torch finds no GPU here: use --device cpu.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise UsageError(f"There is no {name}: this machine has {torch.cuda.device_count()} GPU(s), numbered from 0.")
    return device
