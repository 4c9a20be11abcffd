"""Checkpoints as they lie around: taken by what fits, named, and refused where two networks do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from restorebench.bench.errors import CheckpointError
from restorebench.bench.models.checkpoints import read_checkpoint
from restorebench.bench.models.fitting import load_file
from torch import Tensor, nn

State = dict[str, Tensor]


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Sequential(nn.Conv2d(4, 3, 3)))


def state(seed: int = 1) -> State:
    torch.manual_seed(seed)
    return network().state_dict()


def prefixed(prefix: str, tensors: State) -> State:
    return {f"{prefix}{key}": value for key, value in tensors.items()}


FILES: dict[str, Callable[[State], Any]] = {
    "raw": lambda s: s,
    "params": lambda s: {"params": s},
    "generator": lambda s: {"generator": s, "discriminator": {"0.weight": torch.zeros(1, 3, 3, 3)}},
    "unknown key": lambda s: {"my_own_key": {"deeper": s}, "step": torch.tensor(4)},
    "lightning": lambda s: {"state_dict": prefixed("net.", s) | {"loss.vgg.weight": torch.zeros(2)}, "epoch": 3},
    "gan in one": lambda s: {"state_dict": prefixed("netG.module.", s) | prefixed("netD.", {"w": torch.zeros(1)})},
    "moving average": lambda s: prefixed("module.", s) | {"n_averaged": torch.tensor(9)},
    "ema": lambda s: {"ema": {"module": s, "decay": 0.999}},
    "compiled in DDP": lambda s: prefixed("module._orig_mod.", s),
    "compiled part": lambda s: {key.replace("2.0.", "2._orig_mod.0."): value for key, value in s.items()},
    "fsdp": lambda s: {key.replace("2.", "_fsdp_wrapped_module.2._fsdp_wrapped_module."): v for key, v in s.items()},
    "activation checkpoints": lambda s: {k.replace("2.0.", "2._checkpoint_wrapped_module.0."): v for k, v in s.items()},
    "data parallel part": lambda s: {key.replace("2.0.", "2.module.0."): value for key, value in s.items()},
    "thop": lambda s: (
        s | {"total_ops": torch.zeros(1), "0.total_ops": torch.zeros(1), "2.0.total_params": torch.zeros(1)}
    ),
    "with numbers": lambda s: {**s, "epoch": 3, "arch": "mine"},
}


@pytest.mark.parametrize("kind", FILES)
def test_the_network_in_a_file_is_found_by_what_fits(kind: str, tmp_path: Path):
    path, mine = tmp_path / "w.pth", network()
    torch.save(FILES[kind](state()), path)
    note = load_file(mine, path, model_name="mine")
    assert all(torch.equal(value, state()[key]) for key, value in mine.state_dict().items())
    assert (note == "") == (kind in ("raw", "compiled in DDP", "with numbers"))


@pytest.mark.parametrize(
    ("file", "keys"),
    [
        ({"params": state(1), "params_ema": state(2)}, "params and params_ema"),
        ({"state_dict": prefixed("net.", state(1)) | prefixed("ema_model.module.", state(2))}, "state_dict.ema_model"),
        ({"model": state(1), "model_ema": {"module": state(2)}}, "model and model_ema.module"),
        ({"gen_a": state(1), "gen_b": state(2), "gen_c": state(3)}, "gen_a, gen_b and gen_c"),
    ],
)
def test_two_networks_are_never_chosen_from_in_silence(file: Any, keys: str, tmp_path: Path):
    path = tmp_path / "w.pth"
    torch.save(file, path)
    with pytest.raises(CheckpointError, match="networks that fit, with different weights") as refused:
        load_file(network(), path, model_name="mine")
    assert keys in str(refused.value)
    assert "[weights_key=" in str(refused.value)


@pytest.mark.parametrize(("key", "seed"), [("params", 1), ("params_ema", 2)])
def test_a_person_says_which(key: str, seed: int, tmp_path: Path):
    path, mine = tmp_path / "w.pth", network()
    torch.save({"params": state(1), "params_ema": state(2)}, path)
    note = load_file(mine, path, model_name="mine", weights_key=key)
    assert torch.equal(mine.state_dict()["0.weight"], state(seed)["0.weight"])
    assert note == f"Of w.pth, the weights are those under {key}."
    assert torch.equal(read_checkpoint(path, key)["0.weight"], state(seed)["0.weight"])
    with pytest.raises(CheckpointError, match=r"no state dict under 'parms'.*did you mean params"):
        load_file(mine, path, model_name="mine", weights_key="parms")


def test_the_same_network_twice_is_no_choice(tmp_path: Path):
    path = tmp_path / "w.pth"
    torch.save({"params": state(), "params_ema": state()}, path)
    load_file(network(), path, model_name="mine")
    load_file(network(), path, model_name="mine", weights_key="params_ema")
    assert list(read_checkpoint(path)) == list(state())


def test_a_part_of_a_larger_network_is_not_taken_for_the_whole(tmp_path: Path):
    path = tmp_path / "w.pth"
    torch.save(prefixed("encoder.", state()) | {"head.weight": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="does not fit mine"):
        load_file(network(), path, model_name="mine")


def test_nearly_fitting_is_not_fitting(tmp_path: Path):
    path = tmp_path / "w.pth"
    wrong = state() | {"2.0.weight": torch.zeros(3, 4, 5, 5)}
    torch.save({"params": wrong, "other": {"x": torch.zeros(2)}}, path)
    with pytest.raises(CheckpointError, match=r"2\.0\.weight is 3x4x5x5 instead of 3x4x3x3"):
        load_file(network(), path, model_name="mine")
