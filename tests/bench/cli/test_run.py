from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from helpers.optional import known
from restorebench.bench.cli import COMMANDS, main
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.run import find_runs


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Five pairs in two folders."""
    root = tmp_path / "pairs"
    for index in range(5):
        target = photograph(index)
        save_png(root / "target" / f"{index}.png", target)
        save_png(root / "input" / f"{index}.png", np.clip(target.astype(int) + 5, 0, 255).astype(np.uint8))
    return root


def test_a_run_is_summarised_and_recorded(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = main(["run", "-m", "identity", "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "out")])
    printed = capsys.readouterr()
    assert code == 0
    assert re.search(r"identity +\S.* rgb@1 +5 +34\.\d\d", printed.out)
    assert "5/5 images" in printed.err
    run = find_runs(tmp_path / "out")[0]
    assert run.summary.finished
    assert run.path == tmp_path / "out" / "paired" / "identity"


def test_json_goes_to_standard_output_alone(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    main(["run", "-m", "identity", "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "out"), "--json"])
    summary = json.loads(capsys.readouterr().out)[0]["summary"]
    assert summary["metrics"]["psnr"]["n"] == 5


MY_MODEL = """\
from torch import nn


class Mine(nn.Module):
    def forward(self, x):  # (N, 3, H, W) RGB in [0, 1]
        return (x - 5 / 255).clamp(0, 1)


def build():
    return Mine().eval()
"""


def test_a_model_in_a_file_of_its_own_needs_no_registration(pairs: Path, tmp_path: Path):
    """As the README shows it, in at most 15 lines."""
    assert len(MY_MODEL.splitlines()) <= 15
    file = tmp_path / "mine.py"
    file.write_text(MY_MODEL)
    arguments = ["run", "-m", "identity", "-m", f"{file}:build", "-d", f"paired={pairs}", "-p", "rgb@1"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    runs = {run.model: run for run in find_runs(tmp_path / "out")}
    mine, identity = runs[f"{file}:build"], runs["identity"]
    assert known(mine.summary.metrics["psnr"].mean) > known(identity.summary.metrics["psnr"].mean)


def test_a_changed_model_file_is_another_plan(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "mine.py"
    file.write_text(MY_MODEL)
    arguments = ["-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-c", "import sys; from restorebench.bench.cli import main; sys.exit(main())", "run"]
    first = subprocess.run([*command, "-m", f"{file}:build", *arguments], capture_output=True, check=False)  # noqa: S603
    assert first.returncode == 0
    file.write_text(MY_MODEL.replace("5 / 255", "4 / 255"))
    assert main(["run", "-m", f"{file}:build", *arguments]) == 2
    assert "code_sha256" in capsys.readouterr().err


@pytest.mark.usefixtures("pairs")
def test_a_suite_file_holds_the_same_arguments_and_options_win(tmp_path: Path):
    suite = tmp_path / "suite.toml"
    suite.write_text(
        'models = ["identity"]\ndatasets = ["paired=pairs"]\nprotocol = "rgb@1"\nout = "here"\nlimit = 4\n'
    )
    assert main(["run", str(suite), "--limit", "2"]) == 0
    assert find_runs(tmp_path / "here")[0].summary.images == 2


@pytest.mark.usefixtures("pairs")
def test_a_suite_names_one_protocol_or_several_and_options_replace_them(tmp_path: Path):
    suite = tmp_path / "suite.toml"
    for out, line, options, expected in (
        ("one", 'protocol = "rgb@1"', [], ["rgb@1"]),
        ("two", 'protocols = ["rgb@1", "y"]', [], ["rgb@1", "y@1"]),
        ("other", 'protocols = ["rgb@1", "y"]', ["-p", "skimage"], ["skimage@1"]),
        ("others", 'protocol = "rgb@1"', ["-p", "y", "-p", "skimage"], ["skimage@1", "y@1"]),
    ):
        suite.write_text(f'models = ["identity"]\ndatasets = ["paired=pairs"]\n{line}\nout = "{out}"\nlimit = 1\n')
        assert main(["run", str(suite), *options]) == 0
        assert [run.protocol for run in find_runs(tmp_path / out)] == expected


def test_every_protocol_that_was_asked_for_has_a_row(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    command = ["run", "-m", "identity", "-d", f"paired={pairs}", "--out", str(tmp_path / "out")]
    assert main([*command, "-p", "rgb", "-p", "y", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["protocol"] for row in rows] == ["rgb@1", "y@1"]
    assert rows[0]["summary"]["metrics"]["psnr"]["mean"] != rows[1]["summary"]["metrics"]["psnr"]["mean"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('protocols = ["rgb@1"]\nprotocol = "y@1"', "Both protocol and protocols are given"),
        ('protocols = ["rgv@1"]\nmodels = ["identity"]', "did you mean rgb@1"),
        ('modles = ["identity"]', "unknown key 'modles': did you mean models"),
        ('models = "identity"', "models"),
        ("models = [", "is not a TOML file"),
        ('limit = "two"', "limit"),
    ],
)
def test_a_wrong_suite_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str):
    suite = tmp_path / "suite.toml"
    suite.write_text(text)
    assert main(["run", str(suite)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-m", "identiy", "-d", "paired=ROOT"], "Unknown model 'identiy': did you mean identity?"),
        (["-m", "identity", "-d", "gorpo=x"], "Unknown data set 'gorpo': did you mean gopro?"),
        (["-m", "identity", "-d", "paired=ROOT", "-p", "gopr"], "did you mean gopro?"),
        (["-m", "identity", "-d", "paired=nowhere"], "nowhere"),
        (["-m", "prenet=nowhere.pth", "-d", "paired=ROOT"], "no weights file nowhere.pth"),
        (["-m", "./nothing.py:build", "-d", "paired=ROOT"], "no file nothing.py"),
        (["-d", "paired=ROOT"], "name one with -m"),
        (["-m", "identity"], "name one with -d"),
        (["-m", "identity", "-m", "identity", "-d", "paired=ROOT"], "given twice"),
        (["-m", "identity", "-d", "paired=ROOT", "--device", "gpu"], "write cpu, cuda"),
        (["-m", "identity", "-d", "paired=ROOT", "--limit", "0"], "--limit is 0"),
        (["-m", "identity[x=1]", "-d", "paired=ROOT", "-p", "rgb@1"], "no option 'x'"),
        (["--modle", "identity"], "--model"),
        (["-m", "identity", "-d", "paired=ROOT", "--precision", "fp8"], "fp8"),
    ],
)
def test_a_users_mistake_is_one_sentence_and_exit_code_2(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
):
    filled = [argument.replace("ROOT", str(pairs)) for argument in arguments]
    assert main(["run", *filled, "--out", str(tmp_path / "out")]) == 2
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert message in said
    assert "Traceback" not in said


def test_failed_images_give_exit_code_1_and_are_named(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (pairs / "input" / "3.png").write_bytes(b"")
    assert main(["run", "-m", "identity", "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "out")]) == 1
    assert "3.png" in capsys.readouterr().err
    assert find_runs(tmp_path / "out")[0].summary.metrics["psnr"].n == 4


def test_one_model_that_does_not_load_does_not_stop_the_others(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "broken.pth").write_bytes(b"<html>Google Drive</html>")
    models = ["-m", f"prenet={tmp_path / 'broken.pth'}", "-m", "identity"]
    assert main(["run", *models, "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "out")]) == 2
    assert [run.model for run in find_runs(tmp_path / "out")] == ["identity"]
    assert "broken.pth" in capsys.readouterr().err


def test_score_pairs_a_folder_by_name(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    arguments = ["-d", f"paired={pairs}", "-p", "rgb@1", "--name", "mine", "--out", str(tmp_path / "out")]
    assert main(["score", str(pairs / "input"), *arguments]) == 0
    assert "mine" in capsys.readouterr().out
    assert main(["score", str(tmp_path / "nowhere"), *arguments]) == 2


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]):
    assert main([command, "--help"]) == 0
    printed = capsys.readouterr().out
    assert f"restorebench {command}" in printed
    assert "xample" in printed


def test_help_is_light():
    code = textwrap.dedent("""
        import sys
        from restorebench.bench.cli import main
        main(["run", "--help"])
        heavy = {"torch", "scipy", "pandas", "matplotlib", "lpips", "skimage", "cv2"} & set(sys.modules)
        sys.exit(f"imported {heavy}" if heavy else 0)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def test_a_helper_that_was_edited_is_another_plan(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):  # fmt: skip -- a signature
    net, helper = tmp_path / "net.py", tmp_path / "scale.py"
    helper.write_text("K = 1.0\n")
    net.write_text(
        "from torch import nn\nfrom scale import K\n\n\nclass Net(nn.Module):\n"
        "    def __init__(self, by):\n        super().__init__()\n        self.by = by\n\n"
        "    def forward(self, x):\n        return x * K * self.by\n"
    )
    arguments = ["run", "-m", f"{net}:Net[by=1]", "-d", f"paired={pairs}", "-p", "rgb@1", "--out", str(tmp_path / "o")]
    assert main(arguments) == 0
    assert main(arguments) == 0
    helper.write_text("K = 0.5\n")
    assert main(arguments) == 2
    assert "started with another plan (file scale.py: " in capsys.readouterr().err
