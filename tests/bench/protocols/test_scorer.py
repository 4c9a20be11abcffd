"""What LPIPS sees, by protocol; everything else about scorers is in test_protocols.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.optional import known
from restorebench.bench.metrics.lpips import load_lpips
from restorebench.bench.metrics.quantise import quantise
from restorebench.bench.protocols.protocol import get_protocol


@pytest.fixture
def backbone(monkeypatch: pytest.MonkeyPatch, synthetic_backbone: Callable[[str], Path]) -> Path:
    path = synthetic_backbone("alex")
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(path))
    return path


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    target = random.integers(0, 256, (48, 60, 3), dtype=np.uint8)
    return (target / 255 + random.normal(0, 0.2, target.shape)).astype(np.float32), target


def distance(path: Path, restored: np.ndarray, target: np.ndarray) -> float:
    """By the package itself, on RGB in [-1, 1]."""
    x, y = (torch.from_numpy(2 * image - 1).permute(2, 0, 1)[None] for image in (restored, target / np.float32(255)))
    with torch.inference_mode():
        return float(load_lpips("alex", path)(x, y))


@pytest.mark.parametrize(
    "name", ["gopro", "realblur-noalign", "rain100h", "mimo-unet", "maxim", "irsde@1", "irsde-clamped"]
)
def test_lpips_sees_the_image_that_its_protocol_says(
    backbone: Path, pair: tuple[np.ndarray, np.ndarray], name: str
) -> None:
    restored, target = pair
    clamped = restored.clip(0, 1)
    seen = {
        "gopro": quantise(restored, "half-even") / np.float32(255),
        "realblur-noalign": quantise(restored, "half-even") / np.float32(255),
        "rain100h": quantise(restored, "truncate") / np.float32(255),
        "mimo-unet": clamped,
        "maxim": clamped,
        "irsde@1": restored,
        "irsde-clamped": clamped,
    }
    scores = get_protocol(name).prepare().score(restored, target)
    assert scores.metrics["lpips"] == pytest.approx(distance(backbone, seen[name], target), rel=1e-6)
    others = [distance(backbone, image, target) for key, image in seen.items() if not np.array_equal(image, seen[name])]
    assert all(abs(known(scores.metrics["lpips"]) - other) > 1e-5 * other for other in others)
    assert scores.nulls == {}


@pytest.mark.usefixtures("backbone")
def test_lpips_needs_a_smallest_size(pair: tuple[np.ndarray, np.ndarray]) -> None:
    scores = get_protocol("rgb").prepare().score(pair[1][:30], pair[1][:30])
    assert scores.metrics["lpips"] is None
    assert "at least 31x31 pixels, and this one has 30x60" in scores.nulls["lpips"]


@pytest.mark.usefixtures("backbone")
def test_lpips_of_a_grey_image_is_that_of_equal_channels(pair: tuple[np.ndarray, np.ndarray]) -> None:
    grey = [image[..., 0] for image in (quantise(pair[0], "half-even"), pair[1])]
    scorer = get_protocol("rgb").prepare()
    rgb = scorer.score(*(np.repeat(image[..., None], 3, -1) for image in grey)).metrics
    assert scorer.score(*grey).metrics == pytest.approx(rgb)


@pytest.mark.usefixtures("backbone")
def test_identical_images_are_at_no_distance(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert get_protocol("rgb").score(pair[1], pair[1])["lpips"] == 0
