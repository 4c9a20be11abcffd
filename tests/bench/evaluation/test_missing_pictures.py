from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench import evaluate, on_tensors, open_dataset
from restorebench.bench.cli import main
from restorebench.bench.files.images import FileImage, save_png
from restorebench.bench.metrics.registry import known_facts
from restorebench.bench.runs.pictures import existing_picture
from restorebench.bench.runs.run import Run, find_runs
from restorebench.bench.runs.shown_images import choose_images
from torch import Tensor

IMAGES = 24

MODELS = """
from pathlib import Path
from torch import nn

CALLS = Path(__file__).with_name("calls.txt")

class Darker(nn.Module):
    # Brings a bright image nearer to its target.
    def forward(self, x):
        with CALLS.open("a") as file:
            file.write("call\\n")
        return (x - 0.04).clamp(0, 1)

class Brighter(nn.Module):
    # Brings a dark one nearer.
    def forward(self, x):
        return (x + 0.04).clamp(0, 1)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs that are too bright by 0 to 12 levels or too dark, each by its own amount, and two models."""
    root = tmp_path_factory.mktemp("place")
    for index in range(IMAGES):
        target = photograph(index)
        shift = index if index % 2 else -index
        save_png(root / "pairs" / "target" / f"{index:02d}.png", target)
        save_png(
            root / "pairs" / "input" / f"{index:02d}.png", np.clip(target.astype(int) + shift, 0, 255).astype(np.uint8)
        )
    (root / "mine.py").write_text(MODELS)
    return root


def command(place: Path, out: Path, *models: str) -> list[str]:
    named = [word for model in models for word in ("-m", f"{place / 'mine.py'}:{model}")]
    return ["run", *named, "-m", "identity", "-d", f"paired={place / 'pairs'}", "-p", "rgb@1", "--out", str(out)]


def kept(run: Run) -> set[str]:
    return {record.key for record in run.records if existing_picture(run.restored_folder, record.key)}


@pytest.fixture(scope="module")
def out(place: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of three models."""
    out = tmp_path_factory.mktemp("out")
    assert main([*command(place, out, "Darker", "Brighter"), "--quiet"]) == 0
    return out


def test_every_model_of_a_run_keeps_the_pictures_chosen_over_all(out: Path):
    runs = find_runs(out)
    chosen = choose_images(runs, known_facts("psnr"))
    assert len(chosen.keys) > 8  # a run by itself would keep 8
    for run in runs:
        assert {*chosen.keys} <= kept(run)
    images = out / "paired" / "images"
    assert all(existing_picture(images / kind, key) for key in chosen.keys for kind in ("degraded", "target"))


def test_a_picture_that_was_restored_again_has_the_pixels_that_were_scored(out: Path, place: Path):
    for run in find_runs(out):
        shift = {"Darker": -0.04, "Brighter": 0.04}.get(run.model.rpartition(":")[2], 0.0)
        for key in kept(run):
            given = FileImage(place / "pairs" / "input" / f"{key}.png").read().astype(np.float32) / 255
            expected = np.rint(np.clip(given + np.float32(shift), 0, 1) * 255)
            picture = existing_picture(run.restored_folder, key)
            assert picture is not None
            assert np.abs(FileImage(picture).read() - expected).max() <= 1


def test_a_model_that_joins_later_gets_the_pictures_chosen_with_those_before(place: Path, tmp_path: Path):
    assert main([*command(place, tmp_path, "Darker"), "--quiet"]) == 0
    assert main([*command(place, tmp_path, "Brighter"), "--quiet"]) == 0
    runs = find_runs(tmp_path)
    chosen = choose_images(runs, known_facts("psnr"))
    later = next(run for run in runs if run.model.endswith("Brighter"))
    assert {*chosen.keys} <= kept(later)


def test_a_second_call_restores_nothing(place: Path, out: Path):
    calls = place / "calls.txt"
    before = calls.read_text().count("call")
    assert main([*command(place, out, "Darker", "Brighter"), "--quiet"]) == 0
    assert calls.read_text().count("call") == before


def test_no_picture_is_kept_where_none_was_asked_for(place: Path, tmp_path: Path):
    assert main([*command(place, tmp_path, "Darker"), "--quiet", "--save-images", "none"]) == 0
    assert not list(tmp_path.rglob("*.png"))


def test_a_model_that_restores_other_pixels_now_keeps_no_picture(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "random.py"
    file.write_text(
        "import os, torch\n"
        "from torch import nn\n"
        "class Changing(nn.Module):\n"
        "    calls = 0\n"
        "    def forward(self, x):\n"
        "        Changing.calls += 1\n"
        "        return (x + Changing.calls / 1000).clamp(0, 1)\n"
    )
    words = ["run", "-m", f"{file}:Changing", "-d", f"paired={place / 'pairs'}", "-p", "rgb@1", "--out", str(tmp_path)]
    main(words)
    said = " ".join(capsys.readouterr().err.split())
    assert "it was restored to an image that scores otherwise now" in said
    run = find_runs(tmp_path)[0]
    assert len(kept(run)) == 8


def test_a_pixel_that_another_processor_rounds_otherwise_is_no_obstacle(place: Path, tmp_path: Path):
    file = tmp_path / "flipping.py"
    file.write_text(
        "from torch import nn\n"
        "class Flipping(nn.Module):\n"
        "    calls = 0\n"
        "    def forward(self, x):\n"
        "        Flipping.calls += 1\n"
        "        x = x.clone()\n"
        "        x[..., 0, 0] = ((x[..., 0, 0] + (Flipping.calls % 2) / 255)).clamp(0, 1)\n"
        "        return x\n"
    )
    words = ["run", "-m", f"{file}:Flipping", "-d", f"paired={place / 'pairs'}", "-p", "rgb@1", "--out", str(tmp_path)]
    assert main([*words, "--quiet"]) == 0
    run = find_runs(tmp_path)[0]
    assert {*choose_images([run], known_facts("psnr")).keys} <= kept(run)


def test_a_scored_folder_keeps_the_pictures_chosen_with_the_other_models(place: Path, out: Path, tmp_path: Path):
    words = ["score", str(place / "pairs" / "input"), "-d", f"paired={place / 'pairs'}", "-p", "rgb@1"]
    together = Path(shutil.copytree(out, tmp_path / "out"))
    assert main([*words, "--name", "elsewhere", "--out", str(together)]) == 0
    runs = find_runs(together)
    chosen = choose_images(runs, known_facts("psnr"))
    scored = next(run for run in runs if run.model == "elsewhere")
    assert {*chosen.keys} <= kept(scored)


def test_the_same_call_in_python_keeps_what_was_chosen_since(place: Path, tmp_path: Path):
    dataset = open_dataset("paired", place / "pairs")

    def restore(images: Tensor) -> Tensor:
        return (images + 0.02).clamp(0, 1)

    first = evaluate(on_tensors(restore), dataset, "rgb@1", out=tmp_path)
    assert main([*command(place, tmp_path, "Darker", "Brighter"), "--quiet"]) == 0
    chosen = choose_images(find_runs(tmp_path), known_facts("psnr"))
    assert not {*chosen.keys} <= kept(first)
    assert {*chosen.keys} <= kept(evaluate(on_tensors(restore), dataset, "rgb@1", out=tmp_path))
