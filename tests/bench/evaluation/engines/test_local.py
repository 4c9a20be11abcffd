from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.memory_dataset import photograph
from restorebench.bench.cli import main
from restorebench.bench.contracts import UInt8Image
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.engines import local
from restorebench.bench.evaluation.matrix import run_matrix
from restorebench.bench.evaluation.options import RunOptions
from restorebench.bench.files import images as files
from restorebench.bench.files.fingerprints import pixel_sha256
from restorebench.bench.files.images import save_png
from restorebench.bench.metrics import lpips
from restorebench.bench.runs.run import find_runs
from restorebench.bench.terminal.progress import Silent

MODELS, FEW, PAIRS = 20, 4, 6
BYTES = 24 * 32 * 3
"""Of one decoded image."""

MODEL = """
from torch import nn

class Darker(nn.Module):
    def __init__(self, by=0):
        super().__init__()
        self.by = by

    def forward(self, x):
        x *= 1 - self.by / 100  # in place: the next model must not see it
        return x
"""


@pytest.fixture
def asked(tmp_path: Path) -> RunOptions:
    """Twenty models on six pairs."""
    (tmp_path / "mine.py").write_text(MODEL)
    for index in range(PAIRS):
        save_png(tmp_path / "pairs" / "input" / f"{index}.png", photograph(index))
        save_png(tmp_path / "pairs" / "target" / f"{index}.png", photograph(index + 100))
    return RunOptions(
        models=tuple(f"{tmp_path / 'mine.py'}:Darker[by={by}]" for by in range(MODELS)),
        datasets=(f"paired={tmp_path / 'pairs'}",),
        protocols=("rgb@1",),
        out=str(tmp_path / "out"),
        device="cpu",
    )


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file is decoded."""
    counts = Counter[str]()
    decode = files.decode_image

    def counting(source: Path | bytes, name: str) -> UInt8Image:
        counts[f"{Path(name).parent.name}/{Path(name).name}"] += 1
        return decode(source, name)

    monkeypatch.setattr(files, "decode_image", counting)
    return counts


def records(out: Path) -> dict[str, list[object]]:
    """The lines of every run but for the seconds, by model."""
    return {
        run.model: [
            {**json.loads(line), "seconds": None} for line in (run.path / "scores.jsonl").read_text().splitlines()
        ]
        for run in find_runs(out)
    }


def test_twenty_models_decode_each_pair_once(asked: RunOptions, decoded: Counter[str]):
    outcome = run_matrix(asked, Control(save_images="none"))
    assert outcome.exit_code == 0
    assert [len(run.records) for run in outcome.runs] == [PAIRS] * MODELS
    assert len(decoded) == 2 * PAIRS
    assert set(decoded.values()) == {1}


def test_a_small_budget_changes_the_work_and_no_record(asked: RunOptions, decoded: Counter[str], tmp_path: Path):
    asked = replace(asked, models=asked.models[:FEW])
    run_matrix(asked, Control(save_images="none"))
    decoded.clear()
    small = Control(save_images="none", image_memory=4 * BYTES / 1e9)
    run_matrix(replace(asked, out=str(tmp_path / "small")), small)
    assert sorted(decoded.values()) == [1] * 4 + [FEW] * (2 * PAIRS - 4)
    decoded.clear()
    run_matrix(replace(asked, out=str(tmp_path / "none")), Control(save_images="none", image_memory=0))
    assert set(decoded.values()) == {FEW}
    shared = records(tmp_path / "out")
    assert len(shared) == FEW
    assert len({str(lines) for lines in shared.values()}) == FEW
    assert shared == records(tmp_path / "small") == records(tmp_path / "none")


def test_models_share_what_lpips_makes_of_a_target(
    asked: RunOptions, tmp_path: Path, synthetic_backbone: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(synthetic_backbone("alex")))
    passes: list[object] = []
    watched = lpips.lpips_features
    monkeypatch.setattr(lpips, "lpips_features", lambda *arguments: passes.append(1) or watched(*arguments))
    for index in range(PAIRS):  # large enough for LPIPS
        for side, seed in (("input", index), ("target", index + 100)):
            save_png(tmp_path / "pairs" / side / f"{index}.png", np.tile(photograph(seed), (2, 2, 1)))
    asked = replace(asked, models=asked.models[:FEW])
    run_matrix(asked, Control(save_images="none"))
    assert len(passes) == FEW * PAIRS + PAIRS
    passes.clear()
    run_matrix(replace(asked, out=str(tmp_path / "none")), Control(save_images="none", image_memory=0))
    assert len(passes) == 2 * FEW * PAIRS
    assert records(tmp_path / "out") == records(tmp_path / "none")
    assert all('"lpips": null' not in str(lines) for lines in records(tmp_path / "out").values())


def test_a_file_that_changes_between_two_models_is_seen(asked: RunOptions, tmp_path: Path):
    class Meddling(Silent):
        cells = 0

        def start(self, title: str, total: int, done: int) -> None:
            del title, total, done
            self.cells += 1
            if self.cells == 2:
                save_png(tmp_path / "pairs" / "target" / "3.png", photograph(7))

    asked = replace(asked, models=asked.models[:3])
    run_matrix(asked, Control(save_images="none", progress=Meddling()))
    expected = [pixel_sha256(photograph(3), photograph(seed))[:16] for seed in (103, 7, 7)]
    runs = {run.model: run for run in find_runs(tmp_path / "out")}
    assert [runs[model].records[3].pair for model in asked.models] == expected


def test_one_model_alone_keeps_no_images(asked: RunOptions, monkeypatch: pytest.MonkeyPatch):
    budgets: list[int] = []

    class Noted(local.DecodedImages):
        def __init__(self, budget: int = 0) -> None:
            budgets.append(budget)
            super().__init__(budget)

    monkeypatch.setattr(local, "DecodedImages", Noted)
    monkeypatch.setattr(local, "default_budget", lambda: 12345)
    run_matrix(replace(asked, models=asked.models[:1]), Control(save_images="none"))
    run_matrix(replace(asked, models=asked.models[:2]), Control(save_images="none"))
    assert budgets == [0, 12345]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image-memory", "-1"], "--image-memory is -1, but must be a number of GB from 0 on."),
        (["--image-memory", "1", "--engine", "ray"], "--image-memory goes with --engine local"),
    ],
)
def test_a_wrong_budget_is_one_sentence(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["run", "-m", "identity", "-d", f"paired={tmp_path}", *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
