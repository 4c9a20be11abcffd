"""The page on a paper's repository, tried on a stand-in for the clone: official names around the built-in network."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch
from restorebench.baselines.nafnet import NAFNet, NAFNetConfig
from restorebench.bench.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "from-a-papers-repository.md"

ARCHITECTURE = """
from restorebench.baselines.nafnet import NAFNet, NAFNetConfig

def NAFNetLocal(img_channel=3, width=16, middle_blk_num=1, enc_blk_nums=(), dec_blk_nums=()):
    return NAFNet(NAFNetConfig(width, tuple(enc_blk_nums), middle_blk_num, tuple(dec_blk_nums)), train_size=256)
"""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "NAFNet"
    package = folder / "basicsr" / "models" / "archs"
    package.mkdir(parents=True)
    for place in (package, package.parent, package.parent.parent):
        (place / "__init__.py").write_text("")
    (package / "NAFNet_arch.py").write_text(ARCHITECTURE)
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "official.py").write_text(block)
    torch.manual_seed(0)
    network = NAFNet(NAFNetConfig(64))
    torch.save({"params": network.state_dict()}, folder / "NAFNet-GoPro-width64.pth")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return folder


@pytest.mark.slow
def test_the_file_of_the_page_gives_the_pixels_of_the_built_in_model(clone: Path, capsys: pytest.CaptureFixture[str]):
    out = clone / "restorebench-out"
    for model in ("./official.py:build", "nafnet-width64"):
        words = ["run", "-m", f"{model}=NAFNet-GoPro-width64.pth", "-d", "quickstart-blur", "--limit", "1", "--quiet"]
        assert main(words) == 0
    sides = [str(out / "quickstart-blur" / name) for name in ("nafnet-width64", "official.py-build")]
    # One image is too few for a mean, which is ambiguous; that its pixels are identical is certain.
    words = ["check", sides[0], "--baseline", sides[1], "--other-model", "--identical", "--intersect"]
    assert main([*words, "--ambiguous", "pass"]) == 0
    assert "outputs-identical" in capsys.readouterr().out
    assert main(["table", str(out)]) == 0
    assert "NAFNet (official code)" in capsys.readouterr().out
