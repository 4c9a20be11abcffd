"""Isolation of other people's code: the process is put back as it was, and what is printed stays out of the results.

A model file, the function that builds a network, and each forward pass run inside `isolated()`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import operator
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import torch

from ..machine.default_device import default_device, set_default_device
from ..machine.float_precision import float_precision

__all__ = ["Changes", "isolated", "seed_generators", "seeded"]

FORKED_CHILD = 70
"""Exit code of a process that a model forked and let run on in the engine (EX_SOFTWARE of sysexits.h)."""


@dataclass(slots=True)
class Changes:
    """What was changed inside the block, and put back; complete when the block is over."""

    names: tuple[str, ...] = ()
    """As a person would say it: `torch's default dtype`."""

    values: Mapping[str, object] = field(default_factory=dict[str, object])
    """What each, and each random generator, was set to at the end of the block."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """Something global: how it is called, read and written."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    same: Callable[[Any, Any], bool] = operator.eq


@contextlib.contextmanager
def isolated(before: Mapping[str, object] | None = None, *, generators: bool = True) -> Generator[Changes]:
    """Run other people's code; then put back the settings of the process, and end a child that the code forked.

    Restored are torch's default dtype, device and gradient mode, its precision and determinism, threads, random
    generators (torch, numpy, random), the working directory, warnings filters, signal handlers, numpy's error
    handling, the garbage collector, the recursion limit and `sys.stderr`. Standard output, of subprocesses too, goes to
    standard error.

    Args:
        before: values to begin with, by name, from the `Changes` of an earlier block: a function that builds a network
            finds what its file has set.
        generators: whether random generators are put back too.
    """
    process, settings = os.getpid(), _settings()
    kept = [(setting, setting.read()) for setting in settings if generators or setting not in _generators()]
    changes = Changes()
    try:
        for setting, _ in kept:
            if before and setting.name in before:
                setting.write(before[setting.name])
        with _output_to_stderr():
            yield changes
    finally:
        if os.getpid() != process:
            os._exit(FORKED_CHILD)
        _put_back(kept, changes)


def seed_generators(seed: int) -> None:
    """Seed the global generators of torch (on every device), numpy and random."""
    if _has_accelerator():
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
    else:  # without one, torch would only write down who asked to seed it, which takes longer than all the rest
        torch.default_generator.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 -- it is the global generator that a network may use
    random.seed(seed)


@contextlib.contextmanager
def seeded(seed: int) -> Generator[list[str]]:
    """Seed the global generators, name those that were used inside the block, and put all back when it is over.

    Names are `torch`, `torch on CUDA`, `numpy` and `random`; the list is filled at the end.
    """
    kept = [(setting, setting.read()) for setting in _generators()]
    used: list[str] = []
    try:
        seed_generators(seed)
        on_cuda = _cuda_states()
        yield used
        used += _used_since(seed, on_cuda)
    finally:
        for setting, value in kept:
            setting.write(value)


def _used_since(seed: int, on_cuda: list[torch.Tensor]) -> list[str]:
    """Generators whose next number is not the first one of the seed; states are slower to read than to draw from."""

    def number(generator: torch.Generator) -> float:  # whatever the default dtype and device are now
        return torch.rand((), generator=generator, dtype=torch.float64, device="cpu").item()

    numpy = _numpy_generator()
    numpy.seed(seed % 2**32)
    unused = {
        "torch": number(torch.default_generator) == number(torch.Generator("cpu").manual_seed(seed)),
        "torch on CUDA": _same_states(_cuda_states(), on_cuda),
        "numpy": np.random.random_sample() == numpy.random_sample(),  # noqa: NPY002 -- as above
        "random": random.random() == random.Random(seed).random(),  # noqa: S311 -- no secret
    }
    return [name for name, as_seeded in unused.items() if not as_seeded]


@cache
def _numpy_generator() -> np.random.RandomState:
    """One for comparison, since making one takes sixty times as long as seeding it."""
    return np.random.RandomState()


@cache
def _has_accelerator() -> bool:
    return torch.cuda.is_available() or torch.xpu.is_available() or torch.backends.mps.is_available()


def _put_back(kept: list[tuple[_Setting, Any]], changes: Changes) -> None:
    names: list[str] = []
    values: dict[str, object] = {}
    for setting, value in kept:
        now = setting.read()
        if setting.same(now, value):
            continue
        values[setting.name] = now
        setting.write(value)
        if setting not in _generators():
            names.append(setting.name)
    changes.names, changes.values = tuple(names), values


def _same_states(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return len(one) == len(other) and all(map(torch.equal, one, other))


def _same_numpy(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


@cache
def _settings() -> tuple[_Setting, ...]:
    return (*_torch_settings(), *_python_settings(), *_generators())


@cache
def _torch_settings() -> tuple[_Setting, ...]:
    cudnn, cuda, mkldnn = torch.backends.cudnn, torch.backends.cuda, torch.backends.mkldnn
    flags = [
        *((f"cudnn.{name}", cudnn, name) for name in ("enabled", "benchmark", "deterministic", "benchmark_limit")),
        *(
            (f"cuda.matmul.{name}", cuda.matmul, name)
            for name in ("allow_fp16_reduced_precision_reduction", "allow_bf16_reduced_precision_reduction")
        ),
        ("mkldnn.enabled", mkldnn, "enabled"),
    ]
    kernels = [name for name in ("flash", "mem_efficient", "math", "cudnn") if hasattr(cuda, f"enable_{name}_sdp")]
    return (
        _Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
        _Setting("torch's default device", default_device, set_default_device),
        _Setting("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
        _Setting("torch's float32 precision (TF32)", float_precision, lambda value: value.restore()),
        _Setting(
            "torch's deterministic algorithms", torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode
        ),
        _Setting("torch's threads", torch.get_num_threads, torch.set_num_threads),
        _Setting("torch's anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        *(_flag(f"torch.backends.{name}", owner, attribute) for name, owner, attribute in flags),
        *(
            _Setting(
                f"torch's {name} attention", getattr(cuda, f"{name}_sdp_enabled"), getattr(cuda, f"enable_{name}_sdp")
            )
            for name in kernels
        ),
    )


@cache
def _python_settings() -> tuple[_Setting, ...]:
    return (
        _Setting("the working directory", _working_directory, _change_directory),
        _Setting("the warnings filters", lambda: list(warnings.filters), _set_warnings_filters),
        _Setting("the signal handlers", _signal_handlers, _set_signal_handlers),
        _Setting("numpy's error handling", np.geterr, lambda value: np.seterr(**value)),
        _Setting("the garbage collector", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        _Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
        _flag("sys.stderr", sys, "stderr"),
        _flag("sys.excepthook", sys, "excepthook"),
    )


@cache
def _generators() -> tuple[_Setting, ...]:
    return (
        _Setting("the random generator of torch", torch.get_rng_state, torch.set_rng_state, torch.equal),
        _Setting("the random generator of torch on CUDA", _cuda_states, _set_cuda_states, _same_states),
        _Setting("the random generator of numpy", np.random.get_state, np.random.set_state, _same_numpy),
        _Setting("the random generator of random", random.getstate, random.setstate),
    )


def _flag(name: str, owner: object, attribute: str) -> _Setting:
    def read() -> object:
        return getattr(owner, attribute)

    def write(value: object) -> None:
        setattr(owner, attribute, value)

    return _Setting(name, read, write)


def _cuda_states() -> list[torch.Tensor]:
    return torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []


def _set_cuda_states(states: list[torch.Tensor]) -> None:
    if states:
        torch.cuda.set_rng_state_all(states)


def _working_directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 -- a string is what is compared
    except FileNotFoundError:  # it was deleted
        return None


def _change_directory(path: str | None) -> None:
    if path is not None:
        with contextlib.suppress(OSError):
            os.chdir(path)


def _set_warnings_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # pyright: ignore[reportIndexIssue] -- a list, whatever its stub says
    # What `catch_warnings` does: the registries of warnings already shown are looked at again.
    mutated = getattr(warnings, "_filters_mutated", None)
    if mutated is not None:
        mutated()


def _signal_handlers() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in _signals()}


@cache
def _signals() -> tuple[int, ...]:
    """Those that programs handle; asking for all 64 takes a noticeable part of a small image's time."""
    names = (
        "INT",
        "TERM",
        "HUP",
        "QUIT",
        "ALRM",
        "CHLD",
        "PIPE",
        "USR1",
        "USR2",
        "ABRT",
        "SEGV",
        "FPE",
        "XCPU",
        "VTALRM",
    )
    return tuple(int(getattr(signal, f"SIG{name}")) for name in names if hasattr(signal, f"SIG{name}"))


def _set_signal_handlers(handlers: Mapping[int, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may, and only it could have changed them
    for number, handler in handlers.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@contextlib.contextmanager
def _output_to_stderr() -> Generator[None]:
    """Send what is printed to standard error, so that results on standard output stay whole."""
    with _descriptor_to_stderr(), contextlib.redirect_stdout(sys.stderr):
        yield


@contextlib.contextmanager
def _descriptor_to_stderr() -> Generator[None]:
    """The same for what C libraries and subprocesses write."""
    try:
        sys.stdout.flush()
        saved = os.dup(1)
    except (OSError, ValueError, AttributeError):  # there is no standard output
        yield
        return
    try:
        with contextlib.suppress(OSError):
            os.dup2(2, 1)
        yield
    finally:
        _flush_c_streams()
        os.dup2(saved, 1)
        os.close(saved)


def _flush_c_streams() -> None:
    """C's own buffers hold what printf wrote; it must leave before the descriptor is put back."""
    flush = getattr(_c_library(), "fflush", None)
    if flush is not None:
        flush(None)


@cache
def _c_library() -> ctypes.CDLL | None:
    return None if sys.platform == "win32" else ctypes.CDLL(None)
