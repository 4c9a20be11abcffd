from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from helpers.optional import known
from restorebench.baselines.irsde import MeanRevertingProcess, MeanRevertingRestorer, irsde_nano
from restorebench.baselines.irsde import objectives as objectives_module
from restorebench.baselines.irsde.objectives import likelihood_loss, matching_loss, random_times
from restorebench.bench.registry.specs import bind_options
from restorebench.bench.training.objectives import HasObjectives
from safetensors.torch import load_file
from torch import Tensor, nn

T10 = MeanRevertingProcess(steps=10)


@pytest.fixture(scope="module")
def trajectories(fixtures: Path) -> dict[str, Tensor]:
    return load_file(fixtures / "parity/irsde/trajectories.safetensors")


def nano(**options: str) -> Any:
    return irsde_nano.build(**bind_options(irsde_nano.build, options, "model irsde-nano"))


def coefficients(t: int, steps: int = 100, eps: float = 0.005, peak: float = 10 / 255) -> dict[str, float]:
    """Every number of the paper at time t, from its equations, in float64."""
    a = np.cos((np.arange(steps + 3) / (steps + 2) + 0.008) / 1.008 * np.pi / 2) ** 2
    theta = 1 - a[1:-1] / a[0]
    sums = np.cumsum(theta) - theta[0]
    dt = -math.log(eps) / sums[-1]
    one, whole, before = (math.exp(-value * dt) for value in (theta[t], sums[t], sums[t - 1]))
    return {
        "theta": theta[t],
        "dt": dt,
        "variance": 2 * peak**2 * theta[t],
        "left": whole,
        "spread": peak * math.sqrt(1 - whole**2),
        "from_state": one * (1 - before**2) / (1 - whole**2),
        "from_clean": before * (1 - one**2) / (1 - whole**2),
    }


def drawn_as(monkeypatch: pytest.MonkeyPatch, times: Tensor, noise: Tensor) -> None:
    monkeypatch.setattr(objectives_module, "random_times", lambda *_: (times, noise))


def test_the_loss_is_that_of_the_papers_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    degraded, clean = torch.rand(2, 3, 3, 5, 4, dtype=torch.float64).unbind(0)
    noise, predicted = torch.randn(2, *clean.shape, dtype=torch.float64).unbind(0)
    times = torch.tensor([1, 40, 100])
    drawn_as(monkeypatch, times, noise)
    distances: list[np.ndarray] = []
    for index, t in enumerate(times.tolist()):
        k = coefficients(t)
        mu, x0, n, guess = (value[index].numpy() for value in (degraded, clean, noise, predicted))
        x = mu + (x0 - mu) * k["left"] + k["spread"] * n
        expected = x - (k["theta"] * (mu - x) + k["variance"] * guess / k["spread"]) * k["dt"]
        optimal = k["from_state"] * (x - mu) + k["from_clean"] * (x0 - mu) + mu
        distances.append(np.abs(expected - optimal))
    loss = likelihood_loss(MeanRevertingProcess(), lambda *_: predicted, degraded, clean)
    assert float(loss) == pytest.approx(np.mean(distances), rel=2e-4)  # the tables are float32
    difference = np.abs(predicted.numpy() - noise.numpy()).mean()
    assert float(matching_loss(MeanRevertingProcess(), lambda *_: predicted, degraded, clean)) == pytest.approx(
        difference
    )


@pytest.mark.parametrize("k", [0, 4, 8])
def test_the_loss_is_that_of_recorded_official_steps(
    trajectories: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    """The official expected step is the recorded state without its fresh noise; the optimal one is of the same x_t."""
    t, clean, degraded = 10 - k, trajectories["T10/x0"], trajectories["T10/mu"]
    states = trajectories["T10/sde/states"]
    x = trajectories["T10/xT"] if k == 0 else states[[k - 1]]
    sigma = float(trajectories["sched/T10/sigmas"][t])
    fresh = sigma * math.sqrt(float(trajectories["sched/T10/dt"])) * trajectories["T10/noise_steps"][[k]]
    expected = states[[k]] + fresh
    numbers = coefficients(t, steps=10)
    optimal = numbers["from_state"] * (x - degraded) + numbers["from_clean"] * (clean - degraded) + degraded
    noise = (x - degraded - (clean - degraded) * numbers["left"]) / numbers["spread"]
    drawn_as(monkeypatch, torch.tensor([t]), noise)
    predicted = trajectories["T10/sde/pred_noise"][[k]]
    loss = likelihood_loss(T10, lambda *_: predicted, degraded, clean)
    assert float(loss) == pytest.approx(float((expected - optimal).abs().mean()), rel=1e-4)


def test_the_optimal_step_is_the_recorded_one(trajectories: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that led to the recorded optimal states would have a loss of zero."""
    clean, degraded = trajectories["T10/x0"], trajectories["T10/mu"]
    states = torch.cat((trajectories["T10/xT"], trajectories["T10/optimal/states"]))
    for k, t in enumerate(range(10, 0, -1)):
        x, after, numbers = states[[k]], states[[k + 1]], coefficients(t, steps=10)
        drift = numbers["theta"] * (degraded - x)
        score = ((after - x) / numbers["dt"] + drift) / numbers["variance"]
        noise = (x - degraded - (clean - degraded) * numbers["left"]) / numbers["spread"]
        drawn_as(monkeypatch, torch.tensor([t]), noise)
        perfect = -numbers["spread"] * score
        loss = likelihood_loss(T10, lambda *_, perfect=perfect: perfect, degraded, clean)
        assert float(loss) < 1e-6 < float(likelihood_loss(T10, lambda *_, p=perfect: p + 0.1, degraded, clean))


def test_the_gradient_of_one_number_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that predicts one number w everywhere: the gradient is the signs' mean times sigma^2 dt / sigma_bar."""
    degraded, clean = torch.rand(2, 1, 3, 6, 6, dtype=torch.float64).unbind(0)
    noise, t = torch.randn(clean.shape, dtype=torch.float64), 60
    drawn_as(monkeypatch, torch.tensor([t]), noise)
    k = coefficients(t)
    step = k["variance"] * k["dt"] / k["spread"]
    x = degraded + (clean - degraded) * k["left"] + k["spread"] * noise
    optimal = k["from_state"] * (x - degraded) + k["from_clean"] * (clean - degraded) + degraded
    for start in (-2.0, 0.3, 2.0):
        weight = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        likelihood_loss(MeanRevertingProcess(), lambda x, *_, w=weight: w.expand_as(x), degraded, clean).backward()
        expected = x - k["theta"] * (degraded - x) * k["dt"] - step * start
        gradient = -step * torch.sign(expected - optimal).mean()
        assert float(known(weight.grad)) == pytest.approx(float(gradient), rel=1e-3)


class OneNumber(nn.Module):
    """Predicts the noise as the right linear function of the state, times one number."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(()))
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor, degraded: Tensor, t: Tensor) -> Tensor:
        self.seen.append(t)
        spread = MeanRevertingProcess().sigma_bars[t].to(x).view(-1, 1, 1, 1)
        return self.scale * (x - degraded) / spread


@pytest.mark.parametrize("name", ["irsde", "irsde-noise"])
def test_the_optimum_for_an_undegraded_image_is_found(name: str) -> None:
    """Where the clean image is the degraded one, x_t - mu is pure noise, which the scale 1 predicts without error."""
    process, network = MeanRevertingProcess(), OneNumber()
    restorer = MeanRevertingRestorer(network, process, "posterior")
    assert isinstance(restorer, HasObjectives)
    images = torch.rand(16, 3, 4, 4)
    optimiser = torch.optim.Adam(restorer.parameters(), lr=0.05)
    torch.manual_seed(0)
    for _ in range(150):
        optimiser.zero_grad()
        restorer.training_objectives[name](images, images).backward()
        optimiser.step()
    assert float(network.scale.detach()) == pytest.approx(1, abs=0.06)
    times = torch.cat(network.seen)
    assert (int(times.min()), int(times.max())) == (1, 100)
    assert len(torch.unique(times)) == 100


def test_times_are_uniform_and_differ_between_images() -> None:
    torch.manual_seed(0)
    times, noise = random_times(T10, torch.zeros(4000, 1, 1, 1))
    counts = torch.bincount(times, minlength=11)
    assert counts[0] == 0
    assert ((counts[1:] - 400).abs() < 5 * math.sqrt(400)).all()
    assert float(noise.std()) == pytest.approx(1, abs=0.05)


def test_few_steps_are_for_sampling_alone() -> None:
    images = torch.rand(2, 3, 12, 12)
    losses: list[float] = []
    for steps in ("100", "5"):
        torch.manual_seed(1)
        network = nano(steps=steps)
        torch.manual_seed(2)
        losses.append(float(network.training_objectives["irsde"](images, images.flip(0)).detach()))
    assert losses[0] == losses[1]


@pytest.mark.parametrize("predicts", ["noise", "balanced"])
@pytest.mark.parametrize("name", ["irsde", "irsde-noise"])
def test_every_parameter_learns(name: str, predicts: str) -> None:
    degraded, clean = torch.rand(2, 4, 3, 12, 12).unbind(0)
    network = nano(predicts=predicts).train()

    def loss() -> Tensor:
        torch.manual_seed(3)
        return network.training_objectives[name](degraded, clean)

    before = loss()
    before.backward()
    assert all(known(parameter.grad).abs().max() > 0 for parameter in network.parameters())
    norm = torch.stack([known(parameter.grad).norm() for parameter in network.parameters()]).norm()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.sub_(known(parameter.grad) / norm, alpha=1e-3)
        assert loss() < before
