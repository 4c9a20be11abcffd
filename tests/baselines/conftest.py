"""Replays official networks: recorded tensors, and weights that any size of network can be filled with."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from restorebench.bench.machine.float_precision import set_tf32
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

MASK = (1 << 64) - 1
Rule = Sequence[Any]
DEFAULT_RULES: list[Rule] = [
    ["running_mean$", "affine", 0.0, 0.2],
    ["running_var$", "affine", 1.0, 0.5],
    [r"\.(beta|gamma)$", "affine", 0.5, 0.4],
    ["temperature$", "affine", 1.5, 0.5],
    [r"\.fft$", "affine", 1.0, 0.5],
    [r"\.g$", "affine", 1.0, 0.3],
    ["bias$", "affine", 0.0, 0.1],
    ["norm.*weight$|bn.*weight$", "affine", 1.0, 0.3],
    ["weight$", "fan", 1.0, 0.0],
]


def uniform01(name: str, shape: Sequence[int], seed: int = 0) -> np.ndarray:
    """Splitmix64 seeded by the FNV-1a hash of `seed:name`: the same numbers on every machine."""
    state = 0xCBF29CE484222325
    for byte in f"{seed}:{name}".encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        bits = np.uint64(state) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
    return ((bits >> np.uint64(40)).astype(np.float64) / (1 << 24)).reshape(shape)


def recipe_tensor(name: str, shape: Sequence[int], seed: int, rules: Sequence[Rule] = DEFAULT_RULES) -> Tensor:
    signed = 2 * uniform01(name, shape, seed) - 1
    kind, a, b = next((rule[1], rule[2], rule[3]) for rule in rules if re.search(rule[0], name))
    if kind == "fan":
        return torch.from_numpy((a * np.sqrt(3 / max(np.prod(shape[1:]), 1)) * signed).astype(np.float32))
    return torch.from_numpy((a + b * signed).astype(np.float32))


def fill(network: nn.Module, seed: int = 0, rules: Sequence[Rule] = DEFAULT_RULES) -> nn.Module:
    """Give every parameter its value of the recipe, whatever the size of the network."""
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            value.copy_(recipe_tensor(name, tuple(value.shape), seed, rules))
        else:
            value.zero_()
    return network


def recipe_image(height: int, width: int, seed: int) -> np.ndarray:
    """The recorded test picture (H, W, 3) of uint8: gradients, edges and noise."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    y, x = y / max(height - 1, 1), x / max(width - 1, 1)
    smooth = np.stack([0.15 + 0.7 * x, 0.85 - 0.6 * y, 0.2 + 0.6 * x * y], -1)
    box = ((x > 0.3) & (x < 0.6) & (y > 0.25) & (y < 0.7)).astype(np.float64)[..., None]
    image = smooth * (1 - 0.6 * box) + 0.35 * box * np.array([1.0, 0.2, 0.6])
    image = 0.75 * image + 0.25 * uniform01(f"image{height}x{width}", (height, width, 3), seed)
    return np.clip(np.floor(image * 255 + 0.5), 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Parity:
    """One recorded network: `description` is its JSON, `tensors` its safetensors file."""

    description: dict[str, Any]
    tensors: dict[str, Tensor]
    device: str = "cpu"

    @property
    def state(self) -> dict[str, Tensor]:
        return {name.removeprefix("sd/"): value for name, value in self.tensors.items() if name.startswith("sd/")}

    @property
    def seed(self) -> int:
        return self.description["recipe"]["seed"]

    def image(self, height: int, width: int) -> Tensor:
        """The test picture of this network in another size: (1, 3, H, W), 0 to 1."""
        return torch.from_numpy(recipe_image(height, width, self.seed)).permute(2, 0, 1)[None].float() / 255

    def noise(self, name: str, shape: Sequence[int]) -> Tensor:
        """Recorded noise of this network, -1 to 1."""
        return torch.from_numpy(2 * uniform01(name, shape, self.seed) - 1).float()

    @property
    def cases(self) -> list[str]:
        return [case["name"] for case in self.description["cases"]]

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def load(self, network: nn.Module) -> nn.Module:
        """Give `network` the recorded weights: those stored, or those that the recorded recipe makes."""
        if self.state:
            network.load_state_dict(self.state)
            return network
        fill(network, self.seed, self.description["recipe"]["rules"])
        sums = {name: float(value.double().abs().sum()) for name, value in network.state_dict().items()}
        for name, expected in self.description["abs_sum_tensors"].items():
            assert sums[name] == pytest.approx(expected, rel=1e-6), name
        return network

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def check(
        self,
        network: nn.Module,
        forward: Callable[[nn.Module, Tensor], Tensor],
        cases: Sequence[str],
        *,
        atol: float = 2e-5,
    ) -> None:
        """Outputs of `network` with the recorded weights: float32 within `atol`, float64 within 1e-10.

        On a GPU, whose convolutions are of other algorithms (Winograd's among them), float32 within five times as much.
        """

        self.load(network).to(self.device)
        if self.device != "cpu":
            atol *= 5
        with torch.inference_mode(), set_tf32(on=False):
            for case in cases:
                image = self[f"in/{case}/x"]
                assert torch.equal(image, self[f"in/{case}/u8"].permute(2, 0, 1)[None].float() / 255)
                restored = forward(network, image.to(self.device)).cpu()
                if self.device != "cpu":
                    error = float((restored - self[f"out/{case}"]).abs().max())
                    sys.stdout.write(f"RECORDED {type(network).__name__} {case} {error:.2e}\n")
                torch.testing.assert_close(restored, self[f"out/{case}"], rtol=0, atol=atol)
            network.double()
            for case in cases:
                if f"out64/{case}" in self:
                    restored = forward(network, self[f"in/{case}/x"].double().to(self.device)).cpu()
                    expected = self[f"out64/{case}"]
                    torch.testing.assert_close(restored, expected, rtol=0, atol=1e-10)
        network.float().cpu()

    def check_quantised(self, restored: Tensor, case: str, quantised: np.ndarray, *, folder: str = "u8") -> None:
        """The official 8-bit image, except where rounding noise may decide (255x within 1e-3 of a step)."""
        scaled = restored[0].permute(1, 2, 0).double().numpy().clip(0, 1) * 255
        steps = np.abs(scaled * 2 - np.round(scaled * 2)) / 2
        wrong = (quantised != self[f"{folder}/{case}"].numpy()) & (steps > 1e-3)
        assert not wrong.any(), f"{case}: {int(wrong.sum())} of {wrong.size} values differ"


@pytest.fixture(scope="session")
def parity(fixtures: Path, pytestconfig: pytest.Config) -> Callable[[str], Parity]:
    """Opens a recorded network by its path without extension: `parity("nafnet/fixture")`."""

    def load(name: str) -> Parity:
        base = fixtures / "parity" / name
        description = json.loads(base.with_suffix(".json").read_text())
        return Parity(description, load_file(base.with_suffix(".safetensors")), str(pytestconfig.getoption("--device")))

    return load


@pytest.fixture(scope="session")
def manifest(fixtures: Path) -> Callable[[str], list[tuple[str, tuple[int, ...]]]]:
    """Ordered (key, shape) of an official checkpoint: `manifest("prenet_PRN")`."""

    def load(name: str) -> list[tuple[str, tuple[int, ...]]]:
        raw = json.loads((fixtures / "parity" / "manifests" / f"{name}.json").read_text())
        return [(key, tuple(shape)) for key, (shape, _) in raw["state_dict"].items()]

    return load


@pytest.fixture(scope="session")
def recipe() -> Callable[..., nn.Module]:
    """`recipe(network, seed=0)` fills a network of any size with reproducible weights."""
    return fill


@pytest.fixture(scope="session")
def gmacs() -> Callable[..., float]:
    """10^9 multiply-accumulates of convolutions, linear layers and matrix products on the meta device."""

    def count(build: Callable[[], nn.Module], *shapes: tuple[int, ...]) -> float:
        with torch.device("meta"):
            network, images = build().eval(), [torch.empty(shape) for shape in shapes or ((1, 3, 256, 256),)]
        counter = FlopCounterMode(display=False)
        with torch.inference_mode(), counter:
            network(*images)
        return counter.get_total_flops() / 2e9

    return count


@pytest.fixture(scope="session")
def check_training() -> Callable[..., None]:
    """Every parameter but the named ones gets a gradient, and one small step lowers the loss."""

    def check(network: nn.Module, degraded: Tensor, target: Tensor, *, unused: Sequence[str] = ()) -> None:
        network.train()
        loss = (network(degraded) - target).abs().mean()
        loss.backward()
        without = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
        assert without == list(unused)
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        norm = sum(float(g.square().sum()) for g in gradients) ** 0.5
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.grad is not None:
                    parameter.sub_(parameter.grad, alpha=1e-3 / norm)
            assert (network(degraded) - target).abs().mean() < loss

    return check


@pytest.fixture(autouse=True)
def _one_seed() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
