"""Classical restoration methods from scikit-image and SciPy, with the interface of a network.

None estimates the blur or rain of an image: kernels and strengths are options with stated defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..bench.contracts import Citation, JsonValue, ModelCard, Task
from ..bench.errors import UsageError
from ..bench.models.entries import register_model

__all__ = ["ClassicalMethod", "blur_kernel", "median", "richardson_lucy", "tv", "unsharp", "wiener"]

Image: TypeAlias = NDArray[np.float32]
"""(H, W, 3) or (H, W), 0 to 1."""

KernelShape = Literal["gaussian", "motion"]


class ClassicalMethod(nn.Module):
    """A function of one image (H, W, 3), applied to every image of a batch on the CPU in float32.

    It has no parameters and no gradient.
    """

    def __init__(self, restore: Callable[[Image], Image]) -> None:
        super().__init__()
        self.restore = restore

    def forward(self, images: Tensor) -> Tensor:
        """Restore (N, 3, H, W); device and precision of the output are those of the input."""
        batch = images.detach().to("cpu", torch.float32).permute(0, 2, 3, 1).contiguous().numpy()
        restored = np.stack([self.restore(image) for image in batch])
        return torch.as_tensor(restored).permute(0, 3, 1, 2).to(images)


def blur_kernel(shape: KernelShape, size: float, angle: float = 0) -> NDArray[np.float64]:
    """Make a point-spread function with odd sides and sum 1.

    Args:
        shape: `gaussian`, or `motion` for a straight line at constant speed.
        size: standard deviation of the Gaussian, or length of the line, in pixels.
        angle: angle of the line, in degrees from horizontal, counter-clockwise.

    Raises:
        UsageError: `size` is not positive.

    >>> blur_kernel("motion", 3).round(2).tolist()
    [[0.0, 0.0, 0.0], [0.33, 0.33, 0.33], [0.0, 0.0, 0.0]]
    """
    if size <= 0:
        raise UsageError(f"A blur kernel cannot have size {size}: give a positive number of pixels.")
    if shape == "gaussian":
        radius = int(np.ceil(3 * size))
        profile = np.exp(-0.5 * (np.arange(-radius, radius + 1) / size) ** 2)
        kernel = np.outer(profile, profile)
    else:
        kernel = _line(size, np.deg2rad(angle))
    return kernel / kernel.sum()


def _line(length: float, angle: float) -> NDArray[np.float64]:
    """Rasterise a line through the centre by counting sample points per pixel."""
    radius = int(np.ceil(length / 2 - 0.5))
    along = (np.arange(0.5, 3000) / 3000 - 0.5) * length
    kernel = np.zeros((2 * radius + 1, 2 * radius + 1))
    rows, columns = radius - along * np.sin(angle), radius + along * np.cos(angle)
    np.add.at(kernel, (np.rint(rows).astype(int), np.rint(columns).astype(int)), 1)
    return kernel


def _card(
    name: str,
    title: str,
    task: Task,
    citation: Citation,
    computed_by: str,
    *notes: str,
    settings: Mapping[str, JsonValue],
) -> ModelCard:
    return ModelCard(
        name=name,
        title=title,
        task=task,
        family="classical",
        citation=citation,
        needs_weights=False,
        notes=(f"Computed by {computed_by}, always on the CPU in float32.", *notes),
        settings=settings,
    )


@register_model(
    _card(
        "unsharp",
        "Unsharp masking",
        "deblurring",
        Citation(("Gonzalez, Rafael C.", "Woods, Richard E."), "Digital Image Processing, 4th edition, 2018"),
        "skimage.filters.unsharp_mask",
        "The book has it in section 3.6.",
        settings={"radius": 1.0, "amount": 1.0},
    )
)
def unsharp(radius: float = 1.0, amount: float = 1.0) -> nn.Module:
    """Unsharp masking: add `amount` times the detail removed by a Gaussian of standard deviation `radius`."""
    from skimage.filters import unsharp_mask  # pyright: ignore[reportUnknownVariableType] -- skimage is untyped

    # Axis 2 instead of -1: scikit-image 0.26 interprets -1 as the rows and leaves most of the result unwritten.
    return ClassicalMethod(
        lambda image: cast("Image", unsharp_mask(image, radius, amount, preserve_range=True, channel_axis=2))
    )


@register_model(
    _card(
        "wiener",
        "Unsupervised Wiener",
        "deblurring",
        Citation(
            ("Orieux, François", "Giovannelli, Jean-François", "Rodet, Thomas"),
            "Bayesian estimation of regularization and point spread function parameters for Wiener-Hunt deconvolution",
            "Journal of the Optical Society of America A 27(7)",
            2010,
            url="https://hal.archives-ouvertes.fr/hal-00674508",
        ),
        "skimage.restoration.unsupervised_wiener",
        "The Gibbs sampler for the regularisation starts from a fixed seed, so results are reproducible.",
        settings={"kernel": "gaussian", "size": 1.0, "angle": 0.0, "seed": 0},
    )
)
def wiener(kernel: KernelShape = "gaussian", size: float = 1.0, angle: float = 0.0, seed: int = 0) -> nn.Module:
    """Wiener deconvolution of each channel with a known kernel and a regularisation estimated from the image."""
    from skimage.restoration import unsupervised_wiener  # pyright: ignore[reportUnknownVariableType] -- as above

    psf = blur_kernel(kernel, size, angle)

    def restore(channel: Image) -> Image:
        return cast("Image", unsupervised_wiener(channel, psf, clip=False, rng=seed)[0])

    return ClassicalMethod(lambda image: _deconvolved(image, psf, restore))


_LUCY = Citation(
    ("Lucy, L. B.",),
    "An iterative technique for the rectification of observed distributions",
    "The Astronomical Journal 79",
    1974,
    doi="10.1086/111605",
)


@register_model(
    _card(
        "richardson-lucy",
        "Richardson-Lucy",
        "deblurring",
        Citation(
            ("Richardson, William Hadley",),
            "Bayesian-Based Iterative Method of Image Restoration",
            "Journal of the Optical Society of America 62(1)",
            1972,
            doi="10.1364/JOSA.62.000055",
        ),
        "skimage.restoration.richardson_lucy",
        f"Found a second time by {_LUCY.text}.",
        settings={"kernel": "gaussian", "size": 1.0, "angle": 0.0, "iterations": 10},
    )
)
def richardson_lucy(
    kernel: KernelShape = "gaussian", size: float = 1.0, angle: float = 0.0, iterations: int = 10
) -> nn.Module:
    """Multiplicative maximum-likelihood deconvolution of each channel with a known kernel."""
    from skimage import restoration

    deconvolve = cast("Callable[..., Image]", restoration.richardson_lucy)  # pyright: ignore[reportUnknownMemberType] -- as above
    psf = blur_kernel(kernel, size, angle)

    def restore(channel: Image) -> Image:
        # The floor keeps the ratio finite where the estimate is black.
        return deconvolve(channel, psf, iterations, filter_epsilon=1e-6)

    return ClassicalMethod(lambda image: _deconvolved(image, psf, restore))


@register_model(
    _card(
        "tv",
        "Total variation",
        "restoration",
        Citation(
            ("Chambolle, Antonin",),
            "An Algorithm for Total Variation Minimization and Applications",
            "Journal of Mathematical Imaging and Vision 20",
            2004,
            doi="10.1023/B:JMIV.0000011325.36760.1e",
        ),
        "skimage.restoration.denoise_tv_chambolle",
        settings={"weight": 0.05},
    )
)
def tv(weight: float = 0.05) -> nn.Module:
    """Total-variation denoising of all channels jointly; a larger `weight` smooths more."""
    from skimage.restoration import denoise_tv_chambolle  # pyright: ignore[reportUnknownVariableType] -- as above

    return ClassicalMethod(lambda image: cast("Image", denoise_tv_chambolle(image, weight, channel_axis=2)))


@register_model(
    _card(
        "median",
        "Median filter",
        "deraining",
        Citation(("Tukey, John W.",), "Exploratory Data Analysis", year=1977),
        "scipy.ndimage.median_filter",
        "The default window is wide and low, since rain streaks are steep and thin.",
        settings={"height": 1, "width": 7},
    )
)
def median(height: int = 1, width: int = 7) -> nn.Module:
    """Median filter of each channel with a window of `height` x `width` pixels, reflected at the border."""
    from scipy.ndimage import median_filter  # pyright: ignore[reportUnknownVariableType] -- scipy is untyped here

    if min(height, width) < 1:
        raise UsageError(f"A median filter cannot have a window of {height}x{width}: both must be at least 1.")
    return ClassicalMethod(lambda image: cast("Image", median_filter(image, (height, width, 1))))


def _deconvolved(image: Image, psf: NDArray[np.float64], restore: Callable[[Image], Image]) -> Image:
    """Deconvolve each channel, with reflected padding to avoid ringing at the border."""
    border = 2 * max(psf.shape)
    padded = np.pad(image, ((border, border), (border, border), (0, 0)), mode="symmetric")
    channels = [restore(np.ascontiguousarray(padded[..., index])) for index in range(3)]
    inside = slice(border, -border)
    return np.stack(channels, -1)[inside, inside].astype(np.float32)
