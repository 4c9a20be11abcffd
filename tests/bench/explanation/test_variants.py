from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.restored_images import write_pairs
from restorebench.bench.contracts import InferenceSettings
from restorebench.bench.datasets import open_dataset
from restorebench.bench.evaluation.cell import Control
from restorebench.bench.evaluation.evaluate import evaluate
from restorebench.bench.explanation.explain import explain
from restorebench.bench.explanation.measuring import rulers_for
from restorebench.bench.explanation.variants import measure_variants, variants_of
from restorebench.bench.metrics import lpips
from restorebench.bench.registry.specs import parse_spec

SKEWED = """\
import torch
from torch import nn


class Skewed(nn.Module):
    '''Darkens from left to right, so that mirroring an image changes what is made of it.'''

    def forward(self, x):
        return x + torch.linspace(-0.05, 0.049, x.shape[-1])


def build():
    return Skewed().eval()
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    file = tmp_path / "skewed.py"
    file.write_text(SKEWED, encoding="utf-8")
    return f"{file}:build"


def test_a_self_ensemble_is_the_mean_over_the_eight_symmetries(model: str):
    variants = {variant.words: variant for variant in variants_of(parse_spec(model), InferenceSettings())}
    assert list(variants) == ["full image", "self-ensemble of 8", "tiles of 256"]
    image = np.full((20, 20, 3), 128, np.uint8)
    one = variants["full image"].restore(image, "")
    eight = variants["self-ensemble of 8"].restore(image, "")
    symmetries = [turned for turns in range(4) for turned in (np.rot90(one, turns), np.rot90(one[:, ::-1], turns))]
    assert eight == pytest.approx(np.mean(symmetries, axis=0), abs=1e-6)
    assert not np.allclose(eight, one, atol=1e-3)


def test_the_variant_and_the_rounding_that_made_a_number_are_found(model: str, tmp_path: Path):
    data, _ = write_pairs(tmp_path, 3, 40, 40)
    dataset = open_dataset("paired", data)
    run = evaluate(model, dataset, "rgb@1", out=tmp_path / "out", control=Control(save_images="all"))
    variants = variants_of(parse_spec(model), InferenceSettings())
    keys = [pair.key for pair in dataset]
    measured = {each.label: each for each in measure_variants(variants, dataset, keys, rulers_for({"psnr"}))}
    assert set(measured) == {
        f"{words}, {rounding}"
        for words in ("full image", "self-ensemble of 8", "tiles of 256")
        for rounding in ("rounded to 8 bits", "truncated to 8 bits", "unrounded")
    }
    errors = measured["self-ensemble of 8, truncated to 8 bits"].columns["mse rgb crop0"]
    number = np.mean(10 * np.log10(255**2 / errors))
    assert explain(run, [f"psnr={number:.4f}"]).answers == ()
    found = explain(run, [f"psnr={number:.4f}"], dataset, variants=variants)
    assert any("self-ensemble of 8, truncated" in answer.words for answer in found.answers)
    plain = measured["full image, rounded to 8 bits"].columns["mse rgb crop0"]
    recorded = [known.metrics["psnr"] for known in run.records]
    assert 10 * np.log10(255**2 / plain) == pytest.approx(recorded, abs=1e-9)


def test_the_target_goes_through_the_network_of_lpips_once_for_all_roundings(
    model: str, tmp_path: Path, synthetic_backbone: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("RESTOREBENCH_LPIPS_ALEX", str(synthetic_backbone("alex")))
    data, _ = write_pairs(tmp_path, 2, 40, 40)
    dataset = open_dataset("paired", data)
    passes: list[object] = []
    watched = lpips.lpips_features
    monkeypatch.setattr(lpips, "lpips_features", lambda *arguments: passes.append(1) or watched(*arguments))
    plain = variants_of(parse_spec(model), InferenceSettings())[:1]
    keys = [pair.key for pair in dataset]
    measured = list(measure_variants(plain, dataset, keys, rulers_for({"lpips"})))
    forms, roundings, images = 2, 3, 2
    assert [sorted(each.columns) for each in measured] == [["lpips alex", "lpips alex-unscaled"]] * roundings
    assert len(passes) == images * forms * (roundings + 1)
    assert len({tuple(each.columns["lpips alex"]) for each in measured}) == roundings
