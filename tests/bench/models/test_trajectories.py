from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.memory_dataset import make_dataset
from restorebench.bench.contracts import InferenceScheme, InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.errors import RestorationError
from restorebench.bench.files.images import decode_image
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.observers import observer_of
from restorebench.bench.models.trajectories import KEPT_SIDE, spread_map, strip
from torch import Tensor, nn

CARD = ModelCard("walker", "walker", "restoration", needs_weights=False, size=SizeRequirements(multiple_of=16))


class Walker(nn.Module):
    """Eight steps from grey t / 8 to black, plus noise of the seed."""

    def __init__(self) -> None:
        super().__init__()
        self.on_state: Callable[[int, int, Tensor], None] | None = None
        self.seed = 0

    def manual_seed(self, seed: int) -> None:
        self.seed = seed

    def forward(self, images: Tensor) -> Tensor:
        noise = 0.05 * torch.randn(images.shape, generator=torch.Generator().manual_seed(self.seed))
        for t in range(8, -1, -1):
            if self.on_state is not None:
                self.on_state(t, 8, torch.full_like(images, t / 8) if t else noise + 0.5)
        return noise + 0.5


def made(samples: int = 1, **settings: int) -> Restorer:
    return Restorer(Walker(), CARD, InferenceSettings(samples=samples, **settings))  # pyright: ignore[reportArgumentType] -- integers


def test_a_strip_shows_the_states_of_the_first_sample() -> None:
    restorer, image = made(), np.full((20, 30, 3), 90, np.uint8)
    observer = observer_of(restorer)
    assert observer is not None
    (seen,) = observer.observe(image, "scene/1")
    assert (seen.folder, seen.suffix) == ("trajectory", ".png")
    picture = decode_image(seen.content, "strip")
    assert picture.shape == (20, 5 * 30, 3)  # without the padding to 32 x 32
    for place, share in enumerate([1, 0.75, 0.5, 0.25]):
        assert (picture[:, place * 30 : (place + 1) * 30] == round(share * 255)).all()
    result = restorer.restore(image, "scene/1").image
    assert np.array_equal(picture[:, 120:], np.rint(result.clip(0, 1) * 255))
    assert isinstance(restorer.network, Walker)
    assert restorer.network.on_state is None


def test_the_spread_is_the_standard_deviation_of_the_samples() -> None:
    restorer, image = made(samples=3), np.full((20, 30, 3), 90, np.uint8)
    observer = observer_of(restorer)
    assert observer is not None
    _, seen = observer.observe(image, "scene/1")
    assert (seen.folder, seen.suffix) == ("spread", ".png")
    samples = [restorer.restore(image, "scene/1", sample=number).image for number in range(3)]
    expected = np.stack(samples).std(axis=0, ddof=1).mean(axis=-1) / 0.1
    picture = decode_image(seen.content, "spread")
    assert picture.shape == (20, 30, 3)
    assert np.abs(picture[..., 1] / 255 - expected.clip(0, 1)).max() < 0.6 / 255
    assert 0.3 < picture.mean() / 255 < 0.6  # noise of 0.05, where 0.1 is white
    assert np.ptp(picture, axis=-1).max() == 0


def test_large_pictures_are_averaged() -> None:
    state = np.zeros((3, 4, 2 * KEPT_SIDE), np.float32)
    state[:, :2, :2] = 1
    assert strip([state, state]).shape == (2, 2 * KEPT_SIDE, 3)
    assert strip([state])[:, :2].tolist() == [[[255] * 3, [0] * 3], [[0] * 3, [0] * 3]]
    assert spread_map([state, 0 * state]).shape == (2, KEPT_SIDE, 3)


def test_tiles_have_no_common_states() -> None:
    observer = observer_of(made(tile=64))
    assert observer is not None
    with pytest.raises(RestorationError, match="in tiles"):
        observer.observe(np.zeros((100, 70, 3), np.uint8), "scene/1")


@pytest.mark.parametrize("scheme", [InferenceScheme(ensemble="x8"), InferenceScheme(grid=64)])
def test_parts_have_no_common_states(scheme: InferenceScheme) -> None:
    observer = observer_of(Restorer(Walker(), replace(CARD, scheme=scheme)))
    assert observer is not None
    with pytest.raises(RestorationError, match="in tiles or other parts"):
        observer.observe(np.zeros((100, 70, 3), np.uint8), "scene/1")


def test_a_run_keeps_both_beside_its_pictures(tmp_path: Path) -> None:
    from restorebench.bench import Control, evaluate

    dataset = make_dataset(3)
    settings = InferenceSettings(samples=2)
    run = evaluate(
        Restorer(Walker(), CARD, settings), dataset, out=tmp_path, control=Control(save_images="all", workers=1)
    )
    kept = {path.relative_to(run.path).parts[0] for path in run.path.rglob("*.png")}
    assert kept == {"restored", "trajectory", "spread"}
    assert len(list((run.path / "trajectory").rglob("*.png"))) == len(dataset.pairs)


def test_irsde_shows_its_states() -> None:
    from restorebench.bench.models.entries import MODELS

    restorer = Restorer(MODELS.get("irsde-nano").build(T=4), CARD)
    observer = observer_of(restorer)
    assert observer is not None
    image = np.random.default_rng(0).integers(60, 200, (16, 20, 3), dtype=np.uint8)
    (seen,) = observer.observe(image, "scene/1")
    picture = decode_image(seen.content, "strip").astype(float)
    noise = picture[:, :20] - image
    assert 7 < noise.std() < 13  # the start is the degraded image with noise of 10 grey levels
    result = restorer.restore(image, "scene/1").image
    assert np.array_equal(picture[:, 80:], np.rint(result.clip(0, 1) * 255))
