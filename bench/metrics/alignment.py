"""RealBlur's official alignment: one global gain, then a homography by ECC maximisation.

Rim, Lee, Won, Cho, "Real-World Blur Dataset for Learning and Benchmarking Deblurring Algorithms", ECCV 2020;
rimchang/RealBlur `evaluation_RealBlur_ecc.py`, which MPRNet, Restormer, Uformer, Stripformer and others copy
unchanged. Evangelidis, Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient Maximization",
IEEE TPAMI 30(10), 2008.

Blurred and sharp image of RealBlur are taken by two cameras through a beam splitter, so even a perfect result lies
a fraction of a pixel off its target; on a pair that is one pixel off, the alignment is worth 3.5 dB.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import MetricUnavailableError, MissingDependencyError
from .ecc import find_homography
from .ssim import ssim_map
from .ssim_spec import SsimSpec

__all__ = [
    "ALIGNMENTS",
    "Alignment",
    "AlignmentName",
    "align",
    "aligned_mse",
    "aligned_ssim",
    "clipped",
    "require_opencv",
]

AlignmentName = Literal["none", "ecc", "ecc-clipped"]

ALIGNMENTS: dict[AlignmentName, str] = {
    "none": "none",
    "ecc": "one gain sum(xz)/sum(zz), then a homography by ECC (100 iterations, Gaussian 5), cubic warp, masked",
    "ecc-clipped": "as ecc, then both images clipped to [0, 1], which gain and cubic warp leave",
}
"""Every way of aligning, in words."""

Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Alignment:
    """A restored image moved onto its target, and where the two overlap."""

    restored: Image
    """(H, W, 3), scaled and warped, not clamped, 0 outside the mask."""

    target: Image
    """(H, W, 3), 0 outside the mask."""

    mask: Image
    """(H, W), 1 where the warped image is defined, else 0."""

    homography: NDArray[np.float32]
    """(3, 3), from target to restored coordinates."""

    @property
    def mask_fraction(self) -> float:
        """Share of the pixels that are compared."""
        return float(self.mask.mean(dtype=np.float64))


def require_opencv() -> Any:
    """The cv2 module.

    Raises:
        MissingDependencyError: OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingDependencyError("RealBlur's alignment", "OpenCV", "realblur") from error
    return cv2


def align(restored: Image, target: Image) -> Alignment:
    """Scale a restored image to its target's brightness and warp it onto the target.

    Identical images are aligned as they are: OpenCV 4 finds the identity for them to within rounding, OpenCV 5 does
    not, and a constant image has no gradient to follow.

    Args:
        restored: (H, W, 3) float32 RGB in [0, 1].
        target: same shape and range.

    Raises:
        MissingDependencyError: OpenCV is not installed.
        MetricUnavailableError: the restored image is black, or the iteration does not converge.
    """
    if np.array_equal(restored, target):
        return Alignment(restored, target, np.ones(restored.shape[:2], np.float32), np.eye(3, dtype=np.float32))
    cv2 = require_opencv()
    power = np.sum(restored * restored)
    if power == 0:
        raise MetricUnavailableError("RealBlur's alignment has nothing to scale: the restored image is black.")
    scaled = np.multiply(np.sum(target * restored) / power, restored, dtype=np.float32)
    homography = _ecc_homography(cv2, target, scaled)
    size = (restored.shape[1], restored.shape[0])
    inverse = cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(
        scaled, homography, size, flags=cv2.INTER_CUBIC | inverse, borderMode=cv2.BORDER_REFLECT
    )
    inside = np.ones(restored.shape[:2], np.float32)
    mask = cv2.warpPerspective(
        inside, homography, size, flags=cv2.INTER_NEAREST | inverse, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    return Alignment(warped * mask[..., np.newaxis], target * mask[..., np.newaxis], mask, homography)


def clipped(pair: Alignment) -> Alignment:
    """The same alignment with both images clipped to [0, 1], as in rimchang/RSBlur `evaluation/evaluate_RSBlur.py`."""
    return replace(pair, restored=np.clip(pair.restored, 0.0, 1.0), target=np.clip(pair.target, 0.0, 1.0))


def aligned_mse(pair: Alignment) -> float:
    """Mean squared error over the mask, differences in float32 and their sum in float64."""
    covered = float(pair.mask.sum(dtype=np.float64)) * pair.target.shape[-1]
    if covered == 0:
        raise MetricUnavailableError("RealBlur's alignment moved the restored image off its target.")
    return float(np.sum((pair.target - pair.restored) ** 2, dtype=np.float64)) / covered


def aligned_ssim(pair: Alignment, spec: SsimSpec) -> float:
    """Mean over channels of the mask-weighted SSIM map of the masked images, without its outermost pixels.

    The official script filters the whole image with reflected border and then drops as many pixels as the window
    reaches outside, so that only valid windows remain.
    """
    radius = spec.size // 2
    weights = pair.mask[radius:-radius, radius:-radius].astype(np.float64)
    total = weights.sum()
    similarity = ssim_map(pair.restored, pair.target, spec, peak=1.0)
    if total == 0:
        raise MetricUnavailableError("RealBlur's alignment leaves no window inside both images.")
    return float((similarity * weights).sum() / (total * len(similarity)))


def _ecc_homography(cv2: Any, target: Image, scaled: Image) -> NDArray[np.float32]:
    grey_target, grey_restored = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (target, scaled))
    try:
        return find_homography(cv2, grey_target, grey_restored)
    except cv2.error as error:
        raise MetricUnavailableError(
            "RealBlur's alignment did not converge: the restored image is not correlated with its target."
        ) from error
