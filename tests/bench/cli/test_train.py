from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png

RECIPE = """
title = "short"
model = "nafnet-nano"
crop = 16
batch = 1
[[data]]
source = "{data}"
[[stages]]
iterations = 2
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "short.toml"
    path.write_text(RECIPE.replace("{data}", "photographs-train[count=1,size=32]"))
    return path


@pytest.fixture
def image(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    save_png(tmp_path / "image.png", pixels)
    return tmp_path / "image.png"


def test_a_recipe_trains_another_model_and_its_layer_is_drawn(
    recipe: Path, image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    told = [
        "train",
        str(recipe),
        "-m",
        "nafnet-nano+pde[front=lite]",
        "--out",
        str(out),
        "--seed",
        "4",
        "--device",
        "cpu",
    ]
    assert main(told) == 0
    printed = capsys.readouterr()
    assert f"restorebench run -m 'nafnet-nano+pde[front=lite]={out}/weights.safetensors'" in printed.out
    assert re.search(r"short, seed 4, loss [\d.]+: 2/2 iterations", printed.err)
    weights = f"nafnet-nano+pde[front=lite]={out}/weights.safetensors"
    for name in ("fields.png", "fields.svg"):
        assert main(["physics", "show", "-m", weights, "-i", str(image), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "fields.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "fields.svg").read_text()[:1000]


def test_the_default_folder_names_recipe_model_and_seed(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", str(recipe), "--device", "cpu"]) == 0
    assert (tmp_path / "restorebench-train" / "short" / "nafnet-nano" / "seed0" / "weights.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "nano-blurr"], "did you mean nano-blur"),
        (["train", "RECIPE", "--root", "gopro"], "--root must be NAME=PATH, not 'gopro'"),
        (["train", "nafnet-gopro"], "={gopro}: say where that is with --root"),
        (["train", "RECIPE", "--device", "tpu"], "There is no device 'tpu'"),
        (["physics", "verdict", "physics-verdikt"], "did you mean physics-verdict"),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str], message: str, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [str(recipe) if each == "RECIPE" else each for each in arguments]
    assert main([*told, "--out", str(tmp_path / "out")]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_a_model_without_a_layer_has_nothing_to_show(
    image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["physics", "show", "-m", "identity", "-i", str(image), "--out", str(tmp_path / "f.png")]) == 2
    assert "identity has no physics layer to show" in " ".join(capsys.readouterr().err.split())
