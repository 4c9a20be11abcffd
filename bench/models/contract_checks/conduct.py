"""Checks of what a network does beside restoring: to its input, its mode, the process, and memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ..inference import Restorer
from ..modules import named_modules
from .report import CheckResult, failed, not_applicable, passed
from .specimen import Specimen

__all__ = ["check_input", "check_memory", "check_output_memory", "check_settings", "check_train_mode"]

RUNS = 2
"""Restorations between two looks at the memory."""


def check_input(specimen: Specimen) -> CheckResult:
    """Whether the network writes to the tensor that it is given."""
    name = "input"
    restorer = specimen.fresh()
    given: list[tuple[Tensor, Tensor]] = []

    def keep(_module: nn.Module, arguments: tuple[Any, ...]) -> None:
        if arguments and isinstance(arguments[0], Tensor):
            given.append((arguments[0], arguments[0].clone()))

    hook = _hook(lambda: restorer.network.register_forward_pre_hook(keep))
    if hook is None:
        return not_applicable(name, "the network takes no hooks")
    restorer.restore(specimen.first, "first")
    hook.remove()
    if any(tensor.shape != copy.shape or not torch.equal(tensor, copy) for tensor, copy in given):
        return failed(
            name,
            "the network writes to its input in place: evaluation gives it a copy, but other programs may not; write "
            "x = x - mean instead of x -= mean",
        )
    return passed(name, "the input is left as it was")


def check_output_memory(specimen: Specimen) -> CheckResult:
    """Whether the output of one image is overwritten by the next, or is the input itself."""
    name = "output memory"
    restorer = specimen.fresh()
    returned: list[tuple[Tensor, Tensor]] = []

    def keep(_module: nn.Module, _arguments: tuple[Any, ...], output: object) -> None:
        if isinstance(output, Tensor):
            returned.append((output, output.clone()))

    hook = _hook(lambda: restorer.network.register_forward_hook(keep))
    if hook is None:
        return not_applicable(name, "the network takes no hooks")
    restorer.restore(specimen.first, "first")
    restorer.restore(specimen.second, "second")
    hook.remove()
    if not returned:
        return not_applicable(name, "the network returns several things")
    output, copy = returned[0]
    if not torch.equal(output, copy):
        return failed(
            name,
            "the network returns a buffer that the next image overwrites: evaluation copies it, other programs may "
            "not; return a tensor of its own, or output.clone()",
        )
    return passed(name, "what is returned stays as it is")


def check_train_mode(specimen: Specimen) -> CheckResult:
    """Whether dropout or batch statistics are live when the network restores."""
    name = "train mode"
    restorer = specimen.fresh()
    live: dict[str, None] = {}
    hooks: list[Any] = []
    for path, module in named_modules(restorer.network):
        if isinstance(module, (*_NORMS, *_DROPOUTS)):
            hook = _hook(lambda module=module, path=path: module.register_forward_pre_hook(_Look(path, live)))
            hooks += [] if hook is None else [hook]
    with _Functional(live):
        restorer.restore(specimen.first, "first")
    for hook in hooks:
        hook.remove()
    if live:
        return failed(
            name,
            f"train mode: {', '.join(list(live)[:3])} acts as in training when the network restores: let it follow "
            "eval(), as in F.dropout(x, p, self.training)",
        )
    return passed(name, "dropout and batch statistics are off")


def check_settings(specimen: Specimen) -> CheckResult:
    """Whether the network changes settings of the process."""
    changed = specimen.reference.changed
    if changed:
        return failed(
            "process settings",
            f"restoring changes {' and '.join(changed)}: evaluation puts it back, other programs do not",
        )
    return passed("process settings", "the process is left as it was")


def check_memory(specimen: Specimen) -> CheckResult:
    """Whether memory grows from image to image."""
    name = "memory"
    restorer = specimen.fresh()
    _restore_some(restorer, specimen)
    tracemalloc.start()
    try:
        before = _held()
        _restore_some(restorer, specimen)
        middle = _held()
        _restore_some(restorer, specimen)
        after = _held()
    finally:
        tracemalloc.stop()
    image = specimen.first.nbytes
    growth = min(middle - before, after - middle) / RUNS
    if growth > image / 2:
        return failed(
            name,
            f"memory grows by {growth / 1024:.0f} KiB with every image of {image / 1024:.0f} KiB: something keeps what "
            "was computed, such as a list of features",
        )
    return passed(name, "memory does not grow from image to image")


_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
_TRAINING_ARGUMENT: dict[Any, tuple[int, bool]] = {
    functional.dropout: (2, True),
    functional.dropout1d: (2, True),
    functional.dropout2d: (2, True),
    functional.dropout3d: (2, True),
    functional.alpha_dropout: (2, False),
    functional.feature_alpha_dropout: (2, False),
    functional.batch_norm: (5, False),
}
"""Where a function has its argument `training`, and what it is by default."""


class _Look:
    """A hook that notes a layer which acts as in training."""

    def __init__(self, path: str, live: dict[str, None]) -> None:
        self._path, self._live = path, live

    def __call__(self, module: nn.Module, _arguments: tuple[Any, ...]) -> None:
        statistics = isinstance(module, _NORMS) and module.running_mean is None
        if module.training or statistics:
            self._live[f"{type(module).__name__} {self._path}".strip()] = None


class _Functional(TorchFunctionMode):
    """Notes calls of the functional forms."""

    def __init__(self, live: dict[str, None]) -> None:
        super().__init__()
        self._live = live

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        named: dict[str, Any] = kwargs or {}
        if func in _TRAINING_ARGUMENT:
            place, default = _TRAINING_ARGUMENT[func]
            training = named.get("training", args[place] if len(args) > place else default)
            rate = named.get("p", args[1] if len(args) > 1 and func is not functional.batch_norm else 1)
            if training and rate:
                self._live[f"functional.{func.__name__}"] = None
        return func(*args, **named)


def _hook(register: Callable[[], Any]) -> Any:
    """The handle of a hook; `None` where the network is compiled and takes none."""
    try:
        return register()
    except (RuntimeError, NotImplementedError, AttributeError):
        return None


def _restore_some(restorer: Restorer, specimen: Specimen) -> None:
    for _ in range(RUNS):
        restorer.restore(specimen.first, "first")


def _held() -> int:
    """Bytes of living tensors and of everything that Python has allocated since the start."""
    gc.collect()
    storages: dict[int, int] = {}
    for thing in gc.get_objects():
        if type(thing) in (Tensor, nn.Parameter) and thing.layout is torch.strided:
            storage = thing.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
    return sum(storages.values()) + tracemalloc.get_traced_memory()[0]
