from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from helpers.restored_images import write_pairs
from hypothesis import example, given
from hypothesis import strategies as st
from restorebench.bench import load_model
from restorebench.bench.cli import main
from restorebench.bench.contracts import InferenceScheme, InferenceSettings, ModelCard, SizeRequirements
from restorebench.bench.errors import UsageError
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.inference import Restorer
from restorebench.bench.models.loading import bound_card
from restorebench.bench.models.schemes import grid_spans, pass_sizes
from restorebench.bench.models.sizes import twin
from restorebench.bench.profiling.fvcore_check import fvcore_count
from restorebench.bench.profiling.macs.count import count_macs
from restorebench.bench.profiling.profiled_model import open_profiled_model
from restorebench.bench.registry.specs import parse_spec
from restorebench.bench.runs.run import find_runs
from torch import Tensor, nn

CARD = ModelCard("m", "M", "restoration", size=SizeRequirements(multiple_of=4))
WHOLE, ENSEMBLE, GRID = InferenceScheme(), InferenceScheme(ensemble="x8"), InferenceScheme(grid=16)
BOTH = InferenceScheme(grid=16, ensemble="x8")
NETWORK = """\
import torch
from torch import nn


class Skewed(nn.Module):
    '''What becomes of a pixel depends on its place in what the network gets, and on the size of that.'''

    def __init__(self):
        super().__init__()
        self.shapes = []

    def forward(self, x):
        self.shapes.append(tuple(x.shape[-2:]))
        rows = torch.linspace(0, 0.3, x.shape[-2]).view(-1, 1)
        return 0.5 * x + rows + torch.linspace(0, 0.1, x.shape[-1]) ** 2 + 0.1 * x.mean((2, 3), keepdim=True)


def build(width: int = 3): return Skewed()
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "skewed.py").write_text(NETWORK, encoding="utf-8")
    return f"{tmp_path / 'skewed.py'}:build"


def restorer_of(model: str, scheme: InferenceScheme = WHOLE, settings: InferenceSettings | None = None) -> Restorer:
    return Restorer(load_model(model).network, replace(CARD, scheme=scheme), settings)


def official_starts(length: int, side: int) -> list[int]:
    """The loop of the official scripts (`grids: true`), written out from its description."""
    count = (length - 1) // side + 1
    step = side if count == 1 else int(np.ceil((length - side) / (count - 1) - 1e-8))
    starts, start, last = [], 0, False
    while start < length and not last:
        if start + side >= length:
            start, last = length - side, True
        starts.append(start)
        start += step
    return starts


# --- grids


@given(st.integers(1, 60), st.integers(0, 400))
@example(256, 0)
@example(256, 1)
@example(256, 464)
@example(256, 1024)
def test_cells_start_where_the_official_scripts_have_them(side: int, more: int):
    spans = grid_spans(side + more, side)
    assert [start for start, _ in spans] == official_starts(side + more, side)
    assert {end - start for start, end in spans} == {side}


def test_an_image_smaller_than_a_cell_is_one():
    assert grid_spans(200, 256) == [(0, 200)]
    assert pass_sizes((200, 300), InferenceScheme(grid=256)) == [(200, 256), (200, 256)]


def test_a_pixel_is_the_mean_over_the_cells_that_hold_it(model: str):
    restorer, plain = restorer_of(model, GRID), restorer_of(model)
    image = torch.rand(1, 3, 40, 23)
    restored = restorer(image)
    made = {
        (top, left): plain(image[..., top : top + 16, left : left + 16])
        for top, left in itertools.product(official_starts(40, 16), official_starts(23, 16))
    }
    assert len(made) == 6
    for row, column in itertools.product(range(40), range(23)):
        here = [
            cell[..., row - top, column - left]
            for (top, left), cell in made.items()
            if top <= row < top + 16 and left <= column < left + 16
        ]
        torch.testing.assert_close(restored[..., row, column], torch.stack(here).mean(0), rtol=0, atol=1e-6)
    assert not torch.allclose(restored, plain(image), atol=1e-3)


def test_a_grid_of_one_cell_is_the_whole_image(model: str):
    image = torch.rand(1, 3, 16, 12)
    assert torch.equal(restorer_of(model, GRID)(image), restorer_of(model)(image))


# --- self-ensembles


def test_an_ensemble_is_the_mean_over_the_eight_symmetries(model: str):
    restorer, plain = restorer_of(model, ENSEMBLE), restorer_of(model)
    image = np.random.default_rng(0).integers(0, 256, (18, 29, 3), dtype=np.uint8)
    restored = restorer.restore(image).image
    symmetries = []
    for turns, mirrored in itertools.product(range(4), (False, True)):
        seen = np.rot90(image[::-1] if mirrored else image, turns)
        back = np.rot90(plain.restore(np.ascontiguousarray(seen)).image, -turns)
        symmetries.append(back[::-1] if mirrored else back)
    assert restored == pytest.approx(np.mean(symmetries, axis=0), abs=1e-6)
    assert not np.allclose(restored, plain.restore(image).image, atol=1e-3)


def test_an_ensemble_of_a_batch_is_that_of_its_images(model: str):
    restorer, images = restorer_of(model, ENSEMBLE), torch.rand(3, 3, 12, 20)
    one_by_one = torch.cat([restorer(image[None]) for image in images])
    torch.testing.assert_close(restorer(images), one_by_one, rtol=0, atol=1e-6)


def test_a_network_that_does_not_care_about_directions_has_the_ensemble_of_itself():
    network = nn.Conv2d(3, 3, 3, padding=1)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[1.0, 2, 1], [2, 5, 2], [1, 2, 1]]) / 20)
    image = torch.rand(1, 3, 9, 14)
    card = replace(CARD, size=SizeRequirements(), scheme=InferenceScheme(ensemble="x8"))
    with torch.inference_mode():
        torch.testing.assert_close(Restorer(network, card)(image), network(image), rtol=0, atol=1e-6)


def test_every_turn_is_tiled_and_every_tile_has_its_grid(model: str):
    settings = InferenceSettings(tile=32, tile_overlap=0)
    both = restorer_of(model, BOTH, settings)
    turn = restorer_of(model, GRID, settings)
    image = torch.rand(1, 3, 40, 24)
    restored = both(image)
    seen = cast("list[tuple[int, int]]", both.network.shapes)
    assert seen == pass_sizes((40, 24), both.card.scheme, settings)
    assert set(seen) == {(16, 16)}
    turned = [torch.rot90(turn(torch.rot90(image, k, (2, 3))), -k, (2, 3)) for k in range(4)]
    turned += [torch.rot90(turn(torch.rot90(image.flip(2), k, (2, 3))), -k, (2, 3)).flip(2) for k in range(4)]
    torch.testing.assert_close(restored, torch.stack(turned).mean(0), rtol=0, atol=1e-6)


def test_gradients_pass_through_both(model: str):
    restorer = restorer_of(model, BOTH)
    image = torch.rand(1, 3, 20, 24, requires_grad=True)
    restored = restorer.differentiable(image)
    torch.testing.assert_close(restored, restorer(image), rtol=0, atol=0)
    restored.sum().backward()
    assert image.grad is not None
    assert bool((image.grad > 0.4).all())


def test_memory_that_runs_out_is_tiled_within_every_turn():
    class Limited(nn.Module):
        def forward(self, images: Tensor) -> Tensor:
            if images.shape[-1] * images.shape[-2] > 128 * 128:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return images * torch.linspace(0, 1, images.shape[-1])

    card = replace(CARD, scheme=InferenceScheme(ensemble="x8"))
    settings = InferenceSettings(tile_on_oom=True, tile_overlap=0)
    image = np.full((200, 256, 3), 255, np.uint8)
    restored = Restorer(Limited(), card, settings).restore(image)
    assert restored.tile == 128
    tiled = Restorer(Limited(), card, InferenceSettings(tile=128, tile_overlap=0)).restore(image)
    assert np.array_equal(restored.planes, tiled.planes)


def test_a_trial_of_other_sizes_has_neither(model: str):
    restorer = restorer_of(model, BOTH)
    assert twin(restorer).card.scheme == restorer.card.scheme
    assert twin(restorer, SizeRequirements()).card.scheme == InferenceScheme()


# --- as options, in records and tables


@pytest.mark.parametrize(
    ("spec", "variant", "scheme"),
    [
        ("nafnet-nano", "full image", InferenceScheme()),
        ("nafnet-nano[ensemble=x8]", "ensemble x8", InferenceScheme(ensemble="x8")),
        ("nafnet-width32[grid=512]", "TLC, grid 512", InferenceScheme(grid=512)),
        ("hinet-deblur", "grid 256", InferenceScheme(grid=256)),
        ("hinet-deblur[ensemble=x8]", "grid 256, ensemble x8", InferenceScheme(256, "x8")),
        ("hinet-deblur[grid=384]", "grid 384", InferenceScheme(grid=384)),
        ("hinet-deblur[grid=0]", "full image", InferenceScheme()),
        ("hinet-deblur[grid=0,ensemble=none]", "full image", InferenceScheme()),
    ],
)
def test_the_card_says_which(spec: str, variant: str, scheme: InferenceScheme):
    card = bound_card(parse_spec(spec))
    assert (card.variant, card.scheme) == (variant, scheme)
    for name, value in parse_spec(spec).options.items():
        assert str(card.settings[name]) == value


def test_a_card_with_a_scheme_names_it_by_itself():
    scheme = InferenceScheme(grid=256, ensemble="x8")
    assert replace(CARD, scheme=scheme).variant == "grid 256, ensemble x8"
    assert replace(replace(CARD, scheme=scheme), title="again").variant == "grid 256, ensemble x8"
    assert replace(CARD, variant="TLC", scheme=scheme).variant == "TLC, grid 256, ensemble x8"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("grid=-1", "side of a cell in pixels, or 0 for none"),
        ("grid=none", "side of a cell in pixels, or 0 for none"),
        ("grid=big", "it must be int"),
        ("ensemble=x4", "known are none, x8"),
        ("ensmeble=x8", "did you mean ensemble"),
    ],
)
def test_a_wrong_option_is_a_sentence(model: str, options: str, message: str):
    with pytest.raises(UsageError, match=message):
        load_model(f"{model}[{options}]")


def test_an_option_of_the_model_of_the_same_name_comes_first(tmp_path: Path):
    (tmp_path / "net.py").write_text("from torch import nn\ndef build(grid: int = 3): return nn.Identity()\n")
    card = bound_card(parse_spec(f"{tmp_path / 'net.py'}:build[grid=5]"))
    assert card.scheme == InferenceScheme()
    assert card.settings["grid"] == 5


def test_record_and_table_name_both(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    data, _ = write_pairs(tmp_path, 1, 40, 24)
    name = f"{model}[grid=16,ensemble=x8]"
    arguments = ["run", "-m", name, "-m", model, "-d", f"paired={data}", "-p", "rgb@1", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--device", "cpu"]) == 0
    runs = {run.info.model.variant: run for run in find_runs(tmp_path / "out")}
    assert set(runs) == {"full image", "grid 16, ensemble x8"}
    written = json.loads((runs["grid 16, ensemble x8"].path / "run.json").read_text())
    assert written["model"]["scheme"] == {"grid": 16, "ensemble": "x8", "tlc": 0}
    assert written["model"]["settings"] == {"grid": 16, "ensemble": "x8"}
    assert len({run.info.plan.sha256 for run in runs.values()}) == 2
    capsys.readouterr()
    assert main(["table", str(tmp_path / "out"), "--format", "csv"]) == 0
    assert "grid 16, ensemble x8" in capsys.readouterr().out


# --- what it costs


@pytest.mark.parametrize(
    ("scheme", "times"),
    [(InferenceScheme(ensemble="x8"), 8), (InferenceScheme(grid=32), 4), (InferenceScheme(32, "x8"), 32)],
)
def test_macs_are_those_of_every_pass(scheme: InferenceScheme, times: int):
    entry = MODELS.get("nafnet-nano")
    card = replace(entry.card, scheme=scheme)
    size = (32, 32) if not scheme.grid else (48, 40)
    counted, once = count_macs(entry.build(), card, size), count_macs(entry.build(), entry.card, (32, 32))
    assert counted.passes == times
    assert counted.total("conv+linear+matmul") == times * once.total("conv+linear+matmul")
    assert times * once.total() < counted.total() < 1.01 * times * once.total()  # cells and turns are added up
    subject = open_profiled_model(Restorer(entry.build(), card))
    assert "leave out grid and ensemble" in str(fvcore_count(subject, counted))
