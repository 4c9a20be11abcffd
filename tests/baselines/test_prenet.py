from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from restorebench.baselines.prenet import COMMIT, PReNet
from restorebench.bench.errors import UsageError
from restorebench.bench.models.checkpoints import read_checkpoint, sha256_file
from restorebench.bench.models.entries import MODELS
from restorebench.bench.models.fitting import load_weights
from torch import Tensor, nn

OFFICIAL = {
    "prenet": "PReNet",
    "prenet_r": "PReNet_r",
    "prn": "PRN",
    "prn_r": "PRN_r",
    "prenet-lstm": "PReNet_LSTM",
    "prenet-gru": "PReNet_GRU",
    "prenet-x": "PReNet_x",
}


def truncated(restored: Tensor) -> np.ndarray:
    return (255 * restored[0].permute(1, 2, 0).clamp(0, 1).numpy()).astype(np.uint8)


@pytest.mark.parametrize("name", OFFICIAL)
def test_matches_the_official_network(name: str, parity: Callable[[str], Any]) -> None:
    recorded = parity(f"prenet/{OFFICIAL[name]}")
    network: Any = MODELS.get(name).build().eval()
    recorded.check(network, lambda net, image: net(image), recorded.cases)
    with torch.inference_mode():
        stages = list(network.stages(recorded["in/odd_70x53/x"]))
    torch.testing.assert_close(torch.cat(stages), recorded["out/odd_70x53/stages"], rtol=0, atol=2e-5)
    assert MODELS.get(name).card.quantiser == "truncate"
    recorded.check_quantised(stages[-1], "odd_70x53", truncated(stages[-1]))


@pytest.mark.parametrize("name", OFFICIAL)
def test_state_dict_is_the_official_one(name: str, manifest: Callable[[str], Any]) -> None:
    with torch.device("meta"):
        state = MODELS.get(name).build().state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == manifest(f"prenet_{OFFICIAL[name]}")


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        ("prenet", 168_963, 66.249),
        ("prenet_r", 94_979, 66.249),
        ("prn", 95_107, 37.258),
        ("prn_r", 21_123, 37.258),
        ("prenet-lstm", 168_963, 66.249),
        ("prenet-gru", 150_499, None),
        ("prenet-x", 168_099, None),
    ],
)
def test_size_and_complexity(name: str, parameters: int, expected: float | None, gmacs: Callable[..., float]) -> None:
    entry = MODELS.get(name)
    assert sum(parameter.numel() for parameter in entry.build().parameters()) == parameters
    if expected is not None:
        assert gmacs(entry.build) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("file", "name"), [("prenet_rain100h.pth", "prenet"), ("prn_r_rain100h.pth", "prn_r")])
def test_official_weights_give_the_official_image(
    file: str, name: str, fixtures: Path, parity: Callable[[str], Any]
) -> None:
    path = fixtures / "weights" / "prenet" / file
    entry, recorded = MODELS.get(name), parity("prenet/real_checkpoints")
    rain100h = next(checkpoint for checkpoint in entry.card.checkpoints if checkpoint.name == "rain100h")
    assert rain100h.sha256 == sha256_file(path)
    network = entry.build().eval()
    load_weights(network, read_checkpoint(path), model_name=name, path=path)
    with torch.inference_mode():
        restored = network(recorded["in/x"])
    case = f"Rain100H/{OFFICIAL[name]}"
    torch.testing.assert_close(restored, recorded[f"out/{case}"], rtol=0, atol=2e-5)
    recorded.check_quantised(restored, case, truncated(restored), folder="saved_u8")


def test_every_listed_checkpoint_has_its_recorded_digest(parity: Callable[[str], Any]) -> None:
    known = {case["ckpt"]: case["sha256"] for case in parity("prenet/real_checkpoints").description["cases"]}
    listed = {
        checkpoint.url.partition(f"{COMMIT}/")[2]: checkpoint.sha256
        for name in ("prenet", "prenet_r", "prn", "prn_r")
        for checkpoint in MODELS.get(name).card.checkpoints
    }
    assert listed == known


@pytest.mark.parametrize("recurrence", ["none", "lstm", "gru"])
@pytest.mark.parametrize("shared_block", [False, True])
def test_trains(
    recurrence: Any,
    shared_block: bool,  # noqa: FBT001 -- parametrised
    check_training: Callable[..., None],
    recipe: Callable[..., nn.Module],
) -> None:
    network = recipe(PReNet(recurrence=recurrence, shared_block=shared_block, recurrent_iter=2, width=4))
    check_training(network, torch.rand(2, 3, 12, 10), torch.rand(2, 3, 12, 10))


def test_fewer_stages_are_the_first_of_many() -> None:
    many = PReNet(recurrent_iter=6).eval()
    few = PReNet(recurrent_iter=2).eval()
    few.load_state_dict(many.state_dict())
    image = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        assert torch.equal(few(image), list(many.stages(image))[1])


def test_no_stages_are_refused() -> None:
    with pytest.raises(UsageError, match="recurrent_iter must be at least 1"):
        MODELS.get("prenet").build(recurrent_iter=0)


def test_other_formats_agree(recipe: Callable[..., nn.Module]) -> None:
    network = recipe(PReNet()).eval()
    image = torch.rand(1, 3, 33, 21)
    with torch.inference_mode():
        expected = network(image)
        last = network.to(memory_format=torch.channels_last)(image.contiguous(memory_format=torch.channels_last))
        torch.testing.assert_close(last, expected, rtol=0, atol=2e-5)
        coarse = network.to(torch.bfloat16)(image.bfloat16())
    assert coarse.dtype == torch.bfloat16
    assert (coarse.float() - expected).abs().mean() < 0.02
