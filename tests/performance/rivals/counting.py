"""MACs of a network by other counters: how long they take, and what they make of it."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.profiling.profiled_model import open_profiled_model
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .contest import Contest, Rival, absent, is_installed, library

ROOM = "MACs"
NETWORKS = ("nafnet-width32-notlc", "restormer-nano")
SIDE = 256
GIGA = 1e9


def contests() -> Iterator[Contest]:
    """A convolutional network and one with products in its attention; both return GMACs."""
    for name in NETWORKS:
        profiled = open_profiled_model(name)

        def ours(model: Any = profiled) -> float:
            return model.count((SIDE, SIDE), InferenceSettings()).total("conv+linear+matmul") / GIGA

        yield Contest(ROOM, name, ours, tuple(rivals(profiled.network)), 0, 3)


def rivals(network: Callable[[], nn.Module]) -> Iterator[Rival]:
    """Each with a network of its own, as some leave hooks behind; all but ours need data."""
    yield Rival("torch.utils.flop_counter", counted(by_torch, network()), "products alone; FLOPs, halved here")
    if is_installed("fvcore"):
        yield Rival("fvcore", counted(by_fvcore, network()), "traces; what its table does not have is 0")
    else:
        yield absent("fvcore", "fvcore")
    if is_installed("ptflops"):
        for backend, note in (
            ("aten", "products, and a MAC for each bias"),
            ("pytorch", "by modules: adds biases and elementwise work; `@` is 0"),
        ):
            yield Rival(f"ptflops, {backend}", counted(by_ptflops(backend), network()), note)
    else:
        yield absent("ptflops", "ptflops")
    if is_installed("calflops", "transformers", "accelerate"):
        yield Rival("calflops", counted(by_calflops, network()), "by functions that it patches: `@` is 0")
    else:
        yield absent("calflops", "calflops")
    if is_installed("thop"):
        yield Rival("thop", counted(by_thop, network()), "by modules: `@` is 0")
    else:
        yield absent("thop", "thop")


def counted(count: Callable[[nn.Module, torch.Tensor], float], network: nn.Module) -> Callable[[], float]:
    """A counter at work on one image, silent and without gradients; in GMACs."""
    image = torch.zeros(1, 3, SIDE, SIDE)

    def run() -> float:
        with (
            torch.no_grad(),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            logging.getLogger("fvcore").setLevel(logging.ERROR)
            return count(network, image) / GIGA

    return run


def by_torch(network: nn.Module, image: torch.Tensor) -> float:
    with FlopCounterMode(display=False) as counter:
        network(image)
    return counter.get_total_flops() / 2


def by_fvcore(network: nn.Module, image: torch.Tensor) -> float:
    from fvcore.nn import FlopCountAnalysis

    analysis: Any = FlopCountAnalysis(network, image)
    analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")  # noqa: FBT003 -- fvcore's signature
    return float(analysis.total())


def by_ptflops(backend: str) -> Callable[[nn.Module, torch.Tensor], float]:
    def count(network: nn.Module, image: torch.Tensor) -> float:
        found = library("ptflops").get_model_complexity_info(
            network, tuple(image.shape[1:]), as_strings=False, print_per_layer_stat=False, backend=backend
        )
        return float(found[0])

    return count


def by_calflops(network: nn.Module, image: torch.Tensor) -> float:
    found = library("calflops").calculate_flops(
        network, input_shape=tuple(image.shape), output_as_string=False, print_results=False, print_detailed=False
    )
    return float(found[1])


def by_thop(network: nn.Module, image: torch.Tensor) -> float:
    found = library("thop").profile(network, inputs=(image,), verbose=False)
    return float(found[0])
