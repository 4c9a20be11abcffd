from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from restorebench.baselines.dmphn import DMPHN, PARTS, read_folder
from restorebench.bench.errors import CheckpointError
from restorebench.bench.models.checkpoints import sha256_file
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.fitting import load_weights
from torch import Tensor, nn

FRAMES = ("000001", "000014")


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


@pytest.mark.slow
@pytest.mark.parametrize("frame", FRAMES)
def test_official_weights_give_the_official_frames(frame: str, fixtures: Path) -> None:
    network = DMPHN().eval()
    folder = fixtures / "weights" / "dmphn"
    load_weights(network, read_folder(folder), model_name="dmphn", path=folder)
    blurred = read(fixtures / "images" / "GoPro" / "test" / "GOPR0384_11_00" / "blur" / f"{frame}.png")
    official = read(fixtures / "images" / "GoPro_DMPHN_1_2_4" / f"GOPR0384_11_00-{frame}.png").astype(int)
    with torch.inference_mode():
        restored = network(torch.from_numpy(blurred).permute(2, 0, 1)[None].float() / 255)
    scaled = restored[0].permute(1, 2, 0).numpy() * 255
    half_up = np.floor(scaled + 0.5).clip(0, 255).astype(int)
    assert np.abs(half_up - official).max() <= 1
    # The authors' torchvision truncated; against that only rounding noise of the convolutions remains.
    truncated = np.floor(scaled).clip(0, 255).astype(int)
    assert (truncated != official).mean() < 1e-4


def reference(network: DMPHN, image: Tensor) -> Tensor:
    """The published scheme written out patch by patch, without batching."""
    image = image - 0.5
    height, width = image.shape[2] // 2, image.shape[3] // 2
    halves = [image[:, :, :height], image[:, :, height:]]
    rows = [
        torch.cat([network.encoder_lv3(half[..., :width]), network.encoder_lv3(half[..., width:])], 3)
        for half in halves
    ]
    level2 = [network.encoder_lv2(half + network.decoder_lv3(row)) for half, row in zip(halves, rows, strict=True)]
    features = torch.cat(rows, 2) + torch.cat(level2, 2)
    return network.decoder_lv1(features + network.encoder_lv1(image + network.decoder_lv2(features))) + 0.5


@pytest.mark.parametrize("size", [(1, 3, 16, 24), (2, 3, 32, 8)])
def test_batched_patches_are_the_published_scheme(size: tuple[int, ...], recipe: Callable[..., nn.Module]) -> None:
    network = DMPHN(width=4)
    recipe(network).eval().double()
    image = torch.rand(size, dtype=torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(network(image), reference(network, image), rtol=0, atol=1e-12)


def test_state_dict_is_that_of_the_six_files(fixtures: Path) -> None:
    state = read_folder(fixtures / "weights" / "dmphn")
    with torch.device("meta"):
        own = MODELS.get("dmphn").build().state_dict()
    assert {key: value.shape for key, value in own.items()} == {key: value.shape for key, value in state.items()}


def test_a_folder_lacking_files_is_named(fixtures: Path, tmp_path: Path) -> None:
    for part in PARTS[:4]:
        shutil.copy(fixtures / "weights" / "dmphn" / f"{part}.pkl", tmp_path)
    with pytest.raises(CheckpointError, match=r"has no decoder_lv2\.pkl, decoder_lv3\.pkl"):
        read_folder(tmp_path)


def test_reads_one_file_with_all_six_networks(tmp_path: Path) -> None:
    state = DMPHN(width=4).state_dict()
    torch.save({"params": state}, tmp_path / "trained.pth")
    assert list(read_folder(tmp_path / "trained.pth")) == list(state)


def test_trains(check_training: Callable[..., None], recipe: Callable[..., nn.Module]) -> None:
    check_training(recipe(DMPHN(width=4)), torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16))


def test_size_and_padding() -> None:
    entry = MODELS.get("dmphn")
    assert entry.card.size.multiple_of == 8
    assert (
        sum(parameter.numel() for parameter in entry.build().parameters()) == 5_424_393
    )  # 21.7 MB, as the paper has it
    with torch.inference_mode():
        assert entry().eval()(torch.rand(1, 3, 8, 8)).shape == (1, 3, 8, 8)


def test_other_formats_agree(recipe: Callable[..., nn.Module]) -> None:
    network = recipe(DMPHN(width=8), rules=[["weight$", "fan", 0.5, 0.0], ["bias$", "affine", 0.0, 0.1]]).eval()
    image = torch.rand(1, 3, 32, 24)
    with torch.inference_mode():
        expected = network(image)
        last = network.to(memory_format=torch.channels_last)(image.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(last, expected, rtol=0, atol=2e-5)
        assert (network.to(torch.bfloat16)(image.bfloat16()).float() - expected).abs().mean() < 0.05


def test_the_listed_digest_is_that_of_the_official_folder(fixtures: Path) -> None:
    (checkpoint,) = MODELS.get("dmphn").card.checkpoints
    assert checkpoint.sha256 == sha256_file(fixtures / "weights" / "dmphn")
