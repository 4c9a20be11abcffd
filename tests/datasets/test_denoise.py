"""Noise of the all-in-one papers: recorded from PromptIR's code, and drawn from one stream."""

from __future__ import annotations

import json
import pickle
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import DatasetError, UsageError
from restorebench.bench.files.images import source_size


@pytest.fixture(scope="module")
def recorded(fixtures: Path) -> list[dict[str, object]]:
    return json.loads((fixtures / "evaluators/expected_2.json").read_text())["noise"]["sequence"]


@pytest.fixture(scope="module")
def clean(fixtures: Path, recorded: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded images in the recorded order, which their names keep."""
    folder = tmp_path_factory.mktemp("clean")
    for entry in recorded[:3]:
        source = fixtures / f"evaluators/images/{entry['pair']}_gt.png"
        (folder / f"{entry['position']}-{source.name}").write_bytes(source.read_bytes())
    return folder


@pytest.mark.parametrize("sigma", [15, 25, 50])
def test_the_noise_is_that_of_the_official_code(clean: Path, recorded: list[dict[str, object]], sigma: int) -> None:
    expected = [entry for entry in recorded if entry["sigma"] == sigma]
    for pair, entry in zip(open_dataset("denoise", clean, sigma=sigma), expected, strict=True):
        noisy = pair.degraded.read()
        assert list(noisy.shape) == entry["shape"]
        assert noisy.ravel()[:6].tolist() == entry["first6"]
        assert sha256(noisy.tobytes()).hexdigest() == entry["noisy_sha256"]
        assert pair.target.read().shape == noisy.shape
        assert source_size(pair.target) == source_size(pair.degraded) == noisy.shape[:2]


def test_any_image_may_be_read_first_and_in_another_process(clean: Path) -> None:
    last = list(open_dataset("denoise", clean, sigma=50))[-1].degraded
    there = pickle.loads(pickle.dumps(last))  # noqa: S301 -- our own bytes
    np.testing.assert_array_equal(there.read(), last.read())


def test_the_target_loses_the_border_that_makes_it_no_multiple_of_16(tmp_path: Path) -> None:
    rows, columns = np.meshgrid(np.arange(35), np.arange(50), indexing="ij")
    Image.fromarray(np.stack((rows, columns, rows), -1).astype(np.uint8)).save(tmp_path / "a.png")
    (pair,) = open_dataset("denoise", tmp_path)
    target = pair.target.read()
    assert target.shape == (32, 48, 3)
    assert target[0, 0].tolist() == [1, 1, 1]  # (35 % 16) // 2 and (50 % 16) // 2


def test_mistakes_are_told(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"write denoise\[sigma=25\]=FOLDER"):
        open_dataset("denoise")
    with pytest.raises(DatasetError, match="is not a folder with images"):
        open_dataset("denoise", tmp_path)
    Image.new("RGB", (40, 12)).save(tmp_path / "flat.png")
    with pytest.raises(DatasetError, match=r"flat\.png is smaller than 16 pixels"):
        open_dataset("denoise", tmp_path)
    with pytest.raises(UsageError, match="use 15, 25 or 50"):
        open_dataset("denoise", tmp_path, sigma=30)
