"""What networks make of the targets of a data set, kept for the next model within a budget of memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..contracts import UInt8Image
from ..machine.first_that_fit import FirstThatFit

if TYPE_CHECKING:
    from torch import Tensor

    Features: TypeAlias = tuple[Tensor, ...]
    """Of one image, one tensor for each stage of a network."""

__all__ = ["Features", "KeptFeatures"]


class KeptFeatures:
    """Features of targets, known again by the pixels of the target; thread-safe.

    The first that fit into the budget stay, see `FirstThatFit`; the others are computed for each model.

    Args:
        budget: bytes of features to keep at most; 0 keeps nothing. LPIPS with AlexNet makes 41 bytes of each pixel,
            with VGG 490.
    """

    def __init__(self, budget: int = 0) -> None:
        self._kept = FirstThatFit["Features"](budget)

    def of(self, target: UInt8Image, network: Hashable, compute: Callable[[], Features]) -> Features:
        """The features of a target, from `compute` unless they are known.

        Args:
            target: (H, W, 3) or (H, W).
            network: what made them; kept as long as they are.
            compute: makes them.
        """
        if self._kept.is_off:
            return compute()
        key = (network, target.shape, hashlib.sha256(np.ascontiguousarray(target).data).digest())
        known = self._kept.get(key)
        if known is not None:
            return known
        features = compute()
        self._kept.keep(key, sum(stage.nbytes for stage in features), lambda: features)
        return features
