from __future__ import annotations

import math
from typing import Any, get_args

import pytest
import torch
from restorebench.baselines.irsde.denoiser import Denoiser, estimate_sigma
from restorebench.baselines.irsde.denoising import DenoisingProcess, DenoisingSampler
from restorebench.baselines.irsde.denoising_models import denoising_sde_nano
from restorebench.baselines.irsde.objectives import denoising_likelihood_loss, denoising_matching_loss
from restorebench.bench.datasets import open_dataset
from restorebench.bench.errors import UsageError
from restorebench.bench.registry.options import bind_options
from scipy.integrate import quad
from torch import Tensor, nn

SAMPLERS: tuple[DenoisingSampler, ...] = get_args(DenoisingSampler)


class Prior(nn.Module):
    """The best predictor for images whose pixels are independent and normal, with mean 1/2 and deviation `width`."""

    def __init__(self, process: DenoisingProcess, width: float) -> None:
        super().__init__()
        self.process = process
        self.width = width

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        spread = self.process.sigma_bars[t.long()].to(x).view(-1, 1, 1, 1)
        return spread * (x - 0.5) / (self.width**2 + spread**2)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_normal_image_is_restored_as_theory_says(sampler: DenoisingSampler) -> None:
    process, width, sigma = DenoisingProcess(), 0.2, 50.0
    start = process.start_step(sigma)
    whole = width**2 + float(process.sigma_bars[start]) ** 2
    denoiser = Denoiser(Prior(process, width), process, sampler, sigma=sigma)
    noisy = whole**0.5 * torch.randn(1, 3, 128, 128, generator=torch.Generator().manual_seed(77))
    restored = denoiser(0.5 + noisy) - 0.5
    share = remaining_share(process, start, width, stochastic=sampler != "ode")
    assert float((restored * noisy).mean() / (noisy**2).mean()) == pytest.approx(share, abs=0.01)
    assert float(restored.std()) == pytest.approx(width, rel=0.05)  # the samples have the deviation of clean images


def remaining_share(process: DenoisingProcess, start: int, width: float, *, stochastic: bool) -> float:
    """Regression of the clean image on the noisy one, in the limit of small steps.

    With u = exp(-2 Theta), the drift of the SDE is -(1 + u) lambda^2 / (s^2 + lambda^2 (1 - u)) (x - 1/2) for each unit
    of Theta, and that of the flow has u instead of 1 + u.
    """
    lambda2 = process.max_sigma**2

    def drift(u: float) -> float:
        return (stochastic + u) * lambda2 / (width**2 + lambda2 * (1 - u)) / (2 * u)

    left = math.exp(-2 * float(process.theta_sums[start]) * process.dt)
    return math.exp(-quad(drift, left, 1)[0])


@pytest.mark.parametrize("sigma", [15, 25, 50])
def test_the_noise_of_photographs_is_estimated(sigma: int) -> None:
    for pair in open_dataset("quickstart-noise", sigma=sigma):
        noisy = torch.from_numpy(pair.degraded.read()).permute(2, 0, 1) / 255
        assert 255 * estimate_sigma(noisy) == pytest.approx(sigma, rel=0.2)  # clipping in dark photographs lowers it


def test_the_estimate_of_unclipped_noise_is_exact() -> None:
    noise = 0.1 * torch.randn(3, 301, 400, generator=torch.Generator().manual_seed(1))
    assert estimate_sigma(0.5 + noise) == pytest.approx(0.1, rel=0.01)


def test_a_restoration_starts_at_the_noise_and_takes_as_many_steps_as_asked() -> None:
    image = torch.rand(1, 3, 17, 20)
    for options, expected in (({"sigma": "25"}, 21), ({"sigma": "25", "steps": "5"}, 5), ({"sigma": "15"}, 14)):
        denoiser, seen = nano(**options), []
        denoiser.on_state = lambda left, steps, _, seen=seen: seen.append((left, steps))
        denoiser(image)
        assert seen == [(left, expected) for left in range(expected, -1, -1)]


def test_an_image_is_restored_alike_alone_and_in_a_batch() -> None:
    denoiser = nano(steps="3")
    batch = torch.rand(2, 3, 20, 24) * torch.tensor([0.3, 1.0]).view(2, 1, 1, 1)  # of different noise
    torch.testing.assert_close(denoiser(batch)[1:], denoiser(batch[1:]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": "0"}, "steps=0 from 1 to T"),
        ({"sigma": "80"}, "not above max_sigma=75"),
        ({"sigma": "0"}, "must lie above 0"),
        ({"max_sigma": "1"}, "above 1 grey level"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        nano(**options)


def test_the_losses_vanish_for_the_true_noise_and_grow_with_its_error() -> None:
    process, clean = DenoisingProcess(), torch.rand(8, 3, 16, 16, dtype=torch.float64)

    def off_by(error: float) -> Any:
        def predict(x: Tensor, t: Tensor) -> Tensor:
            return process.true_noise(x, clean, clean, t) + error

        return predict

    for loss in (denoising_likelihood_loss, denoising_matching_loss):
        values = []
        for error in (0.0, 0.5, 1.0):
            torch.manual_seed(5)
            values.append(float(loss(process, off_by(error), clean)))
        # The Euler step with the true noise differs from the most likely step by an error of second order.
        assert values[0] < 0.1 * values[1]
        assert values[1] < values[2]
    torch.manual_seed(5)
    assert float(denoising_matching_loss(process, off_by(0.5), clean)) == pytest.approx(0.5, abs=1e-6)


def nano(**options: str) -> Any:
    return denoising_sde_nano.build(
        **bind_options(denoising_sde_nano.build, options, "model denoising-sde-nano")
    ).eval()
