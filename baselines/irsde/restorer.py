"""A restoration network made of a noise predictor and a sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from .objectives import likelihood_loss, matching_loss
from .prediction import PredictionKind, balanced_estimate
from .process import MeanRevertingProcess
from .samplers import SamplerName, reverse
from .sampling_network import SamplingNetwork

__all__ = ["MeanRevertingRestorer"]


class MeanRevertingRestorer(SamplingNetwork):
    """Restoration of (N, 3, H, W) RGB in [0, 1] by reversing the process; the output is not clamped.

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
        super().__init__(network)
        self.trained = process
        self.process = process.thinned(steps or process.steps)
        self.sampler: SamplerName = sampler
        self.predicts: PredictionKind = predicts

    def forward(self, degraded: Tensor) -> Tensor:
        """Restore (N, 3, H, W) with sides above 8 pixels.

        The state stays in float32 even if the network runs in lower precision.
        """
        mean = degraded.float() if degraded.dtype in {torch.float16, torch.bfloat16} else degraded
        draw = self.noise_source(mean)

        def predict(x: Tensor, _: Tensor, t: int) -> Tensor:
            times = torch.full((len(x),), float(self.process.times[t]), device=x.device)
            output = self.network(x.to(degraded.dtype), degraded, times).to(x.dtype)
            return self._noise(self.process, output, x, mean, t)

        steps = self.process.steps
        x = start = mean + self.process.max_sigma * draw(steps)
        self.show(steps, steps, start)
        states = reverse(self.process, self.sampler, predict, start=start, degraded=mean, draw=draw)
        for t, x in zip(range(steps - 1, -1, -1), states, strict=True):
            self.show(t, steps, x)
        return x.to(degraded.dtype)

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
