"""What networks make of the targets of a data set, kept for the next model within a budget of memory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..contracts import UInt8Image

if TYPE_CHECKING:
    from torch import Tensor

    Features: TypeAlias = tuple[Tensor, ...]
    """Of one image, one tensor for each stage of a network."""

__all__ = ["Features", "KeptFeatures"]


class KeptFeatures:
    """Features of targets, known again by the pixels of the target; thread-safe.

    Every model is scored on the same targets in the same order. A store that drops what was used longest ago would
    have dropped each target's features just before they are asked for again, so nothing is dropped: the first that fit
    into the budget stay, and the others are computed for each model.

    Args:
        budget: bytes of features to keep at most; 0 keeps nothing. LPIPS with AlexNet makes 41 bytes of each pixel,
            with VGG 490.
    """

    def __init__(self, budget: int = 0) -> None:
        self._room = budget
        self._known: dict[Hashable, Features] = {}
        self._lock = threading.Lock()

    def of(self, target: UInt8Image, network: Hashable, compute: Callable[[], Features]) -> Features:
        """The features of a target, from `compute` unless they are known.

        Args:
            target: (H, W, 3) or (H, W).
            network: what made them; kept as long as they are.
            compute: makes them.
        """
        if not self._room and not self._known:
            return compute()
        key = (network, target.shape, hashlib.sha256(np.ascontiguousarray(target).data).digest())
        known = self._known.get(key)
        if known is not None:
            return known
        features = compute()
        size = sum(stage.nbytes for stage in features)
        with self._lock:
            if key not in self._known and size <= self._room:
                self._known[key] = features
                self._room -= size
        return features
