from __future__ import annotations

import json
import math
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from restorebench.baselines.irsde import (
    ConditionalUNet,
    DenoisingProcess,
    MeanRevertingProcess,
    MeanRevertingRestorer,
    irsde_deblur,
    irsde_derain,
    irsde_nano,
    refusion,
)
from restorebench.baselines.irsde.samplers import SAMPLERS, SamplerName, reverse
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import ModelEntry
from restorebench.bench.registry.specs import bind_options
from safetensors.torch import load_file
from torch import Tensor, nn

T10 = MeanRevertingProcess(steps=10)


def close(actual: Tensor, expected: Tensor, atol: float):
    torch.testing.assert_close(actual, expected, rtol=0, atol=atol)


@pytest.fixture(scope="module")
def unet(parity: Callable[[str], Any]):
    recorded = parity("irsde/unet")
    network = ConditionalUNet(width=8).eval()
    network.load_state_dict(recorded.state)
    return network, recorded


@pytest.fixture(scope="module")
def trajectories(fixtures: Path):
    return load_file(fixtures / "parity/irsde/trajectories.safetensors")


@pytest.fixture(scope="module")
def uniform(fixtures: Path):
    """The numbers that the noise of the long trajectories is made of."""
    return runpy.run_path(str(fixtures / "parity/weights_recipe.py"))["uniform01"]


@pytest.mark.parametrize("t", [1, 37, 100])
@pytest.mark.parametrize("size", ["div_48x32", "odd_35x30"])
def test_unet_matches_the_official_network(unet: tuple[nn.Module, Any], size: str, t: int):
    network, recorded = unet
    with torch.inference_mode():
        noise = network(recorded[f"in/{size}/xt"], recorded[f"in/{size}/cond"], t)
    close(noise, recorded[f"out/{size}_t{t}"], 1e-5)


def test_unet_takes_a_time_for_each_image(unet: tuple[nn.Module, Any]):
    network, recorded = unet
    with torch.inference_mode():
        noise = network(recorded["in/batch/xt"], recorded["in/batch/cond"], torch.tensor([5, 90]))
    close(noise, recorded["out/batch_t5_90"], 1e-5)


@pytest.mark.parametrize(
    ("entry", "name"),
    [(irsde_derain, "irsde_deraining"), (irsde_deblur, "irsde_deblurring"), (refusion, "refusion_nafnet")],
)
def test_has_the_official_state_dict_and_loads_it(entry: ModelEntry, name: str, manifest: Callable[[str], Any]):
    with torch.device("meta"):
        network = entry()
        state = network.state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(name)
    network.load_state_dict(state, assign=True)
    with pytest.raises(RuntimeError, match="Unexpected key"):
        network.load_state_dict({**state, "stray": torch.zeros(1)}, assign=True)
    with pytest.raises(RuntimeError, match="Missing key"):
        network.load_state_dict(dict(list(state.items())[1:]), assign=True)


@pytest.mark.parametrize(("entry", "per_step"), [(irsde_derain, 380.742), (refusion, 63.177)])
def test_counts_the_known_operations_of_every_step(entry: ModelEntry, per_step: float, gmacs: Callable[..., float]):
    assert gmacs(lambda: entry.build(steps=2)) == pytest.approx(2 * per_step, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "process"),
    [
        ("irsde_T100_cosine_s10_eps0.005", MeanRevertingProcess()),
        ("irsde_T100_cosine_s50_eps0.005", MeanRevertingProcess(max_sigma=50)),
        ("irsde_T10_cosine_s10_eps0.005", T10),
        ("irsde_T100_linear_s10_eps0.005", MeanRevertingProcess(schedule="linear")),
        ("irsde_T100_constant_s10_eps0.005", MeanRevertingProcess(schedule="constant")),
        ("denoising_T100_cosine_s75", DenoisingProcess()),
    ],
)
def test_schedules(fixtures: Path, name: str, process: MeanRevertingProcess):
    recorded = load_file(fixtures / "parity/irsde/schedules.safetensors")
    description = json.loads((fixtures / "parity/irsde/schedules.json").read_text())["schedules"][name]
    for key, table in {
        "thetas": process.thetas,
        "sigmas": process.sigmas,
        "thetas_cumsum": process.theta_sums,
        "sigma_bars": process.sigma_bars,
    }.items():
        torch.testing.assert_close(table, recorded[f"sched/{name}/{key}"], rtol=1e-6, atol=1e-6, msg=key)
    assert process.dt == pytest.approx(description["dt"], abs=1e-6)
    for t, std in enumerate(description.get("posterior_std") or [], start=1):
        assert SAMPLERS["posterior"](process, t).fresh == pytest.approx(std, abs=1e-6)
    for sigma, t in description.get("optimal_timestep", {}).items():
        assert isinstance(process, DenoisingProcess)
        assert process.start_step(float(sigma)) == t


def test_max_sigma_in_grey_levels_or_as_a_fraction():
    assert MeanRevertingProcess(max_sigma=1).max_sigma == 1 / 255
    assert MeanRevertingProcess(max_sigma=0.5).max_sigma == 0.5
    assert DenoisingProcess(max_sigma=1).max_sigma == 1


@pytest.mark.parametrize("sampler", ["sde", "ode", "posterior"])
def test_trajectory_of_ten_steps(unet: tuple[nn.Module, Any], trajectories: dict[str, Tensor], sampler: SamplerName):
    network, _ = unet
    noise, predicted = trajectories["T10/noise_steps"], []

    def predict(x: Tensor, degraded: Tensor, t: int) -> Tensor:
        predicted.append(network(x, degraded, t))
        return predicted[-1]

    with torch.inference_mode():
        states = reverse(
            T10,
            sampler,
            predict,
            start=trajectories["T10/xT"],
            degraded=trajectories["T10/mu"],
            draw=lambda t: noise[[10 - t]],
        )
        # Rounding of the network grows with the states, which reach 25; the recorded tolerance is 5e-5.
        close(torch.cat(list(states)), trajectories[f"T10/{sampler}/states"], 5e-5)
    close(torch.cat(predicted), trajectories[f"T10/{sampler}/pred_noise"], 5e-5)


@pytest.mark.parametrize("sampler", ["sde", "ode", "posterior"])
def test_trajectory_of_a_hundred_steps(
    unet: tuple[nn.Module, Any],
    trajectories: dict[str, Tensor],
    sampler: SamplerName,
    uniform: Callable[..., np.ndarray],
):
    network, _ = unet
    degraded = trajectories["T100/mu"]

    def draw(t: int) -> Tensor:
        return torch.from_numpy((uniform(f"step_T100_{t}", degraded.shape, 5) - 0.5) * math.sqrt(12)).float()

    with torch.inference_mode():
        start = trajectories["T100/xT"]
        process = MeanRevertingProcess()
        states = list(reverse(process, sampler, network, start=start, degraded=degraded, draw=draw))
    close(torch.cat(states[9::10]), trajectories[f"T100/{sampler}/states_every10"], 2e-4)
    close(states[-1], trajectories[f"T100/{sampler}/final"], 2e-4)


def test_the_forward_process_and_its_closed_forms(trajectories: dict[str, Tensor]):
    clean, degraded, noise = (trajectories[f"T10/{name}"] for name in ("x0", "mu", "noise_steps"))
    x = clean
    for t in range(1, 11):
        x = T10.forward_step(x, degraded, t, noise[[t - 1]])
    close(x, trajectories["T10/forward/final"], 1e-6)
    start = degraded + T10.max_sigma * trajectories["T10/noise_init"]
    close(start, trajectories["T10/xT"], 1e-6)
    for index, t in enumerate((1, 5, 10)):
        close(T10.mu_bar(clean, degraded, t), trajectories["T10/mu_bar"][[index]], 1e-6)


def test_the_most_likely_path_leads_to_the_clean_image(trajectories: dict[str, Tensor]):
    clean, degraded = trajectories["T10/x0"], trajectories["T10/mu"]
    x, states = trajectories["T10/xT"], []
    for t in range(10, 0, -1):
        x = T10.optimal_step(x, clean, degraded, t)
        states.append(x)
    close(torch.cat(states), trajectories["T10/optimal/states"], 1e-6)
    close(x, clean, 1e-6)


def test_noise_and_clean_estimate_invert_the_state():
    clean, degraded, noise = torch.rand(3, 2, 3, 4, 5, dtype=torch.float64).unbind(0)
    t = torch.tensor([3, 100])
    process = MeanRevertingProcess()
    x = process.state(clean, degraded, t, noise)
    close(process.true_noise(x, clean, degraded, t), noise, 1e-9)
    close(process.clean_estimate(x, degraded, noise, t), clean, 1e-9)
    close(process.score(noise, t)[1], -noise[1] / float(process.sigma_bars[100]), 1e-9)


def test_posterior_step_with_the_true_noise_is_the_most_likely_step():
    clean, degraded, noise = torch.rand(3, 1, 3, 4, 5).unbind(0)
    for t in (1, 2, 50, 100):
        process = MeanRevertingProcess()
        x = process.state(clean, degraded, t, noise)
        step = SAMPLERS["posterior"](process, t)
        close(step(x, degraded, noise, None), process.optimal_step(x, clean, degraded, t), 1e-6)


@pytest.mark.parametrize("kind", ["sde", "ode"])
def test_denoising_with_a_perfect_predictor_finds_the_image(kind: Literal["sde", "ode"]):
    process = DenoisingProcess().from_noise(25)
    clean = torch.full((1, 3, 32, 32), 0.5, dtype=torch.float64)
    noisy = clean + 25 / 255 * torch.randn_like(clean)

    def predict(x: Tensor, t: int) -> Tensor:
        return (x - clean) / float(process.sigma_bars[t])

    states = list(process.reverse(predict, noisy, kind=kind, draw=lambda _: torch.randn_like(clean)))
    assert len(states) == DenoisingProcess().start_step(25) == 21
    assert (states[-1] - clean).std() < 0.2 * (noisy - clean).std()
    # On the way the spread follows the schedule.
    middle = float(process.sigma_bars[10])
    assert (states[10] - clean).std() == pytest.approx(middle, rel=0.2)


def test_denoising_refuses_noise_beyond_the_process():
    with pytest.raises(ValueError, match="above the maximum"):
        DenoisingProcess().start_step(80)


def nano(**options: str) -> Any:
    return irsde_nano.build(**bind_options(irsde_nano.build, options, "model irsde-nano")).eval()


def test_the_seed_alone_decides_the_noise():
    network, image = nano(T="3"), torch.rand(1, 3, 13, 18)
    with torch.inference_mode():
        first = network(image)
        torch.randn(7)
        assert torch.equal(network(image), first)
        network.manual_seed(1)
        assert not torch.equal(network(image), first)
        network.manual_seed(0)
        other = torch.rand(1, 3, 13, 18)
        close(network(torch.cat((other, image)))[1:], first, 1e-5)


def test_options_reach_the_process():
    network = nano(sampler="ode", T="20", steps="5", max_sigma="30", eps="0.01", schedule="linear")
    assert (network.sampler, network.process.steps, network.trained.steps) == ("ode", 5, 20)
    assert network.process.max_sigma == 30 / 255
    slope = 19.9 / 21 / 20
    assert float(network.trained.thetas[1] - network.trained.thetas[0]) == pytest.approx(slope, rel=1e-4)
    assert float(network.process.thetas[2] - network.process.thetas[1]) == pytest.approx(16 * slope, rel=1e-4)
    left = float(network.process.theta_sums[-1]) * network.process.dt
    assert math.exp(-left) == pytest.approx(0.01)
    for options in (
        {"steps": "0"},
        {"steps": "101"},
        {"T": "0"},
        {"eps": "1"},
        {"max_sigma": "0"},
        {"sampler": "euler"},
    ):
        with pytest.raises(UsageError):
            nano(**options)


def test_fewer_steps_stretch_the_time_that_the_network_sees():
    seen = []

    class Predictor(torch.nn.Module):
        def forward(self, x: Tensor, _degraded: Tensor, t: Tensor) -> Tensor:
            seen.append(t.tolist())
            return torch.zeros_like(x)

    MeanRevertingRestorer(Predictor(), MeanRevertingProcess(steps=100), "ode", steps=4)(torch.rand(2, 3, 4, 4))
    assert seen == [[100, 100], [75, 75], [50, 50], [25, 25]]
    seen.clear()
    MeanRevertingRestorer(Predictor(), MeanRevertingProcess(steps=10), "ode", steps=3)(torch.rand(1, 3, 4, 4))
    assert seen == [[10], [7], [3]]


@pytest.mark.parametrize("steps", [1, 3, 10])
def test_a_thinned_process_is_the_same_at_fewer_times(steps: int):
    clean, degraded, noise = torch.rand(3, 1, 3, 4, 4).unbind(0)
    thinned = T10.thinned(steps)
    for t, time in enumerate(thinned.times.tolist()):
        close(thinned.state(clean, degraded, t, noise), T10.state(clean, degraded, time, noise), 1e-6)
    # An optimal step leads from the mean of the state to the mean of the next, however far apart they are.
    for t in range(steps, 0, -1):
        mean = thinned.mu_bar(clean, degraded, t)
        close(thinned.optimal_step(mean, clean, degraded, t), thinned.mu_bar(clean, degraded, t - 1), 1e-5)


@pytest.mark.parametrize("steps", [2, 5, 50])
def test_a_perfect_predictor_gives_the_clean_image_in_few_posterior_steps(steps: int):
    clean, degraded = torch.rand(2, 1, 3, 6, 6, generator=torch.Generator().manual_seed(0)).unbind(0)
    process = MeanRevertingProcess(steps=100)

    class Perfect(torch.nn.Module):
        def forward(self, x: Tensor, _degraded: Tensor, t: Tensor) -> Tensor:
            return process.true_noise(x, clean, degraded, int(t[0]))

    close(MeanRevertingRestorer(Perfect(), process, "posterior", steps=steps)(degraded), clean, 2e-3)


def test_restorer_takes_the_steps_of_its_sampler():
    network, image = nano(T="3", sampler="sde"), torch.rand(1, 3, 12, 12)
    generator = torch.Generator().manual_seed(5)
    start = image + 10 / 255 * torch.randn(image.shape, generator=generator)
    noise = [torch.randn(image.shape, generator=generator) for _ in range(3)]
    network.manual_seed(5)
    with torch.inference_mode():
        *_, expected = reverse(
            network.process, "sde", network.network, start=start, degraded=image, draw=lambda t: noise[3 - t]
        )
        close(network(image), expected, 1e-6)


def test_every_parameter_learns(check_training: Callable[..., None]):
    check_training(nano(T="2", sampler="ode"), torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16))


def test_nano_size():
    assert 100_000 < sum(parameter.numel() for parameter in nano().parameters()) < 500_000


def test_state_stays_in_float32_in_half_precision():
    image = torch.rand(1, 3, 16, 16)
    network = nano(T="5", sampler="ode")
    with torch.inference_mode():
        expected = network(image)
        with torch.autocast("cpu", torch.bfloat16):
            automatic = network(image)
        half = network.bfloat16()(image.bfloat16())
    assert half.dtype == torch.bfloat16
    for result in (automatic, half):
        assert 0 < (result.float() - expected).square().mean().sqrt() < 0.05
