"""Every network on a GPU gives what it gives on a CPU, and what was recorded of the official code, with TF32 off."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.gpu import NEEDS_GPU, picture, restorer_of
from restorebench.baselines.irsde import ConditionalUNet
from restorebench.baselines.nafnet import NAFNetConfig
from restorebench.baselines.refusion import ConditionalNAFNet
from restorebench.bench.machine.float_precision import set_tf32, tf32_flags
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.loading import bound_card
from restorebench.bench.registry.specs import parse_spec
from safetensors.torch import load_file
from torch import nn

pytestmark = NEEDS_GPU


def networks() -> list[str]:
    """Registered models that a file is not needed for and that draw no random numbers."""
    names: list[str] = []
    for name in MODELS.names():
        entry = MODELS.get(name)
        if entry.from_file is None and not bound_card(parse_spec(name)).stochastic:
            names.append(name)
    return names


NAMES = networks() if torch.cuda.is_available() else ["nafnet-nano"]


@pytest.mark.parametrize("name", NAMES)
def test_a_gpu_gives_what_a_cpu_gives(name: str):
    given = picture(72, 88)
    cpu, gpu = (restorer_of(name, device).restore(given, "a").planes.astype(np.float64) for device in ("cpu", "cuda"))
    difference = np.linalg.norm(gpu - cpu) / max(np.linalg.norm(cpu), 1e-12)
    sys.stdout.write(f"PARITY {name} {difference:.2e} {np.abs(gpu - cpu).max():.2e}\n")
    assert difference < 1e-4


@pytest.mark.parametrize("size", ["div_48x32", "odd_35x30"])
@pytest.mark.parametrize("t", [1, 37, 100])
@pytest.mark.parametrize("kind", ["unet", "condnafnet"])
def test_networks_of_diffusion_match_the_official_ones(kind: str, t: int, size: str, fixtures: Path):
    tensors = load_file(fixtures / "parity" / "irsde" / f"{kind}.safetensors")
    network: nn.Module = (
        ConditionalUNet(width=8) if kind == "unet" else ConditionalNAFNet(NAFNetConfig(8, encoder=(1, 1, 1, 2)))
    )
    network.load_state_dict({key.removeprefix("sd/"): each for key, each in tensors.items() if key.startswith("sd/")})
    network.eval().cuda()
    with torch.inference_mode(), set_tf32(on=False):
        noise = network(tensors[f"in/{size}/xt"].cuda(), tensors[f"in/{size}/cond"].cuda(), t).cpu()
    torch.testing.assert_close(noise, tensors[f"out/{size}_t{t}"], rtol=0, atol=1e-4)


def test_tf32_is_off_whatever_the_process_had_set_and_on_when_asked():
    exact = restorer_of("nafnet-width32", "cpu").restore(picture(96, 96)).planes
    with set_tf32(on=True):
        plain = restorer_of("nafnet-width32").restore(picture(96, 96)).planes
        assert tf32_flags() == (True, True)
    coarse = restorer_of("nafnet-width32", precision="tf32").restore(picture(96, 96)).planes
    half = restorer_of("nafnet-width32", precision="bf16").restore(picture(96, 96)).planes
    errors = [float(np.linalg.norm(each - exact) / np.linalg.norm(exact)) for each in (plain, coarse, half)]
    sys.stdout.write(f"PRECISION fp32 {errors[0]:.2e} tf32 {errors[1]:.2e} bf16 {errors[2]:.2e}\n")
    assert errors[0] < 1e-5
    assert errors[0] * 5 < errors[1] < 1e-2
    assert errors[1] < errors[2] < 1e-1


def test_channels_last_gives_the_same_image_to_rounding():
    plain, last = (
        restorer_of("nafnet-nano", channels_last=on).restore(picture(160, 160)).planes for on in (False, True)
    )
    np.testing.assert_allclose(last, plain, rtol=0, atol=1e-4)


def test_tiles_on_a_gpu_are_those_on_a_cpu():
    cpu, gpu = (
        restorer_of("nafnet-nano", device, tile=64, tile_overlap=16).restore(picture(150, 130)).planes
        for device in ("cpu", "cuda")
    )
    np.testing.assert_allclose(gpu, cpu, rtol=0, atol=1e-4)
