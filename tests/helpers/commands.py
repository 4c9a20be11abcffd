"""Every command that writes, on inputs of a few small images, for tests of what happens when writing fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from restorebench.bench.files.images import save_png

from helpers.report_runs import FakeRun, write_run

__all__ = ["COMMANDS", "Inputs", "contents", "write_inputs"]

RECIPE = """
title = "tiny"
model = "{model}"
crop = 16
batch = 1
save_every = 2
log_every = 1
[[data]]
source = "paired={pairs}"
[[stages]]
iterations = 4
"""

VALIDATION = """
[validation]
source = "paired={pairs}"
every = 2
limit = 1
"""

NETWORK = """
from torch import nn

def build():
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Dropout(0.1), nn.Conv2d(4, 3, 3, padding=1))

class Fails(nn.Module):
    def forward(self, images):
        raise ValueError("as it must")
"""

EXPERIMENT = """
title = "tiny"
seeds = [0]
[[studies]]
task = "deblurring"
recipe = "{recipe}"
tests = ["paired={pairs}"]
[[studies.arms]]
model = "{model}"
[[studies.arms]]
model = "nafnet-nano"
"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files that commands read; none of them is written to."""

    root: Path

    @property
    def pairs(self) -> Path:
        """Three pairs in `input` and `target`."""
        return self.root / "pairs"

    @property
    def runs(self) -> Path:
        """Two finished runs with pictures."""
        return self.root / "runs"

    @property
    def network(self) -> str:
        """A model file."""
        return str(self.root / "net.py")


def write_inputs(root: Path) -> Inputs:
    """Write all inputs below a folder."""
    inputs, rng = Inputs(root), np.random.default_rng(0)
    for index in range(3):
        target = rng.integers(0, 256, (32, 40, 3), dtype=np.uint8)
        save_png(inputs.pairs / "target" / f"{index}.png", target)
        save_png(inputs.pairs / "input" / f"{index}.png", target // 2)
    Path(inputs.network).write_text(NETWORK, encoding="utf-8")
    for model, title in (("prenet", "PReNet"), ("dmphn", "DMPHN")):
        fake = FakeRun(model=model, title=title, images=4, found=4, metrics=("psnr", "ssim"))
        write_run(inputs.runs, fake, pictures=range(3), fields=range(1) if model == "dmphn" else ())
    recipe = RECIPE.format(model=f"{inputs.network}:build", pairs=inputs.pairs)
    (root / "recipe.toml").write_text(recipe)
    (root / "validated.toml").write_text(recipe + VALIDATION.format(pairs=inputs.pairs))
    experiment = EXPERIMENT.format(recipe=root / "recipe.toml", pairs=inputs.pairs, model=f"{inputs.network}:build")
    (root / "experiment.toml").write_text(experiment)
    return inputs


Words = Callable[[Inputs, Path], list[str]]


def _run(inputs: Inputs, out: Path) -> list[str]:
    return ["run", "-m", "identity", "-m", "median", "-d", f"paired={inputs.pairs}", "--out", str(out)]


def _failing_run(inputs: Inputs, out: Path) -> list[str]:
    return ["run", "-m", f"{inputs.network}:Fails", "-d", f"paired={inputs.pairs}", "--out", str(out)]


def _score(inputs: Inputs, out: Path) -> list[str]:
    return ["score", str(inputs.pairs / "input"), "-d", f"paired={inputs.pairs}", "--name", "mine", "--out", str(out)]


def _train(inputs: Inputs, out: Path) -> list[str]:
    return ["train", str(inputs.root / "recipe.toml"), "--device", "cpu", "--out", str(out)]


def _validated_train(inputs: Inputs, out: Path) -> list[str]:
    return ["train", str(inputs.root / "validated.toml"), "--device", "cpu", "--out", str(out)]


def _show(inputs: Inputs, out: Path) -> list[str]:
    image = inputs.pairs / "input" / "0.png"
    return ["physics", "show", "-m", "nafnet-nano-deblur+pde", "-i", str(image), "--out", str(out / "fields.png")]


def _verdict(inputs: Inputs, out: Path) -> list[str]:
    return ["physics", "verdict", str(inputs.root / "experiment.toml"), "--device", "cpu", "--out", str(out)]


def _check(inputs: Inputs, out: Path) -> list[str]:
    cell = str(inputs.runs / "rain100h" / "prenet")
    return ["check", cell, "--baseline", cell, "--junit", str(out / "check.xml")]


def _table(inputs: Inputs, out: Path) -> list[str]:
    return ["table", str(inputs.runs), "--format", "latex", "--bib", str(out / "table.bib")]


def _plot(inputs: Inputs, out: Path) -> list[str]:
    profiled = ["profile", "-m", f"{inputs.network}:build", "--macs-only", "--size", "16x16", "--out", str(out)]
    return [*profiled, "--plot", str(out / "macs.svg")]


COMMANDS: Mapping[str, Words] = {
    "run": _run,
    "run that fails": _failing_run,
    "score": _score,
    "train": _train,
    "train with validation": _validated_train,
    "physics show": _show,
    "physics verdict": _verdict,
    "check": _check,
    "table": _table,
    "profile": _plot,
    "report": lambda inputs, out: ["report", str(inputs.runs), "--out", str(out)],
    "report in one file": lambda inputs, out: ["report", str(inputs.runs), "--single-file", "--out", str(out)],
    "leaderboard": lambda inputs, out: ["leaderboard", str(inputs.runs), "--out", str(out)],
    "submit": lambda inputs, out: ["submit", str(inputs.runs), "--out", str(out)],
    "merge": lambda inputs, out: ["merge", str(inputs.runs), "--out", str(out)],
    "figure": lambda inputs, out: ["figure", "violin", str(inputs.runs), "--out", str(out / "violin.pdf")],
    "baseline": lambda inputs, out: ["baseline", "save", str(inputs.runs), "--out", str(out / "base.json")],
}
"""By name: the words of the command line for these inputs and an output folder."""


def contents(out: Path) -> dict[str, bytes]:
    """Every file below a folder, with what is in it."""
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
