"""Damaged weights, states of trainings and fields of physics layers: tensors, or one sentence."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from restorebench.bench.files.codec import encode
from restorebench.bench.machine.environment import current_environment
from restorebench.bench.models.checkpoints import read_checkpoint
from restorebench.bench.models.physics.maps import FieldMaps, encode_fields, load_fields
from restorebench.bench.training.export import METADATA_KEY, WeightsCard, read_card
from restorebench.bench.training.state import read_state
from safetensors.torch import save

from robustness.driver import Tally
from robustness.mutations import damaged_bytes

WEIGHTS = {"conv.weight": torch.arange(216.0).reshape(8, 3, 3, 3), "conv.bias": torch.zeros(8)}


CARD = WeightsCard(
    model="nafnet-nano",
    recipe={"title": "tiny"},
    recipe_sha256="a" * 64,
    seed=0,
    iterations=3,
    data=(),
    environment=current_environment("cpu"),
    validation={"psnr": 30.0},
    created="2026-01-02",
)


def saved(value: object, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def fields() -> bytes:
    u, v, dx, dy, source = np.random.default_rng(0).normal(size=(5, 6, 7))
    return encode_fields(FieldMaps(u, v, dx, dy, source, 4, 1.0, untrained=False))


KINDS: dict[str, tuple[Callable[[], bytes], Callable[[Path], object]]] = {
    "zip": (lambda: saved({"params": WEIGHTS}), read_checkpoint),
    "legacy": (lambda: saved({"state_dict": WEIGHTS}, legacy=True), read_checkpoint),
    "safetensors": (lambda: save(WEIGHTS, {"card": "{}"}), read_checkpoint),
    "card": (lambda: save(WEIGHTS, {METADATA_KEY: json.dumps(encode(CARD))}), read_card),
    "state": (lambda: saved({"plan": "p", "iteration": 3, "network": WEIGHTS}), partial(read_state, plan="p")),
    "fields": (fields, load_fields),
}


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_checkpoints(kind: str, tmp_path: Path, fuzzed: Callable[..., Tally]) -> None:
    make, reader = KINDS[kind]
    whole = make()
    place = tmp_path / "file"

    def mutated(draw: random.Random) -> bytes:
        part = draw.choice((len(whole), 400))
        if draw.random() < 0.5:
            return damaged_bytes(whole[:part], draw) + whole[part:]
        return whole[:-part] + damaged_bytes(whole[-part:], draw)

    def read(content: bytes) -> None:
        place.unlink(missing_ok=True)  # a file that is mapped is not overwritten
        place.write_bytes(content)
        reader(place)

    tally = fuzzed(f"checkpoint-{kind}", mutated, read, count=200)
    assert tally.refused > 0
