"""Test-time local converter (TLC): what a network aggregates over the image is aggregated over windows of its training.

Chu et al., ECCV 2022, arXiv 2112.04491, in the form of the official converter: one pass over a training patch says how
large the feature map of each operation is, and its window is 1.5 times that. Needs no new weights and changes no keys.
"""

from __future__ import annotations

import contextlib
import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import lcm
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ..contracts import ModelCard
from ..errors import UsageError
from ..terminal.tracebacks import describe_fault
from .local_windows import GlobalOperation, LocalAveragePool2d, LocalInstanceNorm2d, Window

__all__ = ["convert_to_local", "training_patch"]

MEANS = (torch.mean, torch.amax, Tensor.mean, Tensor.amax)
POOLS = (functional.adaptive_avg_pool2d, functional.adaptive_max_pool2d)
NORMS = (functional.instance_norm, torch.instance_norm)

CANNOT = (RuntimeError, TypeError, ValueError, LookupError, AttributeError)
"""Errors of a network that cannot be copied, or that looks at values, of which the meta device has none."""


def training_patch(window: int, card: ModelCard) -> int:
    """Side of the training patches that a window belongs to: two thirds of it.

    Raises:
        UsageError: it is no patch that the network takes, or the cells of a grid are no larger than the window.
    """
    step, least = card.size.multiple_of, card.size.minimum
    patch = window * 2 // 3
    if window % 3 or patch % step or patch < least:
        usual = next(side for side in range(256, 512 + step) if side % step == 0 and side % 2 == 0 and side >= least)
        unit = f"a multiple of {lcm(2, step)}"
        raise UsageError(
            f"tlc={window} of {card.name} is not 1.5 times the side of a training patch that it takes ({unit}, at "
            f"least {least}): write tlc={usual * 3 // 2} for patches of {usual}."
        )
    if 0 < card.scheme.grid <= window:
        raise UsageError(
            f"tlc={window} changes nothing in {card.name}, which restores an image in cells of {card.scheme.grid}: "
            "add grid=0."
        )
    return patch


def convert_to_local(network: nn.Module, card: ModelCard, window: int) -> str:
    """Give every global operation of a network its window, in place.

    Converted are pooling to one pixel, instance normalisation, and blocks of this project that say how they aggregate
    (`GlobalOperation`). What else is seen to aggregate over the whole image stays as it is and is named.

    Args:
        network: in evaluation mode or not; random weights do, since only sizes are measured.
        card: says which sizes it takes.
        window: side in pixels of the image, such as 384 for training patches of 256.

    Returns:
        What was converted and what was not, as a note on the model.

    Raises:
        UsageError: nothing in it can be converted, it already is, or it fails on local means.
    """
    patch = training_patch(window, card)
    _replace_modules(network)
    operations = {name: each for name, each in _modules(network).items() if isinstance(each, GlobalOperation)}
    if not operations:
        raise UsageError(
            f"{card.name} has nothing that tlc can convert, which is pooling to one pixel, instance normalisation, or "
            "the attention of NAFNet, MPRNet and Restormer: leave out tlc."
        )
    if any(each.window is not None for each in operations.values()):
        raise UsageError(f"{card.name} already aggregates over windows of its own: leave out tlc.")
    measured = _measured(network, card, patch)
    if not measured.sizes:
        raise UsageError(f"{card.name} never runs what tlc could convert: leave out tlc.")
    for name, (height, width) in measured.sizes.items():
        operations[name].window = height * window // patch, width * window // patch
    if measured.without_values:
        _check(network, card, window)
    kinds = Counter(type(operations[name]).__name__.removeprefix("Local") for name in measured.sizes)
    said = f"tlc={window} converted {_listed(kinds)} to windows of 1.5 times training patches of {patch} pixels"
    return f"{said}; still over the whole image: {_listed(measured.left)}." if measured.left else f"{said}."


def _modules(network: nn.Module) -> dict[str, nn.Module]:
    return dict(network.named_modules())  # pyright: ignore[reportUnknownArgumentType] -- its annotation is incomplete


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())


def _replace_modules(network: nn.Module) -> None:
    """Put local forms in the place of torch's own modules, one for each however many places it has."""
    local: dict[int, nn.Module] = {}
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if _is_pool(child):
                setattr(parent, name, local.setdefault(id(child), LocalAveragePool2d()))
            elif type(child) is nn.InstanceNorm2d and not child.track_running_stats:
                setattr(parent, name, local.setdefault(id(child), LocalInstanceNorm2d(child)))


def _is_pool(module: nn.Module) -> bool:
    return type(module) is nn.AdaptiveAvgPool2d and module.output_size in (1, (1, 1), [1, 1])


@dataclass(slots=True)
class _Measured:
    """What one forward pass did."""

    sizes: dict[str, Window] = field(default_factory=dict)
    """Of the feature map of each global operation, in the order of the first calls."""

    left: Counter[str] = field(default_factory=Counter)
    """What aggregated elsewhere: `mean in Prompt`, and how often."""

    without_values: bool = False
    """Whether the pass was on the meta device, which computes nothing."""


class _AgainError(Exception):
    """The network starts over, as a sampler does: everything was seen."""


class _Watch(TorchFunctionMode):
    """Notes sizes of global operations and other aggregation over both dimensions of a map, module by module."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.seen = _Measured()
        self._stack: list[nn.Module] = []
        self._handles = [handle for name, each in _modules(network).items() for handle in self._hooks(name, each)]

    def remove_hooks(self) -> None:
        for handle in self._handles:
            handle.remove()

    def _hooks(self, name: str, module: nn.Module) -> Iterator[torch.utils.hooks.RemovableHandle]:
        def enter(module: nn.Module, given: tuple[Any, ...]) -> None:
            self._stack.append(module)
            if isinstance(module, GlobalOperation) and given:
                if name in self.seen.sizes and self._all_seen(name):
                    raise _AgainError
                self.seen.sizes.setdefault(name, tuple(given[0].shape[-2:]))

        def leave(*_: object) -> None:
            self._stack.pop()

        yield module.register_forward_pre_hook(enter)
        yield module.register_forward_hook(leave)

    def _all_seen(self, name: str) -> bool:
        """Whether the first operation is called again, and so the network."""
        return name == next(iter(self.seen.sizes)) and len(self.seen.sizes) > 1

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if _aggregates(func, args, given) and not any(isinstance(each, GlobalOperation) for each in self._stack):
            inside = next((each for each in reversed(self._stack) if any(True for _ in each.parameters())), None)
            self.seen.left[f"{func.__name__} in {type(inside).__name__}" if inside else func.__name__] += 1
        return func(*args, **given)


def _aggregates(func: Any, args: tuple[Any, ...], given: Mapping[str, Any]) -> bool:
    """Whether a call of torch reduces, or normalises by, both dimensions of a map (N, C, H, W) with H, W > 1."""
    x = args[0] if args else None
    if not isinstance(x, Tensor) or x.dim() != len("NCHW") or 1 in x.shape[-2:]:
        return False
    if func in MEANS:
        axes = args[1] if len(args) > 1 else given.get("dim", given.get("axis", (0, 1, 2, 3)))
        return isinstance(axes, (tuple, list)) and {2, 3} <= {int(axis) % 4 for axis in cast("list[int]", axes)}
    if func in POOLS:
        return (args[1] if len(args) > 1 else given.get("output_size")) in (1, (1, 1), [1, 1])
    return func in NORMS


def _measured(network: nn.Module, card: ModelCard, patch: int) -> _Measured:
    """Sizes in a pass over a training patch: on the meta device, or on the network's own if it cannot go there."""
    with contextlib.suppress(*CANNOT):
        seen = _watched(copy.deepcopy(network).to("meta"), torch.zeros(1, 3, patch, patch, device="meta"))
        return replace(seen, without_values=True)
    try:
        return _watched(network, torch.zeros(1, 3, patch, patch))
    except Exception as error:  # a user's network may raise anything
        raise UsageError(
            f"{card.name} fails on a training patch of {patch}x{patch}, from which tlc measures its windows: "
            f"{describe_fault(error).sentence}."
        ) from error


def _watched(network: nn.Module, image: Tensor) -> _Measured:
    training = network.training
    watch = _Watch(network.eval())
    try:
        with contextlib.suppress(_AgainError), torch.no_grad(), watch:
            network(image)
    finally:
        watch.remove_hooks()
        network.train(training)
    return watch.seen


def _check(network: nn.Module, card: ModelCard, window: int) -> None:
    """Run an image larger than the windows, where local means are maps and no longer single pixels."""
    side = 2 * window + (-2 * window % card.size.multiple_of)
    try:
        _watched(copy.deepcopy(network).to("meta"), torch.zeros(1, 3, side, side, device="meta"))
    except Exception as error:  # a user's network may raise anything
        raise UsageError(
            f"{card.name} takes no local means where it has global ones ({describe_fault(error).sentence}): leave out "
            "tlc."
        ) from error
