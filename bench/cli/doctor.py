"""`restorebench doctor`: check the installation."""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..contracts import JsonValue
from ..errors import UsageError
from ..evaluation.completers import complete_datasets, complete_models
from .common_options import with_verbosity

if TYPE_CHECKING:
    from ..evaluation.needs import Needs

__all__ = ["doctor"]

REQUIRED = ("torch", "torchvision", "numpy", "scipy", "skimage", "PIL", "pandas", "lpips", "fvcore", "safetensors")
OPTIONAL = {
    "cv2": ("realblur", "RealBlur's alignment"),
    "numba": ("fast", "SSIM in two fifths of the time"),
    "imagecodecs": ("codecs", "PNG read in about half the time, and packed 16-bit TIFF"),
    "lmdb": ("lmdb", "data sets stored in LMDB"),
    "spandrel": ("spandrel", "weights of other architectures"),
    "spandrel_extra_arches": ("spandrel-extra", "weights of architectures with licences of their own"),
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


@with_verbosity
def doctor(
    *,
    model: Annotated[str | None, Parameter(name=["--model", "-m"], completer=complete_models)] = None,
    dataset: Annotated[str | None, Parameter(name=["--dataset", "-d"], completer=complete_datasets)] = None,
    out: Path = Path("restorebench-out"),
    json: bool = False,
) -> int:
    """Check the installation, or what a model on a data set needs here: weights, data, packages, memory, time.

    For a model and a data set, the commands that are still to be typed follow in order; the last is the run.

    For example:
      restorebench doctor
      restorebench doctor -m nafnet-width64 -d gopro
      restorebench doctor --json

    Exit code: 0, or 1 if something that is required is missing or broken.

    Args:
        model: NAME[=WEIGHTS] of a model; needs --dataset.
        dataset: NAME[=ROOT] of a data set; needs --model.
        out: Output folder of earlier results, whose costs tell the time and memory to expect.
        json: Print JSON.
    """
    if (model is None) != (dataset is None):
        raise UsageError("Name both a model and a data set, as in -m nafnet-width64 -d gopro, or neither.")
    if model is not None and dataset is not None:
        from ..evaluation.needs import needs_of

        needs = needs_of(model, dataset, out)
        _show_needs(needs, json=json)
        return 0 if needs.ready else 1
    findings = [*_packages(), *_hardware(), *_lpips()]
    _show_findings(findings, json=json)
    return int(any(item.needed and item.state != "ok" for item in findings))


def _show_findings(findings: list[Finding], *, json: bool) -> None:
    from ..files.codec import encode
    from ..terminal.display import new_table, print_json, print_table

    if json:
        rows: list[JsonValue] = [encode(item) for item in findings]
        print_json(rows)
        return
    table = new_table("what", "state", "detail")
    for item in findings:
        table.add_row(item.what, item.state, item.detail)
    print_table(table)


def _show_needs(needs: Needs, *, json: bool) -> None:
    from ..files.codec import encode
    from ..terminal.display import new_table, print_json, print_lines, print_table

    if json:
        listed: list[JsonValue] = [encode(need) for need in needs.needs]
        print_json({"ready": needs.ready, "needs": listed, "commands": list(needs.commands)})
        return
    table = new_table("what", "state", "detail")
    for need in needs.needs:
        table.add_row(need.what, need.state, need.detail)
    print_table(table)
    optional = "It can run now; what comes before the last line is optional:"
    begins = optional if len(needs.commands) > 1 else "It can run now:"
    print_lines([begins if needs.ready else "In this order:", *(f"  {line}" for line in needs.commands)])


def _packages() -> list[Finding]:
    required = [_package(name, "required by restorebench: pip install restorebench", needed=True) for name in REQUIRED]
    return required + [
        _package(name, f"for {purpose}: pip install 'restorebench[{extra}]'", needed=False)
        for name, (extra, purpose) in OPTIONAL.items()
    ]


def _package(module: str, advice: str, *, needed: bool) -> Finding:
    name = DISTRIBUTIONS.get(module, module)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a package says of its own dependencies is no finding
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
