"""Files as the official training programs write them, with random weights: found, loaded strictly, and identified."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from restorebench.bench.models.checkpoints import read_checkpoint
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.identify import identify
from restorebench.bench.models.loading import open_model
from restorebench.bench.registry.specs import parse_spec

LIGHTNING: dict[str, Any] = {"epoch": 119, "pytorch-lightning_version": "2.0.1", "optimizer_states": [{"state": {}}]}
FILES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "promptir-nano": ("model.ckpt", "state_dict", "net.", LIGHTNING),
    "adair-nano": ("adair5d.ckpt", "state_dict", "net.", LIGHTNING),
    "x-restormer-nano": ("deblur_300k.pth", "params", "", {}),
    "convir-nano": ("Best.pkl", "model", "", {}),
    "deblurganv2-mobilenet": ("fpn_mobilenet.h5", "model", "module.", {}),
}
"""Model to the name of the file, the key of the state dict, the prefix of its keys, and what else the file holds."""


@pytest.mark.parametrize("name", FILES)
def test_loads_and_is_identified(name: str, tmp_path: Path) -> None:
    filename, key, prefix, others = FILES[name]
    expected = MODELS.get(name).build().state_dict()
    path = tmp_path / filename
    torch.save({key: {prefix + entry: value for entry, value in expected.items()}, **others}, path)
    loaded = open_model(parse_spec(f"{name}={path}")).network.state_dict()
    assert list(loaded) == list(expected)
    assert all(torch.equal(loaded[entry], value) for entry, value in expected.items())
    assert [candidate.model for candidate in identify(read_checkpoint(path))] == [name]
