"""A restoration network made of a noise predictor and a sampler."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, MutableMapping

import torch
from torch import Tensor, nn

from .process import MeanRevertingProcess
from .samplers import SamplerName, reverse

__all__ = ["MeanRevertingRestorer"]

_PREFIX = "network."


class MeanRevertingRestorer(nn.Module):
    """Restoration of (N, 3, H, W) RGB in [0, 1] by reversing the process; the output is not clamped.

    The state dict is that of the noise predictor, so official checkpoints load unchanged. Noise is drawn on the CPU
    from the seed alone, the same for every image of a batch, so results depend neither on the device, nor on the
    batch, nor on earlier calls.

    Args:
        network: predicts noise from the state, the degraded image and the time (N,).
        process: the process to reverse; its `steps` is the number of network evaluations.
        sampler: the reverse step.
        trained_steps: T of the network's training; times are stretched to it if `process` has fewer steps.
    """

    def __init__(
        self, network: nn.Module, process: MeanRevertingProcess, sampler: SamplerName, trained_steps: int
    ) -> None:
        super().__init__()
        self.network = network
        self.process = process
        self.sampler: SamplerName = sampler
        self.stretch = trained_steps / process.steps
        self.seed = 0
        self.register_state_dict_post_hook(_drop_prefix)  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        self.register_load_state_dict_pre_hook(_add_prefix)  # pyright: ignore[reportUnknownMemberType] -- as above

    def manual_seed(self, seed: int) -> None:
        """Set the seed of the noise in subsequent calls."""
        self.seed = seed

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore (N, 3, H, W) with sides above 8 pixels.

        The state stays in float32 even if the network runs in lower precision.
        """
        mean = degraded.float() if degraded.dtype in {torch.float16, torch.bfloat16} else degraded
        generator = torch.Generator("cpu").manual_seed(self.seed)

        def draw(_: int) -> Tensor:
            return torch.randn((1, *mean.shape[1:]), generator=generator, device="cpu").to(mean)

        def predict(x: Tensor, _: Tensor, t: int) -> Tensor:
            times = torch.full((len(x),), t * self.stretch, device=x.device)
            return self.network(x.to(degraded.dtype), degraded, times).to(x.dtype)

        start = mean + self.process.max_sigma * draw(self.process.steps)
        states = reverse(self.process, self.sampler, predict, start=start, degraded=mean, draw=draw)
        return deque(states, maxlen=1).pop().to(degraded.dtype)

    def matching_loss(self, degraded: Tensor, clean: Tensor) -> Tensor:
        """Compute the training loss for images (N, 3, H, W): a scalar mean absolute error.

        At a random time for each image, it compares the reverse SDE's expected step for the predicted noise with the
        most likely step (section 3.3 of the paper).
        """
        process = self.process
        t = torch.randint(1, process.steps + 1, (len(clean),))
        x = process.state(clean, degraded, t, torch.randn(clean.shape).to(clean))
        score = process.score(self.network(x, degraded, (t * self.stretch).to(x.device)), t)
        theta, sigma = (table[t].to(x).view(-1, 1, 1, 1) for table in (process.thetas, process.sigmas))
        expected = x - (theta * (degraded - x) - sigma**2 * score) * process.dt
        return (expected - process.optimal_step(x, clean, degraded, t)).abs().mean()


def _drop_prefix(_: nn.Module, state: MutableMapping[str, Tensor], prefix: str, __: Mapping[str, object]) -> None:
    """Rename `network.KEY` to `KEY`, in place and in the same order."""
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + key.removeprefix(prefix + _PREFIX)] = state.pop(key)


def _add_prefix(_: nn.Module, state: MutableMapping[str, Tensor], prefix: str, *__: object) -> None:
    """Inverse of `_drop_prefix`."""
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + _PREFIX + key.removeprefix(prefix)] = state.pop(key)
