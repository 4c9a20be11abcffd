from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import pickle
import random
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.states import State, assert_same, small_state
from restorebench.bench.errors import CheckpointError
from restorebench.bench.models.checkpoints import read_checkpoint, sha256_file
from restorebench.bench.models.identify import manifest
from safetensors.torch import save_file
from torch import nn


@pytest.fixture
def state() -> State:
    return small_state()


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as raised:
        read_checkpoint(path)
    message = str(raised.value)
    assert str(path) in message
    assert "\n" not in message
    return message


WRAPPINGS: dict[str, Callable[[State], object]] = {
    "raw": lambda state: state,
    "params": lambda state: {"params": state},
    "params_ema": lambda state: {"params_ema": state},
    "state_dict": lambda state: {"epoch": 3, "state_dict": state, "optimizer": {"lr": 0.1}},
    "model_state": lambda state: {"iteration": 3, "model_state": state},
    "module": lambda state: {f"module.{key}": value for key, value in state.items()},
    "params, compiled in DataParallel": lambda state: {
        "params": {f"module._orig_mod.{k}": v for k, v in state.items()}
    },
}


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_reads_what_training_code_saves(wrapping: str, legacy: bool, state: State, tmp_path: Path) -> None:  # noqa: FBT001 -- parametrised
    path = tmp_path / "weights.pth"
    torch.save(WRAPPINGS[wrapping](state), path, _use_new_zipfile_serialization=not legacy)
    assert_same(read_checkpoint(path), state)


def test_params_win_over_their_moving_average(state: State, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"params_ema": {"other": torch.zeros(1)}, "params": state}, path)
    assert_same(read_checkpoint(path), state)


def test_a_prefix_on_some_keys_only_is_a_name(tmp_path: Path) -> None:
    state = {"module.weight": torch.zeros(1), "bias": torch.ones(1)}
    torch.save(state, tmp_path / "weights.pth")
    assert_same(read_checkpoint(tmp_path / "weights.pth"), state)


def test_reads_safetensors_by_content_not_extension(state: State, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    save_file({f"module.{key}": value for key, value in state.items()}, path)
    assert {key: value.tolist() for key, value in read_checkpoint(path).items()} == {
        key: value.tolist() for key, value in state.items()
    }


@pytest.mark.parametrize("first", [0x80, 0x00, 0xF8])
def test_a_header_of_any_length_is_one_of_safetensors(
    first: int, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file begins with the length of its header, and a pickle with 0x80; torch may read both, by name."""

    def refuse(*_: object, **__: object) -> None:
        raise pickle.UnpicklingError("no pickle")

    monkeypatch.setattr(torch, "load", refuse)
    path = tmp_path / "weights.safetensors"
    for length in range(0, 256, 8):
        save_file(state, path, {"note": "x" * length})
        if path.read_bytes()[0] == first:
            break
    assert path.read_bytes()[0] == first
    read = read_checkpoint(path)
    assert_same(dict(sorted(read.items())), dict(sorted(state.items())))


def test_reads_official_legacy_pickles(fixtures: Path) -> None:
    prenet = read_checkpoint(fixtures / "weights" / "prenet" / "prenet_rain100h.pth")
    assert [(key, tuple(value.shape)) for key, value in prenet.items()] == list(manifest("prenet").items())
    encoder = read_checkpoint(fixtures / "weights" / "dmphn" / "encoder_lv1.pkl")
    assert encoder["layer1.weight"].device.type == "cpu"


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("format_", ["pickle", "torch zip", "torch legacy"])
def test_a_malicious_pickle_is_refused_and_executes_nothing(format_: str, tmp_path: Path) -> None:
    path, target = tmp_path / "weights.pth", tmp_path / "executed"
    bomb = {"params": {"weight": torch.zeros(1)}, "bomb": Bomb(target)}
    if format_ == "pickle":
        path.write_bytes(pickle.dumps(Bomb(target)))
    else:
        torch.save(bomb, path, _use_new_zipfile_serialization=format_ == "torch zip")
    message = refusal(path)
    assert "holds more than tensors" in message or format_ == "pickle"
    assert not target.exists()
    if format_ != "pickle":
        assert "system" in message
        torch.load(path, weights_only=False)
        assert target.exists(), "the bomb of this test does not work"


def test_a_pickled_module_is_refused_with_advice(tmp_path: Path) -> None:
    torch.save(nn.Conv2d(3, 3, 3), tmp_path / "weights.pth")
    assert "torch.nn.modules.conv.Conv2d" in refusal(tmp_path / "weights.pth")
    assert "state_dict()" in refusal(tmp_path / "weights.pth")


def test_a_torchscript_program_is_named(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(nn.Conv2d(3, 3, 3)), path)
    assert "TorchScript" in refusal(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "git lfs pull"),
        (b"name,size\nweights,12\n", "neither safetensors nor written by torch.save"),
        (struct.pack("<Q", 10**9) + b'{"a"', "damaged or cut short"),
        (b"\x80\x04.", "damaged or cut short"),
        (b"PK\x03\x04garbage", "damaged or cut short"),
    ],
)
def test_what_is_not_weights_gets_one_sentence(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    assert reason in refusal(path)


def _npz(path: Path) -> None:
    np.savez(path, weight=np.zeros((2, 2)), bias=np.zeros(2))


def _npy(path: Path) -> None:
    np.save(path, np.zeros(2))


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "weights")


@pytest.mark.parametrize(
    ("suffix", "write", "what"),
    [
        ("npz", _npz, "an npz archive of NumPy"),
        ("npy", _npy, "an array of NumPy"),
        ("zip", _zip, "a zip archive of readme.txt"),
        ("h5", lambda path: path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(88)), "an HDF5 file"),
    ],
)
def test_an_intact_file_of_another_format_is_not_called_damaged(
    suffix: str, write: Callable[[Path], object], what: str, tmp_path: Path
) -> None:
    path = tmp_path / f"weights.{suffix}"
    write(path)
    message = refusal(path)
    assert f"weights.{suffix} is {what}" in message
    assert "read from safetensors and from what torch.save writes" in message
    assert "damaged" not in message


def test_an_npz_archive_that_is_cut_short_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    _npz(path)
    path.write_bytes(path.read_bytes()[:-30])
    assert "damaged or cut short" in refusal(path)


def test_missing_files_and_folders_get_one_sentence(tmp_path: Path) -> None:
    assert "There is no weights file" in refusal(tmp_path / "absent.pth")
    assert "is a folder" in refusal(tmp_path)


def test_a_dictionary_without_weights_says_what_it_found(tmp_path: Path) -> None:
    torch.save({"epoch": 3, "lr": 0.1}, tmp_path / "weights.pth")
    assert "found epoch, lr" in refusal(tmp_path / "weights.pth")
    torch.save([1, 2], tmp_path / "weights.pth")
    assert "found list" in refusal(tmp_path / "weights.pth")


@pytest.mark.parametrize("legacy", [False, True])
def test_damaged_files_never_raise_anything_else(legacy: bool, tmp_path: Path) -> None:  # noqa: FBT001 -- parametrised
    path, generator = tmp_path / "weights.pth", random.Random(0)  # noqa: S311 -- reproducible damage
    torch.save(
        {"a.weight": torch.arange(6.0), "a.bias": torch.ones(2)}, path, _use_new_zipfile_serialization=not legacy
    )
    whole = path.read_bytes()
    for length in range(1, len(whole), max(1, len(whole) // 60)):
        path.write_bytes(whole[:length])
        assert refusal(path)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(generator.randint(1, 8)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        path.write_bytes(damaged)
        try:
            read_checkpoint(path)
        except CheckpointError as error:
            assert str(path) in str(error)  # noqa: PT017 -- either outcome is right, any other exception is not


def test_sha256_of_a_file_and_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.pkl").write_bytes(b"two")
    (tmp_path / "a.pkl").write_bytes(b"one")
    (tmp_path / ".DS_Store").write_bytes(b"desktop")
    one, two = hashlib.sha256(b"one").hexdigest(), hashlib.sha256(b"two").hexdigest()
    assert sha256_file(tmp_path / "a.pkl") == one
    assert sha256_file(tmp_path) == hashlib.sha256(f"{one}  a.pkl\n{two}  b.pkl\n".encode()).hexdigest()
    with pytest.raises(CheckpointError, match="cannot be read"):
        sha256_file(tmp_path / "absent")


def test_zip_weights_are_not_executed_through_their_archive_names(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.txt", "x")
        archive.writestr("archive/data.pkl", pickle.dumps({"a": 1}))
        archive.writestr("archive/version", "3\n")
    refusal(path)
    assert not (tmp_path.parent.parent / "evil.txt").exists()


@pytest.mark.parametrize("name", ["net_latest.pth", "folder/model.safetensors", "model.PT"])
def test_weights_in_a_zip_archive_are_to_be_unpacked(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"weights")
        archive.writestr("readme.txt", "weights")
    assert f"weights.zip is a zip archive of {name}: unpack it" in refusal(path)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_weights_are_to_be_unpacked(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "weights.pth.gz"
    path.write_bytes(compress(b"weights"))
    assert "is a packed archive: unpack it" in refusal(path)
