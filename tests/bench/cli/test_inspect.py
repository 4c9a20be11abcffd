from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from restorebench.bench.cli import main


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "degraded.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)).save(path)
    return path


def test_models_are_drawn_and_listed(image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "influence.png"
    names = ["nafnet-nano-deblur", "nafnet-nano-deblur+pde"]
    assert main(["inspect", *names, "-i", str(image), "--out", str(out), "--at", "20", "16", "--side", "8"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in names)
    assert "90 % in, px" in printed
    assert printed.rstrip().endswith(str(out))
    with Image.open(out) as drawn:
        assert drawn.size[0] > 1000


def test_svg_keeps_its_text(image: Path, tmp_path: Path) -> None:
    out = tmp_path / "influence.svg"
    assert main(["inspect", "nafnet-nano-deblur", "-i", str(image), "--out", str(out)]) == 0
    assert "receptive field: 90 % in" in out.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Name at least one model"),
        (["nafnet-nano-deblur", "--at", "47", "31"], "not inside the image of 48x32"),
        (["median"], "passes no gradient"),
        (["nafnet-nano-deblur", "--out", "influence.doc"], "no suffix of a figure"),
    ],
)
def test_mistakes(words: list[str], message: str, image: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", *words, "-i", str(image)]) != 0
    assert message in capsys.readouterr().err.replace("\n", " ")
