from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from restorebench.bench import load_model
from restorebench.bench.cli import main
from restorebench.bench.errors import UsageError

GOOD = "\nfrom torch import nn\ndef build(): return nn.Identity()\n"
FILES = {
    "exit": ("import sys; sys.exit(0)" + GOOD, "ended the program while it was imported at net.py line 1"),
    "argparse": (
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--data', required=True)\np.parse_args()"
        + GOOD,
        "error: the following arguments are required: --data",
    ),
    "base": ("class Stop(BaseException): pass\nraise Stop('here')" + GOOD, r"Stop: here \(net.py line 2\)"),
    "value": ("int('x')" + GOOD, r"ValueError: invalid literal.*\(net.py line 1\)"),
    "missing": ("import no_such_package" + GOOD, "No module named 'no_such_package'"),
    "build exits": ("def build(): raise SystemExit(3)\n", "ended the program while its network was built"),
    "build raises": (
        "def build(): return {}['weights']\n",
        r"cannot be built: KeyError: 'weights' \(net.py line 1, in build",
    ),
    "build base": ("def build(): raise GeneratorExit\n", "cannot be built: GeneratorExit"),
}


@pytest.mark.parametrize("name", list(FILES))
def test_a_bad_file_is_one_sentence(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]):
    text, message = FILES[name]
    (tmp_path / "net.py").write_text(text)
    with pytest.raises(UsageError, match=message):
        load_model(f"{tmp_path}/net.py:build")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "usage:" not in printed.err


def test_the_command_line_ends_with_a_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "net.py").write_text(FILES["exit"][0])
    assert main(["run", "-m", f"{tmp_path}/net.py:build", "-d", f"paired={tmp_path}"]) == 2
    assert "put what it does as a script under" in capsys.readouterr().err


def test_a_file_sees_its_own_name_as_the_only_argument(tmp_path: Path):
    (tmp_path / "net.py").write_text(
        "import sys\nimport argparse\nargparse.ArgumentParser().parse_args()\nARGV = sys.argv" + GOOD
    )
    before = list(sys.argv)
    load_model(f"{tmp_path}/net.py:build")
    assert sys.argv == before


def test_a_seed_of_the_file_holds_for_its_weights_and_nothing_else(tmp_path: Path):
    (tmp_path / "net.py").write_text(
        "import torch\ntorch.manual_seed(3)\nfrom torch import nn\ndef build(): return nn.Conv2d(3, 3, 1)\n"
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        expected = torch.rand(4)
        torch.manual_seed(1)
        first, second = (load_model(f"{tmp_path}/net.py:build").network for _ in range(2))
        assert torch.equal(torch.rand(4), expected)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
