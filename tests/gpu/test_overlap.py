"""Copies that overlap the network change no value, on a real GPU."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.gpu import NEEDS_GPU, picture, restorer_of
from helpers.memory_dataset import MemoryDataset, MemoryImage
from restorebench.bench.contracts import ImagePair, InferenceSettings, ModelCard, QuantiserName, UInt8Image
from restorebench.bench.errors import OutOfMemoryError
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.in_process import run_cell
from restorebench.bench.evaluation.model_cell import model_cell
from restorebench.bench.evaluation.sources import ModelSource
from restorebench.bench.metrics.quantise import quantise, quantise_tensor
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.loading import loaded_restorer
from restorebench.bench.models.overlap import UPLOADED_BYTES, Overlap, overlap_of
from restorebench.bench.runs.run import Run
from torch import Tensor, nn

pytestmark = NEEDS_GPU

CARD = ModelCard("m", "M", "restoration", needs_weights=False)
SIZES = [(720, 1280), (97, 81), (256, 256), (64, 64), (480, 320), (64, 64)]


class Affine(nn.Module):
    """Costs nothing, so that copies pile up."""

    def forward(self, images: Tensor) -> Tensor:
        return 1.25 * images - 0.125


class Noisy(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images + 0.1 * torch.rand_like(images)


class Fragile(nn.Module):
    """Gives no numbers for dark images, and fails on narrow ones."""

    def forward(self, images: Tensor) -> Tensor:
        if images.shape[-1] < 33:
            raise ValueError("narrow")
        return images / (images.amax() > 0)


def overlapped(
    restorer: Restorer, pictures: Sequence[UInt8Image], rule: QuantiserName | None = None
) -> Iterator[np.ndarray]:
    """All images, sent by threads, queued one after the other, and looked at only when all are queued."""
    overlap = overlap_of(restorer)
    assert overlap is not None
    with ThreadPoolExecutor(4) as pool:
        uploads = list(pool.map(overlap.upload, pictures))
        begun = [
            overlap.restore(given, str(number), upload, rule)[0]
            for number, (given, upload) in enumerate(zip(pictures, uploads, strict=True))
        ]
        yield from pool.map(lambda each: each.image(), begun)


@pytest.mark.parametrize("rule", [None, "half-even"])
@pytest.mark.parametrize("name", ["nafnet-nano", "nafnet-width32", "restormer-nano", "fftformer-nano", "prenet"])
def test_images_are_bitwise_those_of_the_restorer_alone(name: str, rule: QuantiserName | None):
    restorer = restorer_of(name)
    pictures = [picture(*size, seed) for seed, size in enumerate(SIZES)]
    alone = [restorer.restore(given, str(number)).image for number, given in enumerate(pictures)]
    for expected, made in zip(alone, overlapped(restorer, pictures, rule), strict=True):
        assert np.array_equal(made, expected if rule is None else quantise(expected, rule))


def test_no_buffer_is_used_again_before_its_image_is_read():
    pictures = [picture(200 + number % 3, 320, number) for number in range(300)]
    for given, made in zip(pictures, overlapped(Restorer(Affine(), CARD, CUDA), pictures), strict=True):
        expected = np.float32(1.25) * (given.astype(np.float32) / np.float32(255)) - np.float32(0.125)
        np.testing.assert_allclose(made, expected, rtol=0, atol=2e-7)


def test_samples_are_those_of_the_restorer_alone():
    settings = InferenceSettings(device="cuda", samples=3, seed=5)
    alone, restorer = (Restorer(Noisy(), CARD, settings) for _ in range(2))
    begun = Overlap(restorer, overlap_of(restorer)._transfers).restore(picture(64, 64), "key", None, None)  # pyright: ignore[reportOptionalMemberAccess]
    assert len(begun) == 3
    assert begun[0].drew_from == ("torch on CUDA",)
    for sample, each in enumerate(begun):
        assert np.array_equal(each.image(), alone.restore(picture(64, 64), "key", sample=sample).image)


CUDA = InferenceSettings(device="cuda")


def dataset(count: int, height: int = 96, width: int = 128) -> MemoryDataset:
    pairs: list[ImagePair] = []
    for number in range(count):
        given = picture(height, 20 if number == 5 else width, number)
        if number == 7:
            given[:] = 0
        pairs.append(ImagePair(f"{number:03}", MemoryImage("degraded", given), MemoryImage("target", given)))
    return MemoryDataset(pairs)


def run(out: Path, network: nn.Module, protocol: str, *, overlap: bool) -> Run:
    restorer = Restorer(network, CARD, CUDA)
    source = ModelSource(restorer)
    assert source._overlap is not None
    if not overlap:
        source._overlap = None
    cell = model_cell(loaded_restorer(restorer), CUDA, dataset(24), (protocol,), quantiser=None, dataset_name="memory")
    return run_cell(cell, source, out, Control(workers=4, max_failures=9))[0]


@pytest.mark.parametrize("protocol", ["rgb@1", "promptir@1"])
@pytest.mark.parametrize("network", [Affine, Noisy, Fragile])
def test_records_are_those_without(tmp_path: Path, network: type[nn.Module], protocol: str):
    alone = run(tmp_path / "alone", network(), protocol, overlap=False)
    other = run(tmp_path / "overlapped", network(), protocol, overlap=True)
    failed = {"005", "007"} if network is Fragile else set[str]()
    assert {record.key for record in other.records if record.status == "failed"} == failed
    for one, two in zip(alone.records, other.records, strict=True):
        assert (one.key, one.status, one.reason, one.restored) == (two.key, two.status, two.reason, two.restored)
        assert one.scores == two.scores
        assert two.seconds is None or 0 < two.seconds < 60


@pytest.mark.parametrize("rule", ["half-even", "half-up", "truncate"])
def test_the_device_rounds_to_the_same_bytes(rule: QuantiserName):
    values = np.random.default_rng(0).uniform(-0.1, 1.1, 3_000_000).astype(np.float32)
    halves = (np.arange(-2, 514, dtype=np.float32) / np.float32(2)) / np.float32(255)
    for given in (values, halves, np.nextafter(halves, np.float32(2)), np.nextafter(halves, np.float32(-2))):
        made = quantise_tensor(torch.from_numpy(given).cuda(), rule).cpu().numpy()
        assert np.array_equal(made, quantise(given, rule))


@pytest.fixture
def little_memory() -> Iterator[None]:
    """This process may use as much of the GPU as one network at 1024x1024 does not fit into."""
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + (600 << 20)) / total)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


@pytest.mark.usefixtures("little_memory")
def test_images_that_do_not_fit_are_restored_in_tiles_alike():
    restorer = restorer_of("nafnet-width32", tile_on_oom=True)
    pictures = [picture(1024, 1024, 1), picture(128, 128, 2), picture(1024, 1024, 3)]
    alone = [restorer.restore(given, str(number)) for number, given in enumerate(pictures)]
    assert [each.tile is not None for each in alone] == [True, False, True]
    for expected, made in zip(alone, overlapped(restorer, pictures), strict=True):
        np.testing.assert_allclose(made, expected.image, rtol=0, atol=1e-4)  # less memory, other algorithms of cuDNN


@pytest.mark.usefixtures("little_memory")
def test_without_tiles_it_is_an_error_and_the_next_image_is_restored():
    restorer = restorer_of("nafnet-width32")
    overlap = overlap_of(restorer)
    assert overlap is not None
    with pytest.raises(OutOfMemoryError, match=r"Out of memory at 1024x1024: --tile 512"):
        overlap.restore(picture(1024, 1024), "large", None, None)
    with pytest.raises(OutOfMemoryError, match=r"Out of memory at 1024x1024: --tile 512"):
        restorer.restore(picture(1024, 1024))
    (small,) = overlap.restore(picture(128, 128), "small", None, None)
    assert small.image().shape == (128, 128, 3)


def test_memory_is_bounded():
    restorer = restorer_of("nafnet-nano")
    given = [picture(720, 1280, seed) for seed in range(3)] * 10
    torch.cuda.synchronize()
    restorer.restore(given[0])
    torch.cuda.reset_peak_memory_stats()
    restorer.restore(given[0])
    alone = torch.cuda.max_memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    for _ in overlapped(restorer, given):
        pass
    floats = given[0].nbytes * 4
    assert torch.cuda.max_memory_allocated() <= alone + UPLOADED_BYTES + 6 * floats
