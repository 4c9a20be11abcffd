"""Networks with a layer added: they start as their base, keep its keys, and cost what the layer costs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from restorebench.baselines.physics import AdvectionDiffusion, enhance
from restorebench.bench.errors import CheckpointError, UsageError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.loading import load_model, open_model
from restorebench.bench.registry.specs import parse_spec
from safetensors.torch import save_file
from torch import nn

NANOS = ("nafnet-nano", "restormer-nano", "fftformer-nano", "stripformer-nano")
ENHANCED = [f"{name}{suffix}" for name in NANOS for suffix in ("+pde", "+conv", "+pde-global", "+attention")]
FULL = ("nafnet-width32", "nafnet-width64", "restormer", "fftformer", "stripformer")


def awake(network: nn.Module) -> nn.Module:
    """With a layer that changes something."""
    with torch.no_grad():
        layer = network.get_submodule("physics.layer")
        layer.get_parameter("scale").fill_(0.5)
    return network


@pytest.mark.parametrize("name", ENHANCED)
def test_starts_as_its_base_bit_for_bit(name: str, recipe: Callable[..., nn.Module]) -> None:
    base = recipe(MODELS.get(name.partition("+")[0]).build()).eval()
    enhanced = MODELS.get(name).build().eval()
    missing, unexpected = enhanced.load_state_dict(base.state_dict(), strict=False)
    assert not unexpected
    assert all(key.startswith("physics.layer.") for key in missing)
    image = torch.rand(1, 3, 64, 32)
    with torch.inference_mode():
        expected = base(image)
        assert torch.equal(enhanced(image), expected)
        assert not torch.equal(awake(enhanced)(image), expected)


@pytest.mark.parametrize("name", ENHANCED)
def test_a_seed_gives_the_base_the_same_weights_with_and_without(name: str) -> None:
    """What makes trainings of the two a pair."""
    states: list[dict[str, torch.Tensor]] = []
    for each in (name.partition("+")[0], name):
        torch.manual_seed(5)
        states.append(MODELS.get(each).build().state_dict())
    base, enhanced = states
    assert all(torch.equal(value, enhanced[key]) for key, value in base.items())


@pytest.mark.parametrize("name", [*FULL, *NANOS])
def test_the_keys_of_the_base_come_first_and_unchanged(name: str) -> None:
    with torch.device("meta"):
        base, enhanced = (list(MODELS.get(each).build().state_dict()) for each in (name, f"{name}+pde"))
    assert enhanced[: len(base)] == base
    assert all(key.startswith("physics.layer.") for key in enhanced[len(base) :])


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        # One dense 3x3 convolution at the bottleneck: 0.60, 2.42, 1.36, 1.36, 3.77; its depthwise companions the rest.
        ("nafnet-width32", 0.60, 0.62),
        ("nafnet-width64", 2.40, 2.44),
        ("restormer", 1.35, 1.39),
        ("fftformer", 1.35, 1.41),
        ("stripformer", 3.75, 3.85),
    ],
)
def test_overhead_of_the_full_networks(name: str, lowest: float, highest: float, gmacs: Callable[..., float]) -> None:
    base = gmacs(MODELS.get(name).build)
    assert lowest < gmacs(MODELS.get(f"{name}+pde").build) - base < highest
    lite = gmacs(lambda: MODELS.get(f"{name}+pde").build(front="lite")) - base
    assert 0 < lite < 0.06
    grouped = gmacs(lambda: MODELS.get(f"{name}+pde").build(front="grouped")) - base
    assert grouped - lite == pytest.approx((lowest + highest) / 2 / 4, rel=0.1)  # a quarter of the convolution
    assert grouped < 0.011 * base


@pytest.mark.parametrize("name", NANOS)
def test_the_control_costs_the_same(name: str, gmacs: Callable[..., float]) -> None:
    physics, control = (MODELS.get(f"{name}{suffix}") for suffix in ("+pde", "+conv"))
    sizes = [sum(parameter.numel() for parameter in each.build().parameters()) for each in (physics, control)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)
    assert gmacs(physics.build) == pytest.approx(gmacs(control.build), rel=0.05)


def test_options_of_the_layer_are_options_of_the_model() -> None:
    loaded = load_model("nafnet-nano+pde[steps=3,time=2.5,front=lite]", _saved_fresh("nafnet-nano+pde[front=lite]"))
    layer = loaded.network.get_submodule("physics.layer")
    assert isinstance(layer, AdvectionDiffusion)
    assert (layer.steps, layer.time) == (3, 2.5)
    assert isinstance(layer.front, nn.Identity)
    assert layer.boundary == "zero-flux"
    assert loaded.card.settings["steps"] == 3
    with torch.device("meta"):
        layers = [
            MODELS.get(f"{name}+pde").build(boundary="replicate").get_submodule("physics.layer") for name in NANOS
        ]
    assert {getattr(each, "boundary", None) for each in layers} == {"replicate"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _saved_fresh(name: str) -> Path:
    spec = parse_spec(name)
    path = Path("fresh.safetensors")
    save_file(MODELS.get(spec.name).build(**spec.options).state_dict(), path)
    return path


def test_weights_of_the_base_load_and_the_card_says_so(recipe: Callable[..., nn.Module]) -> None:
    base = recipe(MODELS.get("nafnet-nano").build())
    save_file(base.state_dict(), "base.safetensors")
    loaded = open_model(parse_spec("nafnet-nano+pde=base.safetensors"))
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(loaded.network.eval()(image), base.eval()(image))
    assert loaded.card.notes[0].startswith("base.safetensors has no weights for physics, which is untrained")
    assert not any("untrained" in note for note in open_model(parse_spec("nafnet-nano=base.safetensors")).card.notes)


def test_complete_weights_load_strictly(recipe: Callable[..., nn.Module]) -> None:
    rules = [["scale$", "affine", 0.5, 0.4], ["bias$", "affine", 0.0, 0.1], ["", "affine", 0.1, 0.2]]
    state = recipe(MODELS.get("nafnet-nano+pde").build(), rules=rules).state_dict()
    save_file(state, "full.safetensors")
    loaded = open_model(parse_spec("nafnet-nano+pde=full.safetensors"))
    assert all(torch.equal(value, state[key]) for key, value in loaded.network.state_dict().items())
    assert not any("untrained" in note for note in loaded.card.notes)
    save_file({key: value for key, value in state.items() if key != "physics.layer.scale"}, "part.safetensors")
    with pytest.raises(CheckpointError, match=r"does not fit nafnet-nano\+pde: .*1 missing \(physics\.layer\.scale\)"):
        open_model(parse_spec("nafnet-nano+pde=part.safetensors"))
    with pytest.raises(CheckpointError, match=r"of nafnet-nano\+pde or nafnet-nano-deblur\+pde .*unexpected \(phys"):
        open_model(parse_spec("nafnet-nano=full.safetensors"))


def test_any_network_takes_a_layer_behind_any_module() -> None:
    first, last = nn.Conv2d(3, 5, 1), nn.Conv2d(5, 3, 1)
    network = nn.Sequential(first, nn.Sequential(nn.ReLU(), last))
    image = torch.rand(1, 3, 6, 6)
    expected = network(image)
    hidden = first(image)
    layer = AdvectionDiffusion(5)
    assert enhance(network, at="1.0", layer=layer) is network
    assert torch.equal(network(image), expected)
    awake(network)
    assert torch.equal(network(image), last(layer(hidden.relu())))


def test_a_copy_has_a_layer_of_its_own() -> None:
    network = enhance(nn.Sequential(nn.Conv2d(3, 3, 1)), at="0", layer=AdvectionDiffusion(3))
    image = torch.rand(1, 3, 6, 6)
    before = network(image)
    twin = copy.deepcopy(network)
    awake(twin)
    assert torch.equal(network(image), before)
    assert not torch.equal(twin(image), before)


def test_a_wrong_place_is_refused() -> None:
    network = MODELS.get("nafnet-nano").build()
    with pytest.raises(UsageError, match=r"NAFNet has no module 'midle_blks': did you mean middle_blks"):
        enhance(network, at="midle_blks", layer=AdvectionDiffusion(128))
    with pytest.raises(UsageError, match="has no module ''"):
        enhance(network, at="", layer=AdvectionDiffusion(128))
    enhance(network, at="middle_blks", layer=AdvectionDiffusion(128))
    with pytest.raises(UsageError, match="enhance it only once"):
        enhance(network, at="ups.0", layer=AdvectionDiffusion(64))


@pytest.mark.slow
def test_an_enhanced_network_is_captured_as_one_graph() -> None:
    network = awake(MODELS.get("nafnet-nano+pde").build()).eval()
    image = torch.rand(1, 3, 32, 32)
    torch.compiler.reset()
    with torch.no_grad():
        compiled = torch.compile(network, backend="eager", fullgraph=True)
        torch.testing.assert_close(compiled(image), network(image), rtol=0, atol=1e-6)
