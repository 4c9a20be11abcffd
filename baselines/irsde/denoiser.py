"""A denoising network made of a noise predictor and a sampler that starts at the noise of the image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from .denoising import DenoisingProcess, DenoisingSampler
from .objectives import denoising_likelihood_loss, denoising_matching_loss
from .sampling_network import SamplingNetwork

__all__ = ["Denoiser", "estimate_sigma"]

QUARTILE = 0.67448975
"""Median of the absolute value of a standard normal variable."""


def estimate_sigma(image: Tensor) -> float:
    """Estimate the standard deviation of white noise in an image (C, H, W), in its units; sides of at least 2 pixels.

    The median of the finest diagonal details of the Haar wavelet, divided by that of white noise of deviation 1
    (Donoho and Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 1994). Fine texture adds to it.
    """
    height, width = (side // 2 * 2 for side in image.shape[-2:])
    even, odd = image[:, 0:height:2, :width].float(), image[:, 1:height:2, :width].float()
    details = (even[..., 0::2] - even[..., 1::2] - odd[..., 0::2] + odd[..., 1::2]) / 2
    return float(details.abs().median()) / QUARTILE


class Denoiser(SamplingNetwork):
    """Denoising of (N, 3, H, W) RGB in [0, 1] by reversing the process from the noise of each image.

    Args:
        network: predicts the noise from the state and the time (N,).
        process: the process that the network is trained for.
        sampler: the reverse step.
        steps: number of network evaluations, at most those from the noise's time on, which is also the default.
        sigma: standard deviation of the noise in grey levels of 255; `None` to estimate it for each image.
    """

    def __init__(
        self,
        network: nn.Module,
        process: DenoisingProcess,
        sampler: DenoisingSampler,
        *,
        steps: int | None = None,
        sigma: float | None = None,
    ) -> None:
        super().__init__(network)
        self.process = process
        self.sampler: DenoisingSampler = sampler
        self.steps = steps
        self.sigma = sigma

    def forward(self, degraded: Tensor) -> Tensor:
        """Denoise (N, 3, H, W); the state stays in float32 even if the network runs in lower precision."""
        low = degraded.dtype in {torch.float16, torch.bfloat16}
        noisy = degraded.float() if low else degraded
        return torch.cat([self._denoise(image[None], degraded.dtype) for image in noisy]).to(degraded.dtype)

    def _denoise(self, noisy: Tensor, dtype: torch.dtype) -> Tensor:
        process = self.process.from_noise(self._noise_of(noisy), self.steps)

        def predict(x: Tensor, t: int) -> Tensor:
            times = torch.full((1,), float(process.times[t]), device=x.device)
            return self.network(x.to(dtype), times).to(x.dtype)

        x = noisy
        self.show(process.steps, process.steps, x)
        states = process.reverse(predict, noisy, kind=self.sampler, draw=self.noise_source(noisy))
        for t, x in zip(range(process.steps - 1, -1, -1), states, strict=True):
            self.show(t, process.steps, x)
        return x

    def _noise_of(self, noisy: Tensor) -> float:
        """Standard deviation of the noise as a fraction of the range, below the largest of the process."""
        sigma = estimate_sigma(noisy[0]) if self.sigma is None else self.sigma / 255
        return min(sigma, self.process.max_sigma)

    @property
    def training_objectives(self) -> Mapping[str, Callable[[Tensor, Tensor], Tensor]]:
        """Maximum likelihood (`irsde`) and noise matching (`irsde-noise`), of the clean images (N, 3, H, W) alone."""

        def predict(x: Tensor, t: Tensor) -> Tensor:
            return self.network(x, t.to(x.device)).to(x.dtype)

        def of_clean(loss: Callable[[Tensor], Tensor], _: Tensor, clean: Tensor) -> Tensor:
            return loss(clean)

        return {
            "irsde": partial(of_clean, partial(denoising_likelihood_loss, self.process, predict)),
            "irsde-noise": partial(of_clean, partial(denoising_matching_loss, self.process, predict)),
        }
