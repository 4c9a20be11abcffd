"""Models whose work torch does not see: what their graph says, or that nothing is known."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

from ...contracts import InferenceSettings, ModelCard
from ...models.exported.onnx import OnnxNetwork
from ...models.inference import pad_to_requirements, tile_spans
from ...models.program_network import ProgramNetwork
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
    if isinstance(network, ProgramNetwork):
        unseen = OperatorMacs(network.program.words[0], "unknown", 1, {})
        return _count(size, batch, tiled, (unseen,), ModuleMacs("", "ProgramNetwork", 0, {}), passes=1)
    if not isinstance(network, OnnxNetwork):
        return None
    from .onnx_graph import graph_macs

    parts = Counter(_sizes(card, size, settings, tiled))
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


def _sizes(
    card: ModelCard, size: tuple[int, int], settings: InferenceSettings | None, tile: int | None
) -> list[tuple[int, int]]:
    """Height and width of every pass, padded."""
    import torch

    spans = [[(0, side)] for side in size]
    if tile is not None and settings is not None:
        spans = [tile_spans(side, tile, min(settings.tile_overlap, tile // 2)) for side in size]
    padded = [
        pad_to_requirements(torch.zeros((1, 1, bottom - top, right - left)), card).shape
        for (top, bottom), (left, right) in itertools.product(*spans)
    ]
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
