"""How fast PSNR, SSIM and LPIPS are beside other implementations, and beside decoding the images that they compare.

Prints milliseconds for one 1280x720 RGB pair, of processor time and on the clock, the ratios of processor time to
decoding the pair with Pillow and to ours, and by how much the values differ. The plain 3-D convolution is what NAFNet's
and HINet's repositories do (float32, torch); `skimage` is scikit-image's structural_similarity; torchmetrics is
measured where it is installed; LPIPS has random weights, on one thread. Everything runs once a round, and the fastest
round counts, because whatever else runs on the machine only ever adds time. Returns 1 if a pair's PSNR and SSIM by
gopro@1 take longer than decoding it, or LPIPS of a known target longer than half of the package's.

    python tests/performance/metrics.py [--rounds 9] [--plain-rounds 1] [--threads 2]
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from PIL import Image
from restorebench.bench.metrics import ssim as ssim_module
from restorebench.bench.metrics.lpips import load_lpips, lpips, lpips_between, lpips_features
from restorebench.bench.metrics.psnr import mean_squared_error, psnr
from restorebench.bench.metrics.ssim import compiled_row_sums, ssim
from restorebench.bench.metrics.ssim_spec import SsimSpec
from restorebench.bench.protocols.protocol import get_protocol
from restorebench.bench.terminal.display import new_table, note, print_table

HEIGHT, WIDTH = 720, 1280
MATLAB_3D = SsimSpec(border="replicate", over_channels=True)
GAUSSIAN = SsimSpec()
UNIFORM = SsimSpec(window="uniform", size=7, sample_covariance=True)

PAIR, DECODE = "gopro@1 without LPIPS", "decode two PNG files"
KNOWN, PACKAGE = "LPIPS, target known", "lpips package"

Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Row:
    """One measured implementation and the one of ours that it stands beside."""

    label: str
    run: Callable[[], float | None]
    ours: str = ""
    rounds: int | None = None
    """Fewer rounds than the others, for what takes seconds."""


class Fastest(NamedTuple):
    """Seconds and the value."""

    processor: float
    clock: float
    value: float | None


def photographs() -> Pair:
    """A photograph of scikit-image's at 1280x720, and the same blurred and noisy; PNG files of some 1.5 MB."""
    from scipy.ndimage import gaussian_filter
    from skimage.data import astronaut

    random = np.random.default_rng(0)
    tile = np.concatenate([astronaut(), astronaut()[:, ::-1], astronaut()], axis=1)
    tall = np.concatenate([tile, tile[::-1]])[:HEIGHT, :WIDTH].astype(float)
    target = np.clip(tall + random.normal(0, 1, tall.shape), 0, 255).astype(np.uint8)
    blurred = gaussian_filter(tall, (1.5, 1.5, 0)) + random.normal(0, 2, tall.shape)
    return np.clip(blurred, 0, 255).astype(np.uint8), target


def rows(pair: Pair, threads: int, plain_rounds: int) -> Iterator[Row]:
    """Ours first, so that the others find what they are compared with."""
    gopro, rain13k = (replace(get_protocol(name), lpips=None).prepare() for name in ("gopro@1", "rain13k@1"))
    yield Row("PSNR", lambda: psnr(mean_squared_error(*pair), 255))
    yield Row("SSIM 3-D", lambda: ssim(*pair, MATLAB_3D))
    yield Row("SSIM Gaussian", lambda: ssim(*pair, GAUSSIAN))
    yield Row("SSIM uniform", lambda: ssim(*pair, UNIFORM))
    yield Row(f"SSIM 3-D, {threads} threads", lambda: ssim(*pair, MATLAB_3D, threads=threads), "SSIM 3-D")
    yield Row(PAIR, lambda: gopro.score(*pair).metrics["ssim"])
    yield Row("rain13k@1 without LPIPS", lambda: rain13k.score(*pair).metrics["ssim"])
    yield Row(DECODE, decoder(pair), PAIR)
    if compiled_row_sums() is None:
        note("Numba is not installed, so that SSIM is numpy's: pip install 'restorebench[fast]'.")
    else:
        yield Row("SSIM 3-D in numpy", lambda: in_numpy(pair), "SSIM 3-D")
    yield from scikit_image(pair)
    yield from perceptual(pair)
    yield Row("plain 11x11x11 convolution", lambda: plain_3d(pair), "SSIM 3-D", plain_rounds)
    if importlib.util.find_spec("torchmetrics"):
        yield from torchmetrics(pair)
    else:
        note("torchmetrics is not installed and not measured: pip install torchmetrics.")


def scikit_image(pair: Pair) -> Iterator[Row]:
    """Its PSNR and its two windows."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    def gaussian() -> float:
        found: Any = structural_similarity(*pair, gaussian_weights=True, use_sample_covariance=False, channel_axis=-1)
        return found

    def uniform() -> float:
        found: Any = structural_similarity(*pair, channel_axis=-1)
        return found

    yield Row("skimage PSNR", lambda: peak_signal_noise_ratio(*pair), "PSNR")
    yield Row("skimage SSIM Gaussian", gaussian, "SSIM Gaussian")
    yield Row("skimage SSIM uniform", uniform, "SSIM uniform")


def in_numpy(pair: Pair) -> float:
    """The 3-D SSIM as where Numba is not installed."""
    with mock.patch.object(ssim_module, "compiled_row_sums", return_value=None):
        return ssim(*pair, MATLAB_3D)


def perceptual(pair: Pair) -> Iterator[Row]:
    """LPIPS with AlexNet, ours and the package's, of the same random weights."""
    import torch
    from torchvision.models import alexnet

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "alexnet.pth"
        torch.manual_seed(0)
        torch.save(alexnet(weights=None).features.state_dict(prefix="features."), file)
        network = load_lpips("alex", file)
    package = copy.deepcopy(network)
    package.net.to(memory_format=torch.contiguous_format)
    x, y = (torch.from_numpy(image).permute(2, 0, 1)[None] / 255 for image in pair)
    known = lpips_features(network, y)

    def official() -> float:
        with torch.no_grad():
            return float(package(x, y, normalize=True))

    yield Row(KNOWN, lambda: lpips_between(network, lpips_features(network, x), known))
    yield Row("LPIPS", lambda: lpips(network, x, y), KNOWN)
    yield Row(PACKAGE, official, KNOWN)


def torchmetrics(pair: Pair) -> Iterator[Row]:
    """Its SSIM per channel, which pads by reflection and crops: the same windows."""
    import torch
    from torchmetrics.functional.image import (  # pyright: ignore[reportMissingImports] -- asked for above
        structural_similarity_index_measure,
    )

    x, y = (torch.from_numpy(image).permute(2, 0, 1)[None].float() for image in pair)

    def run() -> float:
        return float(structural_similarity_index_measure(x, y, data_range=255.0))

    yield Row("torchmetrics SSIM Gaussian", run, "SSIM Gaussian")


def plain_3d(pair: Pair) -> float:
    """The 3-D SSIM as a float32 convolution with the whole window."""
    return ssim(*pair, replace(MATLAB_3D, arithmetic="float32"))


def decoder(pair: Pair) -> Callable[[], None]:
    """Decodes both images with Pillow, as the package does."""
    files = [io.BytesIO() for _ in pair]
    for image, file in zip(pair, files, strict=True):
        Image.fromarray(image).save(file, "png")

    def decode() -> None:
        for file in files:
            file.seek(0)
            with Image.open(file) as image:
                np.asarray(image)

    return decode


def fastest(measured: Sequence[Row], rounds: int) -> dict[str, Fastest]:
    """What the fastest round of each row took."""
    results: dict[str, Fastest] = {}
    for row in measured:
        row.run()  # compiles and warms up
    for number in range(rounds):
        for row in measured:
            if number < (rounds if row.rounds is None else row.rounds):
                clock, processor = time.perf_counter(), time.process_time()
                value = row.run()
                taken = Fastest(time.process_time() - processor, time.perf_counter() - clock, value)
                before = results.get(row.label, taken)
                results[row.label] = Fastest(
                    min(taken.processor, before.processor), min(taken.clock, before.clock), value
                )
    return results


def main() -> int:
    """Measure and print; returns 1 if a pair takes longer than it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--plain-rounds", type=int, default=1, help="of the plain 3-D convolution, which takes seconds")
    parser.add_argument("--threads", type=int, default=2, help="of the one row that uses several")
    options = parser.parse_args()
    measured = [row for row in rows(photographs(), options.threads, options.plain_rounds) if row.rounds != 0]
    results = fastest(measured, options.rounds)
    columns = ("ms", "ms on the clock", "of decoding", "times ours", "difference")
    table = new_table("What", *columns, right=list(columns))
    for row in measured:
        found = results[row.label]
        ratio = difference = ""
        if row.ours:
            own = results[row.ours]
            ratio = f"{found.processor / own.processor:.2f}"
            difference = "" if found.value is None or own.value is None else f"{abs(found.value - own.value):.1e}"
        of_decoding = f"{found.processor / results[DECODE].processor:.2f}"
        table.add_row(
            row.label, f"{1000 * found.processor:.1f}", f"{1000 * found.clock:.1f}", of_decoding, ratio, difference
        )
    print_table(table)
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    note(f"{cores} cores, load {load:.1f}; above one, times on the clock mean little.")
    too_long = results[PAIR].processor > results[DECODE].processor
    return int(too_long or results[KNOWN].processor > results[PACKAGE].processor / 2)


if __name__ == "__main__":
    sys.exit(main())
