"""PSNR, SSIM and LPIPS of one pair by other libraries.

Every library is handed what it likes best, made before: uint8 arrays, or float32 tensors.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from restorebench.bench.errors import MetricUnavailableError
from restorebench.bench.metrics.lpips import load_lpips, lpips
from restorebench.bench.metrics.psnr import mean_squared_error, psnr
from restorebench.bench.metrics.ssim import ssim
from restorebench.bench.metrics.ssim_spec import SsimSpec
from restorebench.bench.protocols.protocol import get_protocol
from torch import Tensor

from .contest import Contest, Rival, absent, is_installed, library
from .photographs import Image, pair

ROOM = "metrics"
GAUSSIAN = SsimSpec()
UNIFORM = SsimSpec(window="uniform", size=7, sample_covariance=True)
MATLAB_3D = SsimSpec(border="replicate", over_channels=True)
FIXTURES = Path(os.environ.get("RESTOREBENCH_FIXTURES", Path(__file__).parents[3] / ".." / "shared" / "fixtures"))
ALEXNET = FIXTURES / "weights" / "lpips" / "alexnet_features.pth"
"""The convolutions alone, where tests find them; otherwise torchvision's file is taken."""


def contests() -> Iterator[Contest]:
    """On one 1280x720 RGB pair."""
    images = pair()
    x, y = (torch.from_numpy(image).permute(2, 0, 1)[None].float().div(255) for image in images)
    yield Contest(ROOM, "PSNR", lambda: psnr(mean_squared_error(*images), 255), tuple(psnr_rivals(images, x, y)))
    yield Contest(ROOM, "SSIM, Gaussian window", lambda: ssim(*images, GAUSSIAN), tuple(gaussian(images, x, y)), 8)
    yield Contest(ROOM, "SSIM, 7x7 window", lambda: ssim(*images, UNIFORM), tuple(uniform(images)), 4)
    luma = replace(get_protocol("y@1"), lpips=None).prepare()
    yield Contest(ROOM, "SSIM of Y", lambda: luma.score(*images).metrics["ssim"], tuple(of_luma(x, y)), 3)
    note = "what NAFNet's and HINet's scripts compute, float32"
    plain = Rival("plain 11x11x11 convolution", lambda: plain_3d(images), note, slow=True)
    yield Contest(ROOM, "SSIM, MATLAB's 3-D", lambda: ssim(*images, MATLAB_3D), (plain,))
    yield perceptual(x, y)


def psnr_rivals(images: tuple[Image, Image], x: Tensor, y: Tensor) -> Iterator[Rival]:
    """PSNR over all pixels and channels."""
    from skimage.metrics import peak_signal_noise_ratio

    yield Rival("scikit-image", lambda: float(peak_signal_noise_ratio(*images)))
    if is_installed("torchmetrics"):
        theirs = library("torchmetrics.functional.image").peak_signal_noise_ratio

        yield Rival("torchmetrics", lambda: theirs(x, y, data_range=1.0).item(), "float32")
    else:
        yield absent("torchmetrics", "torchmetrics")
    if is_installed("piq"):
        piq = library("piq")
        yield Rival("piq", lambda: piq.psnr(x, y).item(), "float32; adds 1e-8 to the mean squared error")
    else:
        yield absent("piq", "piq")
    yield from iqa("psnr", x, y, "float32; adds 1e-8 to the mean squared error")


def gaussian(images: tuple[Image, Image], x: Tensor, y: Tensor) -> Iterator[Rival]:
    """SSIM per channel with an 11x11 Gaussian window of sigma 1.5."""
    from skimage.metrics import structural_similarity

    def theirs() -> float:
        found: Any = structural_similarity(*images, gaussian_weights=True, use_sample_covariance=False, channel_axis=-1)
        return float(found)

    yield Rival("scikit-image", theirs)
    if is_installed("torchmetrics"):
        measure = library("torchmetrics.functional.image").structural_similarity_index_measure

        yield Rival(
            "torchmetrics",
            lambda: measure(x, y, data_range=1.0).item(),
            "float32; counts windows over reflected borders",
        )
    else:
        yield absent("torchmetrics", "torchmetrics")
    if is_installed("piq"):
        piq = library("piq")
        yield Rival("piq", lambda: float(piq.ssim(x, y, downsample=False)), "float32; `downsample=False`")
    else:
        yield absent("piq", "piq")
    yield from iqa("ssimc", x, y, "float64; its `ssimc`, as its `ssim` is of Y", slow=True)


def uniform(images: tuple[Image, Image]) -> Iterator[Rival]:
    """scikit-image's default."""
    from skimage.metrics import structural_similarity

    yield Rival("scikit-image", lambda: float(structural_similarity(*images, channel_axis=-1)))  # pyright: ignore[reportArgumentType] -- a float without `full`


def of_luma(x: Tensor, y: Tensor) -> Iterator[Rival]:
    """What pyiqa calls SSIM; ours computes the PSNR of Y besides."""
    yield from iqa("ssim", x, y, "float64; rounds Y to integers; `color_space='ycbcr'`", slow=True, color_space="ycbcr")


def iqa(name: str, x: Tensor, y: Tensor, note: str, *, slow: bool = False, **options: Any) -> Iterator[Rival]:
    """A metric of pyiqa's."""
    if not is_installed("pyiqa"):
        yield absent("pyiqa", "pyiqa")
        return
    pyiqa = library("pyiqa")
    metric = pyiqa.create_metric(name, device="cpu", **options)
    yield Rival("pyiqa", called(lambda: metric(x, y)), note, slow)


def plain_3d(images: tuple[Image, Image]) -> float:
    """The 3-D SSIM as a float32 convolution with the whole window."""
    return ssim(*images, replace(MATLAB_3D, arithmetic="float32"))


def perceptual(x: Tensor, y: Tensor) -> Contest:
    """LPIPS with AlexNet; all of them get the same weights."""
    task = "LPIPS, AlexNet"
    try:
        network = load_lpips("alex", ALEXNET if ALEXNET.is_file() else None)
    except MetricUnavailableError:
        reason = "not measured, as there are no weights: `restorebench fetch lpips-alex`"
        names = ("lpips", "torchmetrics", "pyiqa", "piq")
        return Contest(ROOM, task, lambda: None, tuple(Rival(name, None, reason) for name in names), 0, 1)
    with own_alexnet(network):
        rivals = tuple(perceptual_rivals(x, y))
    return Contest(ROOM, task, lambda: lpips(network, x, y), rivals, 6)


def perceptual_rivals(x: Tensor, y: Tensor) -> Iterator[Rival]:
    """Libraries with this network; built inside `own_alexnet`."""
    import lpips as package

    official = package.LPIPS(net="alex", verbose=False)
    yield Rival("lpips", called(lambda: official(x, y, normalize=True)), "the official package")
    if is_installed("torchmetrics"):
        theirs = library("torchmetrics.image").LearnedPerceptualImagePatchSimilarity("alex", normalize=True)
        yield Rival("torchmetrics", called(lambda: theirs(x, y)))
    else:
        yield absent("torchmetrics", "torchmetrics")
    if is_installed("pyiqa"):
        pyiqa = library("pyiqa")
        linear = Path(package.__file__).parent / "weights" / "v0.1" / "alex.pth"
        metric = pyiqa.create_metric("lpips", device="cpu", pretrained_model_path=str(linear))
        yield Rival("pyiqa", called(lambda: metric(x, y)))
    else:
        yield absent("pyiqa", "pyiqa")
    yield Rival("piq", None, "not measured: it has VGG-16 only")


def called(run: Callable[[], Tensor]) -> Callable[[], float]:
    """A call without gradients, as a number."""

    def value() -> float:
        with torch.inference_mode():
            return float(run())

    return value


@contextmanager
def own_alexnet(network: torch.nn.Module) -> Iterator[None]:
    """Let every library that asks torchvision for its AlexNet have the convolutions of ours, without a download."""
    from torchvision import models

    original = models.alexnet
    convolutions = {  # features.N.* in the slices into which LPIPS cuts them
        name.split(".", 2)[2]: tensor for name, tensor in network.state_dict().items() if name.startswith("net.slice")
    }

    def alexnet(*_: Any, **__: Any) -> torch.nn.Module:
        model = original(weights=None)
        model.features.load_state_dict(convolutions)
        return model

    with mock.patch.object(models, "alexnet", alexnet), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torchvision's deprecated arguments
        yield
