"""Whether torch may find a GPU, told without importing it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["may_have_gpu"]

DEVICES = ("nvidiactl", "nvidia0", "dxg", "kfd")
"""Device files of NVIDIA's driver, of Windows' below Linux, and of AMD's."""

HIDDEN = ("", "-1")


def may_have_gpu(devices: Path = Path("/dev")) -> bool:
    """Whether a GPU may be here for torch; only `False` is certain.

    Args:
        devices: the folder of device files.
    """
    if os.environ.get("CUDA_VISIBLE_DEVICES") in HIDDEN:
        return False
    return sys.platform != "linux" or any((devices / name).exists() for name in DEVICES)
