"""Exported networks: as good as the torch network they were made from, or refused in a sentence."""

from __future__ import annotations

import io
import os
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from restorebench.bench import Control, evaluate, load_model, open_dataset
from restorebench.bench.errors import CheckpointError, RestorationError, UsageError
from restorebench.bench.models.exported.files import exported_sha256, is_model_file
from restorebench.bench.models.loading import open_model
from restorebench.bench.profiling.latency.timing import Rules, Timing
from restorebench.bench.profiling.profiled_model import open_profiled_model
from restorebench.bench.profiling.profiler import Request, profile_all
from restorebench.bench.profiling.sweep import variants
from restorebench.bench.registry.specs import parse_spec
from torch import Tensor, nn

FREE = {0: "n", 2: "h", 3: "w"}
IMAGE = torch.rand(1, 3, 64, 64)


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.folder,)


def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)).eval()


def to_onnx(network: nn.Module, path: Path, image: Tensor = IMAGE, *, free: bool = True) -> Path:
    pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that needs no further package is the older one
        axes = {"x": FREE, "y": FREE} if free else None
        torch.onnx.export(
            network, (image,), str(path), dynamo=False, input_names=["x"], output_names=["y"], dynamic_axes=axes
        )
    return path


def to_torchscript(network: nn.Module, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated, and all over the place
        torch.jit.save(torch.jit.script(network), path)
    return path


def to_program(network: nn.Module, path: Path, *, free: bool = True) -> Path:
    side = {2: torch.export.Dim("h", min=8, max=512), 3: torch.export.Dim("w", min=8, max=512)}
    torch.export.save(torch.export.export(network, (IMAGE,), dynamic_shapes=(side,) if free else None), path)
    return path


EXPORTS: dict[str, Callable[[nn.Module, Path], Path]] = {
    "net.onnx": to_onnx,
    "net.pt": to_torchscript,
    "net.jit.pt": to_torchscript,
    "net.ts": to_torchscript,
    "net.pt2": to_program,
}


@pytest.mark.parametrize("name", EXPORTS)
def test_an_exported_network_restores_as_the_original(name: str, tmp_path: Path):
    path = EXPORTS[name](small(), tmp_path / name)
    image = torch.rand(1, 3, 40, 56)
    with torch.no_grad():
        expected = small()(image)
    loaded = open_model(parse_spec(str(path)))
    assert loaded.weights_sha256 == exported_sha256(path)
    assert loaded.card.settings["runtime"]
    assert torch.allclose(load_model(str(path))(image), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["net.onnx", "net.pt", "net.pt2"])
def test_sizes_come_from_the_command_line_or_a_card(name: str, tmp_path: Path):
    path = EXPORTS[name](small(), tmp_path / name)
    told = open_model(parse_spec(f"{path}[multiple_of=8,minimum=64,padding=zeros]"))
    assert (told.card.size.multiple_of, told.card.size.minimum, told.card.size.padding) == (8, 64, "zeros")
    assert told.card.settings["multiple_of"] == 8
    (tmp_path / "net.card.toml").write_text('title = "Mine"\nmultiple_of = 4\nquantiser = "truncate"\n')
    card = open_model(parse_spec(str(path))).card
    assert (card.title, card.size.multiple_of, card.quantiser) == ("Mine", 4, "truncate")
    (tmp_path / "net.card.toml").write_text("multiple = 4\n")
    with pytest.raises(UsageError, match="unknown key 'multiple': did you mean multiple_of"):
        open_model(parse_spec(str(path)))


@pytest.mark.parametrize("name", ["net.onnx", "net.pt2"])
def test_a_graph_of_one_size_says_so_and_runs_in_tiles_of_it(name: str, tmp_path: Path):
    export = to_onnx if name == "net.onnx" else to_program
    path = export(small(), tmp_path / name, free=False)
    model = load_model(str(path))
    assert "The graph takes 64x64 pixels only." in model.card.notes
    assert model(torch.rand(1, 3, 40, 50)).shape == (1, 3, 40, 50)
    with pytest.raises(RestorationError, match="takes 64x64 pixels only, not 100x80: --tile 64 restores in tiles"):
        model(torch.rand(1, 3, 80, 100))


class ChannelsLast(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2.0


def test_what_is_no_image_network_is_one_sentence(tmp_path: Path):
    last = to_onnx(ChannelsLast(), tmp_path / "last.onnx", torch.rand(1, 64, 64, 3), free=False)
    with pytest.raises(CheckpointError, match=r"1x64x64x3, not RGB images .*export it with channels first"):
        load_model(str(last))
    grey = to_onnx(ChannelsLast(), tmp_path / "grey.onnx", torch.rand(1, 1, 64, 64), free=False)
    with pytest.raises(CheckpointError, match="1x1x64x64, not RGB images"):
        load_model(str(grey))
    whole = to_onnx(ChannelsLast(), tmp_path / "whole.onnx", torch.ones(1, 3, 8, 8, dtype=torch.int64), free=False)
    with pytest.raises(CheckpointError, match="not floating-point images"):
        load_model(str(whole))
    (tmp_path / "broken.onnx").write_bytes(b"not a graph")
    with pytest.raises(CheckpointError, match="cannot be loaded by ONNX Runtime"):
        load_model(str(tmp_path / "broken.onnx"))


def test_half_precision_is_recorded(tmp_path: Path):
    path = to_onnx(small().half(), tmp_path / "half.onnx", IMAGE.half())
    loaded = open_model(parse_spec(str(path)))
    assert "The graph computes in float16." in loaded.card.notes
    providers = loaded.card.settings["providers"]
    assert isinstance(providers, dict)
    assert providers["cpu"] == ["CPUExecutionProvider"]
    assert torch.allclose(load_model(str(path))(IMAGE), small()(IMAGE), atol=1e-2)


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.pt2", "net.ts"])
def test_weights_are_not_taken_for_a_program(name: str, tmp_path: Path):
    assert is_model_file(name)
    torch.save(small().state_dict(), tmp_path / name)
    with pytest.raises(UsageError, match="holds weights, not a program: write MODEL="):
        load_model(str(tmp_path / name))


def test_a_program_with_pickled_objects_is_refused(tmp_path: Path):
    import json
    import zipfile

    path = to_program(small(), tmp_path / "net.pt2")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "evil.pt2", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "serialized_state_dict.pt":  # as torch 2.6 writes it
                torch.save({"weight": Bomb(tmp_path / "ran")}, pickled := io.BytesIO())
                content = pickled.getvalue()
            if name.endswith("weights_config.json"):
                config = json.loads(content)
                next(iter(config["config"].values()))["use_pickle"] = True
                content = json.dumps(config).encode()
            new.writestr(name, content)
    with pytest.raises(CheckpointError, match="holds pickled objects"):
        load_model(str(tmp_path / "evil.pt2"))
    assert not (tmp_path / "ran").exists()


def test_objects_that_torch_refuses_are_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = to_program(small(), tmp_path / "net.pt2")

    def refuse(*_: object) -> None:
        raise pickle.UnpicklingError("Re-running `torch.load` with `weights_only` set to `False` will likely succeed")

    monkeypatch.setattr(torch.export, "load", refuse)
    with pytest.raises(CheckpointError, match="holds pickled objects, and reading those could run a program"):
        load_model(str(path))


def test_external_weights_are_part_of_the_identity(tmp_path: Path):
    onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
    model = onnx.load(str(to_onnx(small(), tmp_path / "one.onnx")))
    path = tmp_path / "net.onnx"
    onnx.save_model(model, str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)
    before = exported_sha256(path)
    content = bytearray((tmp_path / "weights.bin").read_bytes())
    content[0] ^= 1
    (tmp_path / "weights.bin").write_bytes(content)
    assert exported_sha256(path) != before


def test_nafnet_scores_as_in_torch_and_its_cost_stands_beside_it(tmp_path: Path):
    network = load_model("nafnet-nano-derain")
    path = to_onnx(network.network, tmp_path / "nafnet.onnx")
    name = f"{path}[multiple_of={network.card.size.multiple_of}]"
    dataset, control = open_dataset("quickstart-rain"), Control(limit=3, save_images="none")
    runs = [evaluate(m, dataset, "rgb@1", out=tmp_path / "out", control=control) for m in ("nafnet-nano-derain", name)]
    for one, other in zip(runs[0].scores.psnr, runs[1].scores.psnr, strict=True):
        assert other == pytest.approx(one, abs=1e-4)
    request = Request(variants([(64, 64)]), rules=Rules(seconds=0.3, warmup_seconds=0.1), memory=False)
    costs = profile_all([open_profiled_model("nafnet-nano-derain"), open_profiled_model(name)], request)
    products = [cost.macs["conv+linear+matmul, 64x64"] for cost in costs]
    assert products[1] == pytest.approx(products[0], rel=0.01)
    assert costs[0].params == costs[1].params
    assert not costs[1].counts[0].unknown
    assert all(isinstance(cost.cells[0].time, Timing) for cost in costs)
