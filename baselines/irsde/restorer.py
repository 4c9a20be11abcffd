"""A restoration network made of a noise predictor and a sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from functools import partial

import torch
from torch import Tensor, nn

from .objectives import likelihood_loss, matching_loss
from .prediction import PredictionKind, balanced_estimate
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
        process: the process that the network is trained for.
        sampler: the reverse step.
        steps: number of network evaluations, at most T of the process; `None` for T.
        predicts: what the network outputs; see `prediction.py`.
    """

    def __init__(
        self,
        network: nn.Module,
        process: MeanRevertingProcess,
        sampler: SamplerName,
        *,
        steps: int | None = None,
        predicts: PredictionKind = "noise",
    ) -> None:
        super().__init__()
        self.network = network
        self.trained = process
        self.process = process.thinned(steps or process.steps)
        self.sampler: SamplerName = sampler
        self.predicts: PredictionKind = predicts
        self.seed = 0
        self.on_state: Callable[[int, int, Tensor], None] | None = None
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
            times = torch.full((len(x),), float(self.process.times[t]), device=x.device)
            output = self.network(x.to(degraded.dtype), degraded, times).to(x.dtype)
            return self._noise(self.process, output, x, mean, t)

        steps = self.process.steps
        x = start = mean + self.process.max_sigma * draw(steps)
        self._show(steps, start)
        states = reverse(self.process, self.sampler, predict, start=start, degraded=mean, draw=draw)
        for t, x in zip(range(steps - 1, -1, -1), states, strict=True):
            self._show(t, x)
        return x.to(degraded.dtype)

    def _show(self, t: int, state: Tensor) -> None:
        if self.on_state is not None:
            self.on_state(t, self.process.steps, state)

    @property
    def training_objectives(self) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
        """Maximum likelihood (`irsde`) and noise matching (`irsde-noise`), of degraded and clean (N, 3, H, W)."""

        def predict(x: Tensor, degraded: Tensor, t: Tensor) -> Tensor:
            output = self.network(x, degraded, t.to(x.device)).to(x.dtype)
            return self._noise(self.trained, output, x, degraded, t)

        return {
            "irsde": partial(likelihood_loss, self.trained, predict),
            "irsde-noise": partial(matching_loss, self.trained, predict),
        }

    def _noise(
        self, process: MeanRevertingProcess, output: Tensor, x: Tensor, degraded: Tensor, t: int | Tensor
    ) -> Tensor:
        """Noise in the state `x` according to the network's output."""
        if self.predicts == "noise":
            return output
        return process.true_noise(x, balanced_estimate(process, output, x, degraded, t), degraded, t)


def _drop_prefix(_: nn.Module, state: MutableMapping[str, Tensor], prefix: str, __: Mapping[str, object]) -> None:
    """Rename `network.KEY` to `KEY`, in place and in the same order."""
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + key.removeprefix(prefix + _PREFIX)] = state.pop(key)


def _add_prefix(_: nn.Module, state: MutableMapping[str, Tensor], prefix: str, *__: object) -> None:
    """Inverse of `_drop_prefix`."""
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + _PREFIX + key.removeprefix(prefix)] = state.pop(key)
