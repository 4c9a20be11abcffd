"""Scores images by one protocol: everything that can be decided once is decided when the scorer is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..contracts import AlignmentFacts, QuantiserName, UInt8Image
from ..errors import MetricUnavailableError
from ..metrics.alignment import align, require_opencv
from ..metrics.images import COLOUR_NDIM, ImageLike, as_image, as_target, check_shapes, to_unit
from ..metrics.lpips import BACKBONES, LpipsSpec, load_lpips, lpips
from ..metrics.quantise import quantise, refuse_nan
from ..metrics.scored_pair import AlignedComparison, Comparison, DirectComparison, NoComparison

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .protocol import Protocol

__all__ = ["Scorer", "Scores"]


@dataclass(frozen=True, slots=True)
class Scores:
    """What one image scored."""

    metrics: Mapping[str, float | None]
    """Every metric of the protocol; `None` where there is no number."""

    nulls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why a metric is `None`: one sentence each."""

    alignment: AlignmentFacts | None = None
    """Of a protocol that aligns the images first; `None` where they could not be aligned."""

    restored_u8: UInt8Image | None = None
    """The 8-bit image that was scored; `None` if the protocol scored the float output."""


class Scorer:
    """A protocol made ready. May be used from several threads.

    Args:
        protocol: what to compute.
        quantiser: replaces the protocol's, unless that is `none`.
        threads: for the SSIM of one image.

    Raises:
        MissingDependencyError: the protocol aligns images and OpenCV is not installed.
    """

    def __init__(self, protocol: Protocol, *, quantiser: QuantiserName | None = None, threads: int = 1) -> None:
        self.protocol = protocol
        own = protocol.quantiser
        self.quantiser: QuantiserName = own if own == "none" or quantiser is None else quantiser
        """The rule in force."""
        self.unavailable: dict[str, str] = {}
        """Metrics that cannot be computed in this environment, and why."""
        self._threads = threads
        self._lpips = self._load_lpips(protocol.lpips)
        if protocol.alignment == "ecc":
            require_opencv()

    def score(self, restored: ImageLike, target: ImageLike) -> Scores:
        """Compare one image with its target; arguments as in `Protocol.score`.

        Raises:
            ImageError: the images differ in size, or are not images.
            RestorationError: the restored image holds NaN.
        """
        raw, reference = as_image(restored), as_target(target)
        check_shapes(raw, reference)
        scored = self._scored(raw)
        comparison = self._compare(scored, reference)
        metrics, nulls = self._measure(comparison, raw, scored, reference)
        return Scores(metrics, nulls, _alignment(comparison), scored if scored.dtype == np.uint8 else None)

    def _scored(self, raw: NDArray[Any]) -> NDArray[Any]:
        """The restored image as PSNR sees it, before crop and colour."""
        if self.quantiser == "none":
            unit = to_unit(raw)
            refuse_nan(unit)
            return np.clip(unit, 0.0, 1.0) if self.protocol.clamp else unit
        return np.ascontiguousarray(raw if raw.dtype == np.uint8 else quantise(raw, self.quantiser))

    def _measure(
        self, comparison: Comparison, raw: NDArray[Any], scored: NDArray[Any], target: UInt8Image
    ) -> tuple[dict[str, float | None], dict[str, str]]:
        computations: dict[str, Callable[[], float]] = {"psnr": partial(comparison.psnr, self.protocol.psnr)}
        if self.protocol.ssim is not None:
            computations["ssim"] = partial(comparison.ssim, self.protocol.ssim)
        if self.protocol.lpips is not None:
            computations["lpips"] = partial(self._perceptual, self.protocol.lpips, raw, scored, target)
        metrics: dict[str, float | None] = {}
        nulls: dict[str, str] = {}
        for name, compute in computations.items():
            try:
                metrics[name] = compute()
            except MetricUnavailableError as reason:
                metrics[name], nulls[name] = None, str(reason)
        return metrics, nulls

    def _compare(self, scored: NDArray[Any], target: UInt8Image) -> Comparison:
        protocol = self.protocol
        try:
            if protocol.alignment == "ecc":
                return AlignedComparison(align(to_unit(scored), to_unit(target)))
            reference = target if scored.dtype == np.uint8 else to_unit(target)
            return DirectComparison.of(
                scored,
                reference,
                crop=protocol.crop,
                colour=protocol.colour,
                peak=protocol.peak,
                threads=self._threads,
            )
        except MetricUnavailableError as reason:
            return NoComparison(reason)

    def _load_lpips(self, spec: LpipsSpec | None) -> nn.Module | None:
        try:
            return None if spec is None else load_lpips(spec.net)
        except MetricUnavailableError as reason:
            self.unavailable["lpips"] = str(reason)
            return None

    def _perceptual(self, spec: LpipsSpec, raw: NDArray[Any], scored: NDArray[Any], target: UInt8Image) -> float:
        if self._lpips is None:
            raise MetricUnavailableError(self.unavailable["lpips"])
        least = BACKBONES[spec.net].minimum
        if min(target.shape[:2]) < least:
            raise MetricUnavailableError(
                f"LPIPS ({spec.net}) needs an image of at least {least}x{least} pixels, and this one has"
                f" {target.shape[0]}x{target.shape[1]}."
            )
        seen = to_unit(scored if spec.image == "scored" else raw)
        if spec.image == "clamped":
            seen = np.clip(seen, 0.0, 1.0)
        return lpips(self._lpips, _as_tensor(seen), _as_tensor(to_unit(target)))


def _alignment(comparison: Comparison) -> AlignmentFacts | None:
    if not isinstance(comparison, AlignedComparison):
        return None
    alignment = comparison.alignment
    a, b, c, d, e, f, g, h, i = (float(value) for value in alignment.homography.ravel())
    return AlignmentFacts(alignment.mask_fraction, (a, b, c, d, e, f, g, h, i))


def _as_tensor(image: NDArray[np.float32]) -> Tensor:
    """(H, W, 3) or (H, W) to a contiguous tensor (3, H, W)."""
    import torch

    planes = np.broadcast_to(image[..., np.newaxis], (*image.shape, 3)) if image.ndim < COLOUR_NDIM else image
    contiguous = np.ascontiguousarray(np.moveaxis(planes, -1, 0))
    return torch.from_numpy(contiguous)  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open
