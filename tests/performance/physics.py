"""What the physics layers cost: their share of a network's MACs and time, and how the time grows with the steps.

`+pde` is the explicit layer, `+pde-global` the one without a limit on the step.

Run: python tests/performance/physics.py
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from restorebench.baselines.physics import AdvectionDiffusion
from restorebench.bench.models.entries import MODELS
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).parents[1]))

from performance.rivals.turns import take_turns

ROUNDS = 9
NANO = ("nafnet-nano", "restormer-nano", "fftformer-nano", "stripformer-nano")
FULL = ("nafnet-width32", "nafnet-width64", "restormer", "fftformer", "stripformer")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def gmacs(network: nn.Module, image: Tensor) -> float:
    counter = FlopCounterMode(display=False)
    with torch.inference_mode(), counter:
        network(image)
    return counter.get_total_flops() / 2e9


def medians(*jobs: Callable[[], object]) -> list[float]:
    """Median seconds of each job; they take turns, so that a busy machine slows all alike."""
    turns = take_turns({str(number): job for number, job in enumerate(jobs)}, fewest=ROUNDS)
    return [turns.seconds(name, "wall") for name in turns.took]


@torch.inference_mode()
def share(name: str, suffix: str) -> None:
    """Of one network at 256x256."""
    image = torch.rand(1, 3, 256, 256)
    base, physics = (MODELS.get(each).build().eval() for each in (name, f"{name}{suffix}"))
    costs = [gmacs(network, image) for network in (base, physics)]
    layer = physics.get_submodule("physics.layer")
    seen: list[Tensor] = []
    hook = layer.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    physics(image)
    hook.remove()
    whole, alone = medians(lambda: physics(image), lambda: layer(seen[0]))
    say(
        f"{name + suffix:26} GMACs {costs[0]:7.3f} + {costs[1] - costs[0]:.3f} ({(costs[1] / costs[0] - 1):6.2%})   "
        f"share of time {alone / whole:6.2%}"
    )


@torch.inference_mode()
def growth() -> None:
    """Of the layer at NAFNet-width32's bottleneck for a 720p frame."""
    layer, x = AdvectionDiffusion(512, steps=1).eval(), torch.rand(1, 512, 45, 80)

    def run(steps: int) -> Callable[[], object]:
        def job() -> object:
            layer.steps = steps
            return layer(x)

        return job

    wanted = (1, 2, 4, 8, 16)
    times = medians(*(run(steps) for steps in wanted))
    ratios = ", ".join(f"K={steps}: {taken / times[0]:.2f}" for steps, taken in zip(wanted, times, strict=True))
    say(f"time of the layer relative to one step: {ratios}")


if __name__ == "__main__":
    for each in NANO + FULL:
        for added in ("+pde", "+pde-global"):
            share(each, added)
    growth()
