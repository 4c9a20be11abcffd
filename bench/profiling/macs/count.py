"""MACs of one restoration, complete: which operators ran, what each cost, and what could not be counted."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import torch
from torch.utils.flop_counter import FlopCounterMode

from ...contracts import InferenceSettings, ModelCard
from ...errors import RestorationError, first_line
from ...models.host_memory import by_torch_alone
from ...models.modules import named_modules
from ..forward_pass import CountedPass, ForwardPass
from .blueprint import Replayed, attributed, blueprint, is_scripted, repeats_replayed
from .categories import CATEGORIES, Category
from .counter import Books, ExitWatch, OperatorCounter, Tally
from .itself import counted_by_itself
from .records import CrossCheck, MacCount, ModuleMacs, OperatorMacs, Repeats, convention_total

if TYPE_CHECKING:
    from torch import nn

__all__ = ["count_macs"]


def count_macs(
    network: nn.Module,
    card: ModelCard,
    size: tuple[int, int] = (256, 256),
    *,
    batch: int = 1,
    settings: InferenceSettings | None = None,
    execute: bool = True,
) -> MacCount:
    """Count one restoration of (batch, 3, *size) as it would run, padding and tiles included.

    The arithmetic is float32, where every operator is visible. The network itself is not touched; weights do
    not matter, and parameters may be on the meta device already.

    Args:
        network: maps images to images for the sizes that `card.size` allows.
        card: what the network requires of its input.
        size: height and width in pixels.
        batch: images in a call.
        settings: tiles and device; precision and memory layout are ignored.
        execute: run the network for real where the meta device will not do.

    Raises:
        RestorationError: the network fails, for real or, with `execute` off, on the meta device.
    """
    if (known := counted_by_itself(network, card, size, batch, settings)) is not None:
        return known
    settings = replace(settings or InferenceSettings(), precision="fp32", channels_last=False, tile_on_oom=False)
    try:
        if any(map(is_scripted, network.modules())):
            raise NotImplementedError("TorchScript runs on data only")  # noqa: TRY301 -- as what torch raises below
        twin = CountedPass(blueprint(network), card, replace(settings, device="meta"))
        return _count(twin, size, batch, "meta")
    except Exception as error:
        reason = _one_line(error)
        if not execute:
            raise RestorationError(f"{card.name} cannot be counted without data: {reason}.") from error
    try:
        return replace(_executed(network, card, settings, size, batch), reason=reason)
    except RestorationError:
        raise
    except Exception as error:  # as above
        raise RestorationError(f"{card.name} cannot be counted: {_one_line(error)}.") from error


def _executed(
    network: nn.Module, card: ModelCard, settings: InferenceSettings, size: tuple[int, int], batch: int
) -> MacCount:
    """Count a real forward pass; of a network that takes gradients inside it, by the parts of its operators."""
    try:
        return _count(CountedPass(network, card, settings), size, batch, "executed")
    except RuntimeError:
        return _count(ForwardPass(network, card, settings), size, batch, "executed")


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error).rstrip('.')}"[:300]


def _count(model: ForwardPass, size: tuple[int, int], batch: int, method: Literal["meta", "executed"]) -> MacCount:
    counter = OperatorCounter()
    other = _torch_counter()
    images = torch.zeros((batch, 3, *size), device=model.device)
    with contextlib.ExitStack() as stack:
        stack.enter_context(attributed(model.network, counter))
        replayed = stack.enter_context(repeats_replayed(model.network, counter))
        for mode in (other, counter, ExitWatch(counter)):
            stack.enter_context(mode)
        stack.enter_context(by_torch_alone())
        model(images)
    books = counter.books
    tile = model.settings.tile
    return MacCount(
        *size,
        batch,
        method,
        _sorted(books.macs),
        books.transposed_excess,
        _operators(books),
        modules := _modules(model.network, books),
        _cross_check(books, counter.replayed, other),
        repeats=_repeats(replayed),
        tile=tile if tile is not None and max(size) > tile else None,
        passes=len(replayed[""].calls),
        groups=_groups(modules),
    )


class _NoModules(contextlib.AbstractContextManager[None]):
    """The whole network as one: torch's own tracker of modules fails in networks that take gradients in `forward`."""

    parents = ("Global",)

    def __exit__(self, *_: object) -> None:
        """Nothing to undo."""


def _torch_counter() -> FlopCounterMode:
    counter = FlopCounterMode(display=False)
    counter.mod_tracker = _NoModules()  # pyright: ignore[reportAttributeAccessIssue]
    return counter


def _sorted(macs: Mapping[Category, float]) -> dict[Category, float]:
    return {category: macs[category] for category in CATEGORIES if macs.get(category)}


def _operators(books: Books) -> tuple[OperatorMacs, ...]:
    rows = [
        OperatorMacs(name, tally.status, tally.calls, _sorted(tally.macs)) for name, tally in books.operators.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-sum(row.macs.values()), row.name)))


def _modules(network: nn.Module, books: Books) -> tuple[ModuleMacs, ...]:
    rows: list[ModuleMacs] = []
    groups: dict[str, str] = {}
    for path, module in named_modules(network):
        parent = path.rpartition(".")[0]
        groups[path] = str(getattr(module, "cost_group", "") or (groups.get(parent, "") if path else ""))
        params = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        macs = _sorted(books.modules.get(path, Tally()).macs)
        rows.append(ModuleMacs(path, type(module).__name__, params, macs, groups[path]))
    return tuple(rows)


def _groups(modules: tuple[ModuleMacs, ...]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for module in modules:
        if module.group:
            totals[module.group] = totals.get(module.group, 0.0) + sum(module.macs.values())
    return totals


def _repeats(replayed: Mapping[str, Replayed]) -> Repeats | None:
    """A direct child that runs several times, always at the same cost, and does 99 % of the work."""
    runs = replayed[""].executed
    whole = sum(sum(books.macs.values()) for books in replayed[""].calls[:runs])
    for name, child in replayed.items():
        times, costs = len(child.calls) // max(runs, 1), [sum(books.macs.values()) for books in child.calls]
        if name and times > 1 and len({*costs}) == 1 and sum(costs) >= 0.99 * whole:
            return Repeats(name, times, _sorted(child.calls[0].macs))
    return None


def _cross_check(books: Books, replayed: Books, other: FlopCounterMode) -> CrossCheck:
    def products(of: Books) -> float:
        return convention_total(of.macs, 0.0, "conv+linear+matmul")

    # The other counter has one multiply-accumulate for a product of complex numbers.
    ours = products(books) - products(replayed) - (books.complex_excess - replayed.complex_excess)
    return CrossCheck("torch.utils.flop_counter", other.get_total_flops() / 2, ours)
