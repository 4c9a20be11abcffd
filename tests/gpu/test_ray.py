"""Parts of a GPU for workers on Ray."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from helpers.gpu import NEEDS_GPU, picture
from restorebench.bench.cli import main
from restorebench.bench.files.images import save_png
from restorebench.bench.runs.run import find_runs

ray = pytest.importorskip("ray")

pytestmark = [*NEEDS_GPU, pytest.mark.slow, pytest.mark.filterwarnings("default")]  # warnings inside Ray are not ours


def test_two_workers_share_a_gpu(tmp_path: Path):
    for number in range(8):
        for kind in ("input", "target"):
            save_png(tmp_path / "pairs" / kind / f"{number}.png", picture(64, 64, number))
    model = tmp_path / "mine.py"
    model.write_text(
        "import os\nfrom pathlib import Path\nfrom torch import nn\n"
        "class Named(nn.Module):\n"
        "    def forward(self, images):\n"
        "        (Path(__file__).parent / f'{images.device.type}-{os.getpid()}').touch()\n"
        "        return images\n"
        "def build():\n    return Named()\n"
    )
    ray.init(num_cpus=2, num_gpus=1, include_dashboard=False)
    try:
        code = main(
            [
                *("run", "-m", f"{model}:build", "-d", f"paired={tmp_path / 'pairs'}", "--out", str(tmp_path / "out")),
                *("--engine", "ray", "--device", "cuda", "--gpus-per-worker", "0.5", "--ray-workers", "2"),
            ]
        )
    finally:
        ray.shutdown()
    assert code == 0
    (run,) = find_runs(tmp_path / "out")
    assert {record.status for record in run.records} == {"ok"}
    workers = list(tmp_path.glob("cuda-*"))
    assert workers
    assert f"cuda-{os.getpid()}" not in {path.name for path in workers}
