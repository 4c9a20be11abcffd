from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from restorebench.bench.cli import main

COUNT = ["profile", "-m", "nafnet-nano", "--macs-only"]


def test_counts_are_printed_and_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    code = main([*COUNT, "-m", "fftformer-nano", "--size", "256x256", "64x96", "--out", str(tmp_path)])
    printed = capsys.readouterr()
    assert code == 0
    assert re.search(r"nafnet-nano +256x256 +0\.289 +1\.090 +1\.031 +1\.031 +0\.000 +0\.059", printed.out)
    assert re.search(r"fftformer-nano +64x96 +0\.307", printed.out)
    assert "random weights" in printed.err
    assert (tmp_path / "cost" / "fftformer-nano.json").is_file()
    assert "peak memory" not in printed.out


def test_json_is_the_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([*COUNT, "--size", "32x32", "--json", "--out", str(tmp_path)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == [json.loads((tmp_path / "cost" / "nafnet-nano.json").read_text())]


def test_time_and_memory_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["-m", "identity", "--size", "32x32", "64x64", "--seconds", "0.3", "--threads", "1"]
    code = main(["profile", *words, "--out", str(tmp_path)])
    printed = capsys.readouterr()
    assert code == 0
    assert re.search(r"identity +32x32, fp32 .* \d+ growth", printed.out)
    assert re.search(r"^On cpu: .+, 1 thread", printed.out)
    assert all(unit in printed.out for unit in ("latency (ms)", "p5 - p95 (ms)", "peak memory (MiB)"))
    assert "6/6 measurements" in printed.err  # for each size: MACs, time, memory


def test_lower_bounds_steps_tiles_and_failures_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert (
        main(["profile", "-m", "median", "-m", "irsde-nano", "--macs-only", "--tile", "128", "--out", str(tmp_path)])
        == 0
    )
    printed = capsys.readouterr()
    assert re.search(r"median +256x256 .*>=0\.000", printed.out)
    assert "median at 256x256: the totals are lower bounds, since the cost of Tensor.numpy is unknown." in printed.err
    assert "`network` runs 100 times, " in printed.err
    assert "counted as executed, in 9 tiles of 128 pixels" in printed.err


BAD = """\
from torch import nn


class Wrong(nn.Module):
    def forward(self, x):
        if x.is_meta:
            return x
        raise RuntimeError("not implemented for this processor")


class Physics(nn.Conv2d):
    cost_group = "physics"


def build():
    return Wrong()


def physics():
    return nn.Sequential(nn.Conv2d(3, 30, 3, padding=1), Physics(30, 3, 1))
"""


def test_a_program_is_measured_as_the_processes_that_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    script = tmp_path / "copy.py"
    script.write_text(
        "import shutil, sys, time\nheld = bytearray(b'1') * (100 << 20)\nshutil.copy(sys.argv[1], sys.argv[2])\n"
        "time.sleep(0.02)\n"
    )
    program = f"cmd:{sys.executable} -S {script} {{input}} {{output}}"
    words = ["-m", program, "--size", "32x32", "--no-latency", "--json", "--out", str(tmp_path / "out")]
    assert main(["profile", *words]) == 0
    (cost,) = json.loads(capsys.readouterr().out)
    memory = cost["cells"][0]["memory"]
    assert 100 << 20 < memory["peak"] < 160 << 20  # and not the hundreds of MiB of this process
    assert main(["profile", *words[:-3], "--out", str(tmp_path / "again")]) == 0
    assert "every call starts the program" in capsys.readouterr().err


def test_a_cell_that_fails_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine.py").write_text(BAD)
    words = ["-m", f"{tmp_path}/mine.py:build", "--size", "32x32", "--no-memory", "--seconds", "0.2"]
    assert main(["profile", *words, "--out", str(tmp_path)]) == 1
    printed = capsys.readouterr()
    assert " failed " in printed.out
    assert "not implemented for this processor" in printed.err


def test_the_physics_layer_is_a_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine.py").write_text(BAD)
    words = ["-m", f"{tmp_path}/mine.py:physics", "--size", "100x100", "--macs-only"]
    assert main(["profile", *words, "--out", str(tmp_path)]) == 0
    # 90 products a pixel and three biases, over 810 products and 30 biases
    assert "physics takes 0.0009 GMACs (all) = 11.09% of the base's 0.008." in capsys.readouterr().err


def test_trees_and_plots(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["--size", "64x64", "--tree", "1", "--plot", str(tmp_path / "p.png"), "--out", str(tmp_path)]
    assert main([*COUNT, *words]) == 0
    assert "├─ encoders (ModuleList)" in capsys.readouterr().out
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"


def test_fvcore_is_asked_beside(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([*COUNT, "--size", "64x64", "--fvcore", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().err
    assert re.search(
        r"fvcore counts 0\.064 GMACs, 0\.064 of them products \(restorebench: 0\.064\); it skips aten::", said
    )


def test_published_figures_are_one_command(capsys: pytest.CaptureFixture[str]):
    assert main(["profile", "--published"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"restormer +26\.127 +141 +140\.990 +-0\.01% +conv ", printed)
    assert re.search(r"nafnet-width64-notlc +67\.889 +65 .* unexplained", printed)
    assert re.search(r"restormer +26\.127 +154\.88 +154\.882 +\+0\.00% +conv\+linear\+matmul", printed)
    assert main(["profile", "--published", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    page = (Path(__file__).parents[3] / "docs" / "explanation" / "macs.md").read_text()
    for row in rows:
        name = f"{row['model']}, one step" if row["per_step"] else row["model"]
        assert f"| {name} | {row['published_gmacs']:g} | {row['counted_gmacs']:.3f} |" in page
        assert row["source"] in page
    assert {row["model"] for row in rows if not row["explained"]} == {"nafnet-width64-notlc", "restormer"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "No model was given"),
        (["-m", "restromer"], "did you mean restormer"),
        (["-m", "identity", "--size", "720"], "--size 720 is not a size"),
        (["-m", "identity", "--size", "0x10"], "--size 0x10 is not a size"),
        (["-m", "identity", "--precision", "tf32"], "tf32 exists on CUDA devices only"),
        (["-m", "identity", "--device", "toaster"], "There is no device"),
    ],
)
def test_mistakes_are_one_sentence(words: list[str], message: str, capsys: pytest.CaptureFixture[str]):
    assert main(["profile", *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("asked", [False, True])
def test_an_unstable_latency_is_printed_on_request(
    asked: bool,  # noqa: FBT001 -- parametrised
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["-m", "identity", "--size", "16x16", "--no-memory", "--error", "1e-9", "--seconds", "0.2"]
    assert main(["profile", *words, *(["--unstable"] if asked else []), "--out", str(tmp_path), "--json"]) == 0
    (cost,) = json.loads(capsys.readouterr().out)
    assert cost["cells"][0]["time"]["doubts"], "no latency is known to a billionth"
    assert main(["profile", *words, *(["--unstable"] if asked else []), "--out", str(tmp_path)]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "identity" in line)
    assert (re.search(r"[\d.]+ \(unstable\)", row) is not None) == asked
    assert "unstable" in row
