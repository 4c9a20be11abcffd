from __future__ import annotations

from pathlib import Path

import pytest
from restorebench.baselines.trained import WEIGHTS
from restorebench.bench.datasets import open_dataset
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.models.loading import load_model
from restorebench.bench.training.export import read_card

TASKS = {"deblur": ("quickstart-blur", 2.0), "derain": ("quickstart-rain", 4.0)}
MODELS = [f"nafnet-nano-{task}{suffix}" for task in TASKS for suffix in ("", "+pde")]


@pytest.mark.parametrize("name", MODELS)
def test_the_card_of_each_file_says_what_it_may_have_seen(name: str):
    card = read_card(WEIGHTS / f"{name}.safetensors")
    assert card.model.partition("=")[0] == name.replace("-deblur", "").replace("-derain", "")
    seen = {data.name.partition("[")[0] for data in card.data}
    assert seen <= {"photographs-train", "paired"}
    assert all(data.pairs in {18, 100} for data in card.data if data.name.startswith("paired"))  # GoPro, REDS
    assert card.environment.commit
    assert card.iterations in {3000, 4000, 18000}


@pytest.mark.parametrize("suffix", ["", "+pde"])
@pytest.mark.parametrize("task", TASKS)
def test_it_beats_the_degraded_image_by_a_margin_that_anyone_can_see(task: str, suffix: str, tmp_path: Path):
    name, margin = TASKS[task]
    dataset = open_dataset(name)
    degraded = evaluate("identity", dataset, out=tmp_path).summary.metrics["psnr"].mean
    restored = evaluate(f"nafnet-nano-{task}{suffix}", dataset, out=tmp_path).summary.metrics["psnr"].mean
    assert degraded is not None
    assert restored is not None
    assert restored > degraded + margin


def test_a_shipped_network_needs_no_file():
    restorer = load_model("nafnet-nano-derain")
    assert restorer.card.needs_weights
    assert "scikit-image" in restorer.card.notes[0]
