"""`restorebench doctor`: check the installation."""

from __future__ import annotations

import importlib
import importlib.metadata
from dataclasses import dataclass

from ..contracts import JsonValue

__all__ = ["doctor"]

REQUIRED = ("torch", "torchvision", "numpy", "scipy", "skimage", "PIL", "pandas", "lpips", "fvcore", "safetensors")
OPTIONAL = {
    "cv2": ("realblur", "RealBlur's alignment"),
    "lmdb": ("lmdb", "data sets stored in LMDB"),
    "spandrel": ("spandrel", "weights of other architectures"),
    "ray": ("cluster", "several GPUs or hosts"),
    "pynvml": ("gpu", "GPU clocks and energy"),
}
DISTRIBUTIONS = {"skimage": "scikit-image", "PIL": "pillow", "cv2": "opencv-python-headless", "pynvml": "nvidia-ml-py"}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of checking one item."""

    what: str
    state: str
    """`ok`, `missing` or `broken`."""

    detail: str
    needed: bool


def doctor(*, json: bool = False) -> int:
    """Check the installation: list what is installed, what is missing, and how to install it.

    For example:
      restorebench doctor
      restorebench doctor --json

    Exit code: 0, or 1 if a required item is missing or broken.

    Args:
        json: Print JSON.
    """
    from ..terminal.display import new_table, print_json, print_table

    findings = [*_packages(), *_hardware(), *_lpips()]
    if json:
        rows: list[JsonValue] = [
            {"what": item.what, "state": item.state, "detail": item.detail, "needed": item.needed} for item in findings
        ]
        print_json(rows)
    else:
        table = new_table("what", "state", "detail")
        for item in findings:
            table.add_row(item.what, item.state, item.detail)
        print_table(table)
    return int(any(item.needed and item.state != "ok" for item in findings))


def _packages() -> list[Finding]:
    required = [_package(name, "required by restorebench: pip install restorebench", needed=True) for name in REQUIRED]
    return required + [
        _package(name, f"for {purpose}: pip install 'restorebench[{extra}]'", needed=False)
        for name, (extra, purpose) in OPTIONAL.items()
    ]


def _package(module: str, advice: str, *, needed: bool) -> Finding:
    name = DISTRIBUTIONS.get(module, module)
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            return Finding(name, "missing", advice, needed)
        return Finding(name, "broken", f"import fails: {error}", needed)
    except (ImportError, OSError, RuntimeError) as error:
        # A torchvision that does not match torch raises a RuntimeError about a missing operator.
        return Finding(name, "broken", f"import fails: {error}", needed)
    return Finding(name, "ok", _version(name), needed)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _hardware() -> list[Finding]:
    try:
        import torch
    except (ImportError, OSError):
        return []
    if not torch.cuda.is_available():
        return [Finding("GPU", "missing", "torch found none: models run on the CPU", needed=False)]
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return [Finding(f"GPU cuda:{index}", "ok", name, needed=False) for index, name in enumerate(names)]


def _lpips() -> list[Finding]:
    from ..protocols.protocol import get_protocol

    reason = get_protocol("rgb@1").prepare().unavailable.get("lpips")
    return [Finding("LPIPS weights (alex)", "missing" if reason else "ok", reason or "", needed=False)]
