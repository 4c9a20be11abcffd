"""Models whose work torch does not see: what their graph says, or that nothing is known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ...contracts import InferenceSettings, ModelCard
from ...models.exported.onnx import OnnxNetwork
from ...models.padding import pad_to_requirements
from ...models.program_network import ProgramNetwork
from ...models.schemes import pass_sizes
from .categories import CATEGORIES, Category
from .records import MacCount, ModuleMacs, OperatorMacs

if TYPE_CHECKING:
    from torch import nn

    from .onnx_graph import GraphMacs

__all__ = ["counted_by_itself"]


def counted_by_itself(
    network: nn.Module, card: ModelCard, size: tuple[int, int], batch: int, settings: InferenceSettings | None
) -> MacCount | None:
    """The MACs of an ONNX graph by its operators; a lower bound of 0 for a program; `None` for networks of torch.

    Raises:
        MissingDependencyError: the library that reads ONNX graphs is not installed.
        RestorationError: the graph does not take images of this size.
    """
    tile = None if settings is None else settings.tile
    tiled = tile if tile is not None and max(size) > tile else None
    sizes = pass_sizes(size, card.scheme, settings)
    if isinstance(network, ProgramNetwork):
        unseen = OperatorMacs(network.program.words[0], "unknown", 1, {})
        return _count(size, batch, tiled, (unseen,), ModuleMacs("", "ProgramNetwork", 0, {}), passes=len(sizes))
    if not isinstance(network, OnnxNetwork):
        return None
    from .onnx_graph import graph_macs

    parts = Counter(_padded(card, sizes))
    found: list[tuple[GraphMacs, int]] = [
        (graph_macs(network.path, (batch, 3, *part), network.size), times) for part, times in parts.items()
    ]
    operators = _summed(found)
    whole: dict[Category, float] = {}
    for kind in CATEGORIES:
        if macs := sum(row.macs.get(kind, 0.0) for row in operators):
            whole[kind] = macs
    module = ModuleMacs("", "OnnxNetwork", found[0][0].params, whole)
    excess = sum(graph.transposed_excess * times for graph, times in found)
    return _count(size, batch, tiled, operators, module, passes=sum(parts.values()), excess=excess)


def _padded(card: ModelCard, sizes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Height and width of every pass, padded."""
    import torch

    padded = [pad_to_requirements(torch.zeros((1, 1, *size)), card).shape for size in sizes]
    return [(shape[-2], shape[-1]) for shape in padded]


def _summed(found: list[tuple[GraphMacs, int]]) -> tuple[OperatorMacs, ...]:
    rows: dict[str, OperatorMacs] = {}
    for graph, times in found:
        for row in graph.operators:
            before = rows.get(row.name, OperatorMacs(row.name, row.status, 0, {}))
            macs: dict[Category, float] = {
                kind: before.macs.get(kind, 0.0) + times * row.macs.get(kind, 0.0)
                for kind in CATEGORIES
                if kind in before.macs or kind in row.macs
            }
            rows[row.name] = OperatorMacs(row.name, row.status, before.calls + times * row.calls, macs)
    return tuple(sorted(rows.values(), key=lambda row: (-sum(row.macs.values()), row.name)))


def _count(
    size: tuple[int, int],
    batch: int,
    tile: int | None,
    operators: tuple[OperatorMacs, ...],
    module: ModuleMacs,
    *,
    passes: int,
    excess: float = 0.0,
) -> MacCount:
    return MacCount(
        *size,
        batch,
        "graph",
        dict(module.macs),
        excess,
        operators,
        (module,),
        check=None,
        tile=tile,
        passes=passes,
    )
