"""The inner loops of official test scripts, written anew from what the scripts do: one image after the other.

Each decodes, restores, clips, rounds, saves a PNG with OpenCV and scores. Where a script is scored by MATLAB
afterwards, the images are read back as MATLAB does, and the formula is computed by NumPy and OpenCV.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from restorebench.bench.contracts import ImagePair
from restorebench.bench.files.images import FileImage
from torch import Tensor, nn
from torch.nn import functional

WINDOW = 11
SIGMA = 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Floats = NDArray[Any]


def nafnet_loop(network: nn.Module, pairs: Sequence[ImagePair], out: Path) -> float:
    """NAFNet: BasicSR's loader and `tensor2img`, PSNR on uint8, SSIM by an 11x11x11 convolution; returns mean PSNR."""
    psnrs: list[float] = []
    with torch.no_grad():
        for pair in pairs:
            degraded, target = (read(file).astype(np.float32) / 255 for file in files(pair))
            x = torch.from_numpy(np.ascontiguousarray(degraded[:, :, ::-1].transpose(2, 0, 1))).unsqueeze(0)
            output = network(x).squeeze(0).clamp_(0, 1).numpy().transpose(1, 2, 0)[:, :, ::-1]
            restored, expected = ((image * 255.0).round().astype(np.uint8) for image in (output, target))
            cv2.imwrite(str(out / f"{pair.key}.png"), restored)
            psnrs.append(mean_psnr(restored.astype(np.float64), expected.astype(np.float64)))
            ssim_3d(restored, expected)
    return statistics.fmean(psnrs)


def restormer_loop(network: nn.Module, pairs: Sequence[ImagePair], out: Path) -> float:
    """Restormer's deraining: pads to multiples of 8, saves; then its MATLAB script on rounded Y; returns mean PSNR."""
    with torch.no_grad():
        for pair in pairs:
            image = cv2.cvtColor(read(files(pair)[0]), cv2.COLOR_BGR2RGB)
            x = torch.from_numpy(np.float32(image) / 255.0).permute(2, 0, 1).unsqueeze(0)
            height, width = x.shape[2:]
            padded = functional.pad(x, (0, -width % 8, 0, -height % 8), "reflect")
            restored = network(padded)[:, :, :height, :width].clamp(0, 1).permute(0, 2, 3, 1).squeeze(0).numpy()
            eight_bit = np.rint(restored * 255).astype(np.uint8)
            cv2.imwrite(str(out / f"{pair.key}.png"), cv2.cvtColor(eight_bit, cv2.COLOR_RGB2BGR))
    return scored_afterwards(pairs, out, rounded=True)


def prenet_loop(network: nn.Module, pairs: Sequence[ImagePair], out: Path) -> float:
    """PReNet: saves what is cut off to integers; then its MATLAB script on Y as it is; returns mean PSNR."""
    with torch.no_grad():
        for pair in pairs:
            blue, green, red = cv2.split(read(files(pair)[0]))
            image = cv2.merge([red, green, blue]).astype(np.float32) / 255.0
            x = torch.from_numpy(np.expand_dims(image.transpose(2, 0, 1), 0).copy())
            restored = (255 * network(x).clamp(0, 1).numpy().squeeze()).astype(np.uint8).transpose(1, 2, 0)
            red, green, blue = cv2.split(restored)
            cv2.imwrite(str(out / f"{pair.key}.png"), cv2.merge([blue, green, red]))
    return scored_afterwards(pairs, out, rounded=False)


def read(file: str) -> NDArray[Any]:
    """A BGR image."""
    image: Any = cv2.imread(file)
    return image


def files(pair: ImagePair) -> list[str]:
    """The degraded image's and the target's."""
    return [str(each.path) for each in (pair.degraded, pair.target) if isinstance(each, FileImage)]


def scored_afterwards(pairs: Sequence[ImagePair], out: Path, *, rounded: bool) -> float:
    """Read the saved images and the targets, and score their Y by PSNR and SSIM; returns mean PSNR."""
    psnrs: list[float] = []
    for pair in pairs:
        both = [read(name) for name in (str(out / f"{pair.key}.png"), files(pair)[1])]
        restored, target = (luma(image, rounded=rounded) for image in both)
        psnrs.append(mean_psnr(restored, target))
        ssim_2d(restored, target)
    return statistics.fmean(psnrs)


def luma(image: NDArray[Any], *, rounded: bool) -> Floats:
    """MATLAB's rgb2ycbcr of a BGR image, in [16, 235]."""
    y = image.astype(np.float64) @ np.array([24.966, 128.553, 65.481]) / 255 + 16
    return np.floor(y + 0.5) if rounded else y


def mean_psnr(restored: Floats, target: Floats) -> float:
    """With a peak of 255."""
    return float(10 * np.log10(255.0**2 / np.mean((restored - target) ** 2)))


def ssim_2d(restored: Floats, target: Floats) -> float:
    """As its Python port in many repositories: cv2.filter2D with the whole window, then the valid part."""
    taps = cv2.getGaussianKernel(WINDOW, SIGMA)
    window = np.outer(taps, taps.T)

    def blur(image: Floats) -> Floats:
        return cv2.filter2D(image, -1, window)[5:-5, 5:-5]

    mean_x, mean_y = blur(restored), blur(target)
    variance_x, variance_y = blur(restored**2) - mean_x**2, blur(target**2) - mean_y**2
    covariance = blur(restored * target) - mean_x * mean_y
    above = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    below = (mean_x**2 + mean_y**2 + C1) * (variance_x + variance_y + C2)
    return float((above / below).mean())


def ssim_3d(restored: NDArray[Any], target: NDArray[Any]) -> float:
    """As a float32 convolution with 11x11x11 taps over replicated borders."""
    taps = torch.from_numpy(cv2.getGaussianKernel(WINDOW, SIGMA)[:, 0]).float()
    window = torch.einsum("i,j,k->ijk", taps, taps, taps)[None, None]
    x, y = (torch.from_numpy(image).float()[None, None] for image in (restored, target))

    def blur(image: Tensor) -> Tensor:
        return functional.conv3d(functional.pad(image, (5,) * 6, mode="replicate"), window)

    mean_x, mean_y = blur(x), blur(y)
    variance_x, variance_y = blur(x**2) - mean_x**2, blur(y**2) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    above = (2 * mean_x * mean_y + C1) * (2 * covariance + C2)
    below = (mean_x**2 + mean_y**2 + C1) * (variance_x + variance_y + C2)
    return float((above / below).mean())
