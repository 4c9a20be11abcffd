"""How a model that samples came to its result: a strip of intermediate states, and the spread of its samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..contracts import Observation
from ..errors import RestorationError
from ..files.images import encode_png
from .physics.maps import coarse

if TYPE_CHECKING:
    from torch import Tensor

    from ..contracts import UInt8Image
    from .inference import Restorer

__all__ = [
    "PICTURE_SUFFIX",
    "SPREAD_FOLDER",
    "TRAJECTORY_FOLDER",
    "SamplesByStates",
    "StateWatcher",
    "TrajectoryObserver",
    "spread_map",
    "strip",
]

TRAJECTORY_FOLDER, SPREAD_FOLDER, PICTURE_SUFFIX = "trajectory", "spread", ".png"
"""Where a run keeps both: OUT/<dataset>/<model>/trajectory/<key>.png and spread/<key>.png."""

SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Shares of the time that is left in the states of a strip, from left to right."""

KEPT_SIDE = 256
"""Longest side of a state in a strip, and of a map of the spread; larger ones are averaged over squares of pixels."""

WHITE = 0.1
"""Standard deviation, in images from 0 to 1, from which on a map of the spread is white; 0 is black."""

Planes: TypeAlias = NDArray[np.float32]
StateWatcher: TypeAlias = "Callable[[int, int, Tensor], None]"
"""Called with t, T and x_t, (N, 3, H, W) RGB in [0, 1] and beyond, from t = T down to 0."""


@runtime_checkable
class SamplesByStates(Protocol):
    """A network that restores through intermediate states."""

    on_state: StateWatcher | None
    """Sees every state of a forward pass; `None` for nobody."""


class TrajectoryObserver:
    """Observes the states of a restoration, and how much several samples differ.

    Args:
        restorer: of the network.
        network: its network.
    """

    def __init__(self, restorer: Restorer, network: SamplesByStates) -> None:
        self._restorer, self._network = restorer, network

    def observe(self, image: UInt8Image, key: str) -> tuple[Observation, ...]:
        """The strip of states of the first sample, and a map of the spread if the settings ask for several samples.

        Args:
            image: (H, W, 3), RGB, uint8.
            key: of the image; seeds the network.

        Raises:
            RestorationError: the network failed on the image, or restores it in parts (tiles, a grid, the turns of an
                ensemble), which have no common states.
        """
        if not self._restorer.restores_at_once(*image.shape[:2]):
            name = self._restorer.card.name
            raise RestorationError(f"{name} restores the image in tiles or other parts, each with its own states.")
        states: dict[int, Planes] = {}

        def look(t: int, steps: int, state: Tensor) -> None:
            if t in {round(share * steps) for share in SHARES}:
                height, width = image.shape[:2]
                states[t] = state[0, :, :height, :width].float().cpu().numpy()

        self._network.on_state = look
        try:
            restored = self._restorer.restore(image, key)
        finally:
            self._network.on_state = None
        if restored.tile is not None:
            raise RestorationError(f"{self._restorer.card.name} restored the image in tiles, each with its own states.")
        seen = [Observation(TRAJECTORY_FOLDER, PICTURE_SUFFIX, encode_png(strip([*states.values()])))]
        others = [self._restorer.restore(image, key, sample=n).planes for n in range(1, self._restorer.samples)]
        if others:
            spread = spread_map([restored.planes, *others])
            seen.append(Observation(SPREAD_FOLDER, PICTURE_SUFFIX, encode_png(spread)))
        return tuple(seen)


def strip(states: list[Planes]) -> UInt8Image:
    """Set states (3, H, W) side by side: (h, n * w, 3), each at most `KEPT_SIDE` pixels long."""
    return _picture(np.concatenate([_reduced(state) for state in states], axis=2))


def spread_map(samples: list[Planes]) -> UInt8Image:
    """Standard deviation between two or more samples (3, H, W), a mean over the colours, as grey levels (h, w, 3).

    It is the estimate for the population (n - 1); `WHITE` says which value is white.
    """
    deviation = np.stack(samples).astype(np.float64).std(axis=0, ddof=1).mean(axis=0, keepdims=True)
    return _picture(np.repeat(_reduced(deviation) / WHITE, 3, axis=0))


def _reduced(planes: NDArray[np.floating]) -> NDArray[np.float64]:
    every = max(1, -(-max(planes.shape[1:]) // KEPT_SIDE))
    return np.stack([coarse(plane, every) for plane in planes.astype(np.float64)])


def _picture(planes: NDArray[np.float64]) -> UInt8Image:
    return np.ascontiguousarray(np.rint(planes.clip(0, 1) * 255).astype(np.uint8).transpose(1, 2, 0))
