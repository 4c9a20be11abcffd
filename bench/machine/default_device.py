"""The default device of torch, read and set alike in all its versions."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["default_device", "set_default_device"]


def default_device() -> torch.device:
    """Where torch makes tensors now if nothing else is said."""
    try:
        return torch.get_default_device()
    except AttributeError:  # torch 2.6 cannot say it any more once it was set to none
        _forget_none()
        return torch.device("cpu")


def set_default_device(device: torch.device) -> None:
    """Make tensors on a device from now on; the CPU is what torch begins with."""
    torch.set_default_device(None if device.type == "cpu" else device)
    _forget_none()


def _forget_none() -> None:
    """Make torch 2.6 as if the default device had never been set, where it was set to none."""
    context: Any = getattr(torch, "_GLOBAL_DEVICE_CONTEXT", None)
    if getattr(context, "device_context", context) is None:
        del context.device_context
