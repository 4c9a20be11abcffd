from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from restorebench.baselines.nafnet import ChannelAttention, NAFNet, NAFNetConfig
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.local_windows import extend_to, local_mean
from restorebench.bench.models.tlc import convert_to_local
from torch import Tensor, nn

SMALL = NAFNetConfig(8, encoder=(1, 1, 1, 4))


def forward(network: nn.Module, image: Tensor) -> Tensor:
    return network(image)


@pytest.mark.parametrize(
    ("train_size", "cases"),
    [
        (None, ("div_96x80", "odd_70x53")),
        (
            64,
            (
                "local64_div_96x80",
                "local64_odd_70x53",
                "local64_tlc_160x136",
                "local64_tlc_160x80",
                "local64_tlc_odd_150x117",
            ),
        ),
    ],
)
def test_matches_the_official_network(
    train_size: int | None, cases: tuple[str, ...], parity: Callable[[str], Any]
) -> None:
    recorded = parity("nafnet/fixture")
    network = NAFNet(SMALL, train_size=train_size).eval()
    recorded.check(network, forward, cases)
    for case in cases:
        with torch.inference_mode():
            restored = network(recorded[f"in/{case}/x"])
        half_even = np.round(restored[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255).astype(np.uint8)
        recorded.check_quantised(restored, case, half_even)


@pytest.mark.parametrize("case", ["local64_tlc_160x136", "local64_tlc_160x80", "local64_tlc_odd_150x117"])
def test_the_general_converter_gives_the_official_local_network(case: str, parity: Callable[[str], Any]) -> None:
    recorded = parity("nafnet/fixture")
    converted, own = recorded.load(NAFNet(SMALL)), recorded.load(NAFNet(SMALL, train_size=64))
    convert_to_local(converted, MODELS.get("nafnet-width32").card, 96)
    with torch.inference_mode():
        restored = converted(recorded[f"in/{case}/x"])
        assert torch.equal(restored, own(recorded[f"in/{case}/x"]))
    torch.testing.assert_close(restored, recorded[f"out/{case}"], rtol=0, atol=2e-5)


@pytest.mark.parametrize(("case", "train_size"), [("local256_tlc256_400x416", 256), ("plain_160x136", None)])
def test_large_windows_and_none(case: str, train_size: int | None, parity: Callable[[str], Any]) -> None:
    recorded = parity("nafnet/fixture")
    network = NAFNet(SMALL, train_size=train_size).eval()
    network.load_state_dict(recorded.state)
    source = case if f"in/{case}/u8" in recorded else "local64_tlc_160x136"
    with torch.inference_mode():
        restored = network(recorded[f"in/{source}/u8"].permute(2, 0, 1)[None].float() / 255)
    torch.testing.assert_close(restored, recorded[f"out/{case}"], rtol=0, atol=2e-5)


@pytest.mark.parametrize("train_size", [64, 256])
def test_windows_are_the_official_ones(train_size: int, fixtures: Path) -> None:
    listed = json.loads((fixtures / "parity" / "nafnet" / f"nafnet_local_kernels_{train_size}.json").read_text())
    own = {
        f"{name}.0": [*module.window]
        for name, module in NAFNet(SMALL, train_size=train_size).named_modules()
        if isinstance(module, ChannelAttention) and module.window is not None
    }
    assert own == listed


@pytest.mark.parametrize("width", [32, 64])
@pytest.mark.parametrize("suffix", ["", "-notlc"])
def test_state_dict_is_the_official_one(width: int, suffix: str, manifest: Callable[[str], Any]) -> None:
    with torch.device("meta"):
        state = MODELS.get(f"nafnet-width{width}{suffix}").build().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(f"nafnet_width{width}_gopro")


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [("nafnet-width32", 17_111_907, 15.956), ("nafnet-width64", 67_888_835, 63.055), ("nafnet-nano", 288_691, None)],
)
def test_size_and_complexity(name: str, parameters: int, expected: float | None, gmacs: Callable[..., float]) -> None:
    entry = MODELS.get(name)
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in entry.build().parameters()) == parameters
    if expected is not None:
        assert gmacs(entry.build) == pytest.approx(expected, rel=1e-3)


def test_attention_before_the_border_is_attention_after_it() -> None:
    attention = ChannelAttention(4, (6, 6)).double().eval()
    x = torch.rand(1, 4, 15, 12, dtype=torch.float64)
    after = x * attention["1"](extend_to(local_mean(x, (6, 6)), 15, 12))
    torch.testing.assert_close(attention(x), after, rtol=0, atol=1e-13)


@pytest.mark.parametrize("size", [(1, 1), (16, 31), (33, 64)])
def test_any_size_is_restored_to_its_own(size: tuple[int, int]) -> None:
    network = MODELS.get("nafnet-nano").build(train_size=16).eval()
    with torch.inference_mode():
        assert network(torch.rand(1, 3, *size)).shape == (1, 3, *size)


@pytest.mark.parametrize("train_size", [None, 16])
def test_trains(train_size: int | None, check_training: Callable[..., None], recipe: Callable[..., nn.Module]) -> None:
    network = recipe(NAFNet(NAFNetConfig(4, encoder=(1, 1), decoder=(1, 1)), train_size=train_size))
    check_training(network, torch.rand(2, 3, 36, 30), torch.rand(2, 3, 36, 30))


def test_a_fresh_network_changes_little_and_has_no_branches() -> None:
    network = NAFNet(NAFNetConfig(4, encoder=(1,), decoder=(1,)))
    assert all(not value.any() for name, value in network.named_parameters() if name.endswith(("beta", "gamma")))


@pytest.mark.parametrize("name", ["nafnet-width32", "nafnet-nano"])
def test_impossible_patches_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot have train_size 4"):
        MODELS.get(name).build(train_size=4)


def test_other_formats_agree(recipe: Callable[..., nn.Module]) -> None:
    network = recipe(NAFNet(NAFNetConfig(8, encoder=(1, 1), decoder=(1, 1)), train_size=16)).eval()
    image = torch.rand(1, 3, 45, 37)
    with torch.inference_mode():
        expected = network(image)
        last = network.to(memory_format=torch.channels_last)(image.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(last, expected, rtol=0, atol=2e-5)
        coarse = network.to(torch.bfloat16)(image.bfloat16()).float()
    assert (coarse - expected).abs().mean() < 0.03
