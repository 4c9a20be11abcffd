"""Weights files: read safely, loaded strictly, and recognised when they belong to another model.

Nothing in a file is ever executed: safetensors holds numbers only, and pickles go through PyTorch's
restricted unpickler (`weights_only=True`), which builds tensors and containers and refuses everything else.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..errors import CheckpointError, few, first_line
from ..files.fingerprints import file_sha256
from .identify import Candidate, identify
from .wrappers import plain, state_dicts, without_network

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Candidate", "identify", "no_state_dict", "read_checkpoint", "read_file", "sha256_file"]

SUFFIXES = (".pth", ".pt", ".pkl", ".ckpt", ".bin", ".safetensors")
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
"""First bytes of gzip, bzip2, xz, 7z and rar."""

UNPICKLING_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
)
"""Exceptions that a damaged pickle can cause: its content decides which Python operation fails."""


def read_checkpoint(path: Path, weights_key: str | None = None) -> dict[str, Tensor]:
    """The state dict in a weights file, on the CPU, without wrapper and prefixes.

    For a network that is at hand, `fitting.load_file` chooses by what fits it.

    Args:
        path: safetensors, or what `torch.save` wrote in its zip or legacy format.
        weights_key: the key of the state dict in a file that holds several: `params_ema`.

    Raises:
        CheckpointError: the file is missing, not weights, damaged, or holds more than tensors or several networks.
    """
    raw = read_file(path)
    found = without_network(state_dicts(raw), path, weights_key)
    if found is None:
        raise no_state_dict(path, raw)
    return plain(found.tensors)


def read_file(path: Path) -> object:
    """What a weights file holds, on the CPU: tensors, numbers, texts and containers of them.

    Raises:
        CheckpointError: the file is missing, not weights, damaged, or holds more than tensors.
    """
    kind = _kind(path)
    return _read_safetensors(path) if kind == "safetensors" else _read_pickle(path, mapped=kind == "zip")


def no_state_dict(path: Path, raw: object) -> CheckpointError:
    """The error for a file without named tensors; it says what there is."""
    found = (
        ", ".join(str(key) for key in list(cast("Mapping[object, object]", raw))[:8])
        if isinstance(raw, Mapping)
        else type(raw).__name__
    )
    return CheckpointError(
        f"{path} holds no state dict: found {found or 'nothing'}, expected tensors by name, or those under a key such "
        "as params or state_dict."
    )


def sha256_file(path: Path) -> str:
    """SHA-256 of a file; of a folder, over the names and digests of the files in it, hidden ones left out.

    Raises:
        CheckpointError: there is no such file or folder, or it cannot be read.
    """
    try:
        if path.is_dir():
            parts = [part for part in sorted(path.iterdir()) if part.is_file() and not part.name.startswith(".")]
            listing = "".join(f"{sha256_file(part)}  {part.name}\n" for part in parts)
            return hashlib.sha256(listing.encode()).hexdigest()
        return file_sha256(path)
    except OSError as error:
        raise CheckpointError(f"The weights {path} cannot be read: {error.strerror or error}.") from error


def _kind(path: Path) -> str:
    """`safetensors`, `zip` or `legacy`, by the first bytes: extensions say little."""
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder: give the weights file inside it.")
    if not path.exists():
        raise CheckpointError(f"There is no weights file {path}: check the path.")
    try:
        with path.open("rb") as file:
            head = file.read(256)
    except OSError as error:
        raise CheckpointError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    if not head:
        raise CheckpointError(f"The weights file {path} is empty: download it again.")
    _refuse_other_heads(path, head)
    if head.startswith(b"PK\x03\x04"):
        _refuse_other_archives(path)
        return "zip"
    # Safetensors begins with the length of its header, whose first byte may be that of a pickle.
    pickled = head[:1] == b"\x80"
    if head[8:9] == b"{" and not (pickled and int.from_bytes(head[:8], "little") > path.stat().st_size):
        return "safetensors"
    if pickled:
        return "legacy"
    raise CheckpointError(f"{path} is not a weights file: it is neither safetensors nor written by torch.save.")


def _refuse_other_heads(path: Path, head: bytes) -> None:
    """Refuse files whose first bytes say that they are something else."""
    if head.lstrip().startswith(b"<"):
        raise CheckpointError(
            f"{path} is a web page, not weights: the download link answered with a page (as dead or "
            "rate-limited share links do), so open the link in a browser and save the file itself."
        )
    if head.startswith(b"version https://git-lfs"):
        raise CheckpointError(f"{path} is a Git LFS pointer, not weights: run `git lfs pull` where it came from.")
    if head.startswith(PACKED):
        raise CheckpointError(f"{path} is a packed archive: unpack it, and give the weights file inside.")
    if head.startswith(b"\x93NUMPY"):
        raise _other_format(path, "an array of NumPy")
    if head.startswith(b"\x89HDF\r\n"):
        raise _other_format(path, "an HDF5 file, as Keras writes")


def _refuse_other_archives(path: Path) -> None:
    """Refuse an intact zip archive that `torch.save` did not write; a damaged one is left to torch."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, LookupError):
        return
    if any(name.endswith("/data.pkl") for name in names):
        return
    if names and all(name.endswith(".npy") for name in names):
        raise _other_format(path, "an npz archive of NumPy")
    weights = [name for name in names if name.lower().endswith(SUFFIXES)]
    if weights:
        raise CheckpointError(f"{path} is a zip archive of {few(weights)}: unpack it, and give the weights file.")
    raise _other_format(path, f"a zip archive of {few(names) or 'nothing'}")


def _other_format(path: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"{path} is {what}, and weights are read from safetensors and from what torch.save writes: save its tensors by "
        "name with safetensors.torch.save_file."
    )


def _read_safetensors(path: Path) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType] -- its PathLike has no type

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error


def _read_pickle(path: Path, *, mapped: bool) -> object:
    import torch

    try:
        with warnings.catch_warnings():
            # Old files announce that their storage classes are deprecated, which no user can change.
            warnings.simplefilter("ignore")
            return cast("object", torch.load(path, map_location="cpu", weights_only=True, mmap=mapped))  # pyright: ignore[reportUnknownMemberType] -- its parameter `pickle_module` has no type
    except UNPICKLING_ERRORS as error:
        text = str(error)
        if "TorchScript" in text:
            raise CheckpointError(
                f"{path} is a TorchScript program, not weights: run it as it is with -m {path}, or save the state dict "
                "of the model instead."
            ) from error
        if "legacy .tar" in text:
            raise CheckpointError(
                f"{path} is in a format that PyTorch left in 2017: load and save it there."
            ) from error
        refused = re.search(r"GLOBAL ([\w.]+)|`?([\w.]+)`? (?:was not an allowed|is blocked)", text)
        if refused or "Unsupported operand" in text or "Unsupported class" in text:
            what = f" ({refused[1] or refused[2]})" if refused else ""
            raise CheckpointError(
                f"{path} holds more than tensors{what}, and reading that could run a program hidden in it: "
                "save its state dict alone, with torch.save(model.state_dict(), ...) or as safetensors."
            ) from error
        raise _damaged(path, error) from error
    except OSError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> CheckpointError:
    reason = first_line(error).rstrip(".")[:120]
    size = path.stat().st_size
    return CheckpointError(f"{path} is damaged or cut short at {size} bytes ({reason}): download it again.")
