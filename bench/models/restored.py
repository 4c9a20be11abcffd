"""One restored image, on the host or where the network left it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["OnDevice", "Restored"]


@dataclass(frozen=True, slots=True)
class Restored:
    """One restored image, and what the network did on the way."""

    planes: NDArray[np.float32]
    """(3, H, W), RGB, raw: not clamped."""

    tile: int | None
    """Side of the tiles it was made of; `None` for the full image."""

    drew_from: tuple[str, ...] = ()
    """Global random generators that the network used: `torch`, `torch on CUDA`, `numpy`, `random`."""

    changed: tuple[str, ...] = ()
    """Global settings that the network changed and that were put back: `torch's default dtype`."""

    @property
    def image(self) -> NDArray[np.float32]:
        """(H, W, 3), RGB, raw; made when asked for, so that another thread than the model's does it."""
        import numpy as np

        return np.ascontiguousarray(self.planes.transpose(1, 2, 0))


@dataclass(frozen=True, slots=True)
class OnDevice:
    """One restored image where the network left it."""

    planes: Tensor
    """(3, H, W) float32, RGB, raw, on the device; on a GPU not complete before the work that is queued."""

    finite: Tensor
    """One boolean on the device: whether every output of the network was finite."""

    tile: int | None
    drew_from: tuple[str, ...]
