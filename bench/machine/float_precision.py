"""torch's precision of float32 products, whose old switches (`allow_tf32`) and new ones (`fp32_precision`) both exist.

Reading an old switch after a new one was set raises a RuntimeError in torch 2.9 and later, so nothing else in
restorebench touches either.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass

import torch

__all__ = ["FloatPrecision", "float_precision", "set_tf32", "tf32_flags"]

# In this order: what is general first, because a particular value that is "none" follows the general one.
SWITCHES = (
    ("generic", "all"),
    ("cuda", "all"),
    ("mkldnn", "all"),
    *((backend, operation) for backend in ("cuda", "mkldnn") for operation in ("matmul", "conv", "rnn")),
)
"""Backends and operations of the new API."""

HAS_NEW = hasattr(torch._C, "_get_fp32_precision_getter")  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] -- the public setter of mkldnn writes to the wrong backend (torch 2.14)
"""Whether torch has the new API (2.9 and later)."""


@dataclass(frozen=True, slots=True)
class FloatPrecision:
    """The state of every switch; `None` where the old API refuses to say."""

    matmul: str | None
    """The old `torch.get_float32_matmul_precision()`."""

    cudnn: bool | None
    """The old `torch.backends.cudnn.allow_tf32`."""

    switches: tuple[str, ...] = ()
    """Of the new API, in the order of `SWITCHES`; empty where torch has none."""

    def restore(self) -> None:
        """Set every switch to this state."""
        now = float_precision()
        if self == now:
            return
        if self.matmul is not None and self.matmul != now.matmul:
            torch.set_float32_matmul_precision(self.matmul)
        if self.cudnn is not None and self.cudnn != now.cudnn:
            torch.backends.cudnn.allow_tf32 = self.cudnn
        for (backend, operation), value in zip(SWITCHES, self.switches, strict=False):
            if _read(backend, operation) != value:
                _write(backend, operation, value)


def float_precision() -> FloatPrecision:
    """The state of every switch now."""
    matmul: str | None = None
    cudnn: bool | None = None
    with contextlib.suppress(RuntimeError):
        matmul = torch.get_float32_matmul_precision()
    with contextlib.suppress(RuntimeError):
        cudnn = bool(torch.backends.cudnn.allow_tf32)
    return FloatPrecision(matmul, cudnn, tuple(_read(*switch) for switch in SWITCHES) if HAS_NEW else ())


@contextlib.contextmanager
def set_tf32(*, on: bool) -> Generator[None]:
    """Multiply float32 values on CUDA as TF32, or everywhere exactly; the state before is put back afterwards."""
    before = float_precision()
    torch.set_float32_matmul_precision("high" if on else "highest")
    torch.backends.cudnn.allow_tf32 = on
    if HAS_NEW:
        for backend, operation in SWITCHES:
            if operation != "all":
                _write(backend, operation, "tf32" if on and backend == "cuda" else "ieee")
    try:
        yield
    finally:
        before.restore()


def tf32_flags() -> tuple[bool, bool]:
    """Whether matrix products and convolutions on CUDA are TF32."""
    if HAS_NEW:
        return _read("cuda", "matmul") == "tf32", _read("cuda", "conv") == "tf32"
    return bool(torch.backends.cuda.matmul.allow_tf32), bool(torch.backends.cudnn.allow_tf32)


def _read(backend: str, operation: str) -> str:
    return str(torch._C._get_fp32_precision_getter(backend, operation))  # noqa: SLF001  # pyright: ignore -- see HAS_NEW


def _write(backend: str, operation: str, value: str) -> None:
    torch._C._set_fp32_precision_setter(backend, operation, value)  # noqa: SLF001  # pyright: ignore -- see HAS_NEW
