from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
from helpers.fake_transfers import FakeTransfers
from restorebench.bench.contracts import InferenceSettings, ModelCard, QuantiserName
from restorebench.bench.errors import OutOfMemoryError, RestorationError
from restorebench.bench.metrics.quantise import quantise
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.overlap import UPLOADED_BYTES, Overlap, overlap_of
from torch import Tensor, nn

CARD = ModelCard("m", "M", "restoration")


def picture(seed: int = 0, side: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side + 4, 3), dtype=np.uint8)


class Blur(nn.Module):
    """Gives values between the grey levels and beyond 0 to 1."""

    def forward(self, images: Tensor) -> Tensor:
        return 1.3 * images.roll(1, -1) - 0.17


class Noisy(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images + 0.1 * torch.rand_like(images)


class Broken(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return images / (images.mean() - images.mean())


class Crowded(nn.Module):
    """Runs out of memory while others are on the device, and always above a number of pixels."""

    def __init__(self, transfers: FakeTransfers, most: int) -> None:
        super().__init__()
        self.transfers, self.most = [transfers], most

    def forward(self, images: Tensor) -> Tensor:
        if images[0, 0].numel() > self.most or not self.transfers[0].drained:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return images * 0.5


@pytest.mark.parametrize("rule", [None, "half-even", "half-up", "truncate"])
def test_images_are_those_of_the_restorer_alone(rule: QuantiserName | None):
    restorer, transfers = Restorer(Blur(), CARD), FakeTransfers()
    overlap = Overlap(restorer, transfers)
    pictures = [picture(seed) for seed in range(5)]
    begun = [overlap.restore(each, f"{n}", overlap.upload(each), rule)[0] for n, each in enumerate(pictures)]
    for given, each in zip(pictures, begun, strict=True):
        expected = restorer.restore(given).image
        made = each.image()
        assert np.array_equal(made, expected if rule is None else quantise(expected, rule))
        assert made.dtype == (np.float32 if rule is None else np.uint8)
    assert transfers.received == 5


def test_at_most_two_images_are_in_the_queue():
    transfers = FakeTransfers()
    overlap = Overlap(Restorer(Blur(), CARD), transfers)
    begun = [overlap.restore(picture(), "a", None, None)[0] for _ in range(5)]
    assert len(transfers.waits) == 3
    assert [each.ended.done for each in begun] == [True, True, True, False, False]  # pyright: ignore[reportAttributeAccessIssue]
    assert begun[0].seconds == pytest.approx(1e-3)


def test_samples_of_a_random_network_are_those_of_the_restorer_alone():
    settings = InferenceSettings(samples=3, seed=7)
    restorer = Restorer(Noisy(), CARD, settings)
    begun = Overlap(restorer, FakeTransfers()).restore(picture(), "key", None, None)
    alone = Restorer(Noisy(), CARD, settings)
    assert len(begun) == 3
    assert begun[0].drew_from == ("torch",)
    for sample, each in enumerate(begun):
        assert np.array_equal(each.image(), alone.restore(picture(), "key", sample=sample).image)


def test_values_that_are_no_numbers_fail_when_the_image_is_there():
    begun = Overlap(Restorer(Broken(), CARD), FakeTransfers()).restore(picture(), "a", None, "half-even")
    with pytest.raises(RestorationError, match="NaN or infinite"):
        begun[0].image()


def test_the_restorer_still_looks_at_once_afterwards():
    restorer = Restorer(Broken(), CARD)
    Overlap(restorer, FakeTransfers()).restore(picture(), "a", None, None)
    with pytest.raises(RestorationError, match="NaN or infinite"):
        restorer.restore(picture())


def test_an_image_that_fits_alone_is_not_restored_in_tiles():
    transfers = FakeTransfers()
    overlap = Overlap(Restorer(Crowded(transfers, 10_000), CARD, InferenceSettings(tile_on_oom=True)), transfers)
    (begun,) = overlap.restore(picture(side=90), "a", None, None)
    assert transfers.drained == 1
    assert begun.tile is None


def test_an_image_that_does_not_fit_alone_is_restored_in_tiles():
    transfers = FakeTransfers()
    settings = InferenceSettings(tile_on_oom=True)
    given = picture(side=140)
    (begun,) = Overlap(Restorer(Crowded(transfers, 6000), CARD, settings), transfers).restore(given, "a", None, None)
    assert begun.tile == 72
    expected = Restorer(Crowded(transfers, 6000), CARD, settings).restore(given)
    assert expected.tile == 72
    assert np.array_equal(begun.image(), expected.image)


class Hungry(nn.Module):
    """Runs out of memory above 80 columns, and counts what earlier passes still hold then."""

    def __init__(self) -> None:
        super().__init__()
        self.passes: list[weakref.ref[Tensor]] = []
        self.held: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.held.append(sum(each() is not None for each in self.passes))
        features = images * 0.5
        self.passes.append(weakref.ref(features))
        if images.shape[-1] > 80:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return features + 0.0


def test_a_pass_that_ran_out_of_memory_holds_none_of_it():
    """From Python 3.12 on it did until the next garbage collection, and the smallest tile did not fit either."""
    network = Hungry()
    restorer = Restorer(network, CARD, InferenceSettings(tile_on_oom=True))
    gc.collect()
    gc.disable()
    try:
        assert restorer.restore(picture(side=140)).tile == 72
        (begun,) = Overlap(restorer, FakeTransfers()).restore(picture(side=140), "a", None, None)
    finally:
        gc.enable()
    assert begun.tile == 72
    assert not any(network.held)


def test_without_tiles_memory_that_runs_out_is_an_error():
    transfers = FakeTransfers()
    with pytest.raises(OutOfMemoryError, match="--tile"):
        Overlap(Restorer(Crowded(transfers, 10), CARD), transfers).restore(picture(), "a", None, None)


def test_uploads_ahead_are_bounded_until_they_are_taken():
    overlap = Overlap(Restorer(Blur(), CARD), FakeTransfers())
    large = np.zeros((1, UPLOADED_BYTES // 3 // 2, 3), np.uint8)
    waiting = [overlap.upload(large), overlap.upload(large)]
    assert None not in waiting
    assert overlap.upload(large) is None
    first = waiting.pop(0)
    assert first is not None
    assert first.take() is not None
    assert first.take() is None
    assert overlap.upload(picture()) is not None


def test_an_upload_that_nobody_takes_gives_its_room_back():
    overlap = Overlap(Restorer(Blur(), CARD), FakeTransfers())
    large = np.zeros((1, UPLOADED_BYTES // 3, 3), np.uint8)
    assert overlap.upload(large) is not None
    gc.collect()
    assert overlap.upload(large) is not None


def test_without_room_the_image_is_sent_when_it_is_its_turn():
    restorer = Restorer(Blur(), CARD)
    overlap = Overlap(restorer, FakeTransfers(full=True))
    assert overlap.upload(picture()) is None
    (begun,) = overlap.restore(picture(), "a", None, None)
    assert np.array_equal(begun.image(), restorer.restore(picture()).image)


def test_nothing_overlaps_on_a_cpu():
    assert overlap_of(Restorer(Blur(), CARD)) is None
