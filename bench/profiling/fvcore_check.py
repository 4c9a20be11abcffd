"""The same network as fvcore counts it, and what fvcore leaves out.

fvcore traces a real forward pass into a graph and looks each node up in a table; a node without an entry costs
nothing. It cannot trace on the meta device, so this takes as long as the network does.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

from ..contracts import InferenceSettings
from ..errors import first_line
from .macs.records import CrossCheck, MacCount, OutsideCount

if TYPE_CHECKING:
    from torch import Tensor, nn

    from .profiled_model import ProfiledModel

__all__ = ["fvcore_count"]

PRODUCTS = ("conv", "linear", "matmul", "einsum", "addmm", "bmm", "mm")
"""fvcore's names of what the convention `conv+linear+matmul` holds."""

GIGA = 1e9


def fvcore_count(profiled: ProfiledModel, counted: MacCount) -> OutsideCount | str:
    """Let fvcore count one image, padded as the model requires, on the CPU.

    Args:
        profiled: the model.
        counted: what this project's counter has for the same size, without tiles.

    Returns:
        The count, or why there is none.
    """
    import torch

    from ..models.inference import pad_to_requirements

    if counted.tile is not None:
        return "fvcore counts a network, not the tiles around it: leave out --tile"
    if counted.passes > 1:
        return f"fvcore counts one forward pass, not {counted.passes}: leave out grid and ensemble"
    model = profiled.on(InferenceSettings())
    image = pad_to_requirements(torch.zeros(counted.batch, 3, counted.height, counted.width), profiled.card)
    try:
        gigas, skipped = _traced(model.network, image)
    except (RuntimeError, TypeError, ValueError) as error:
        return f"fvcore cannot trace {profiled.name}: {first_line(error)}"
    products = sum(gigas.get(name, 0.0) for name in PRODUCTS) * GIGA
    check = CrossCheck("fvcore", products, counted.total("conv+linear+matmul"))
    return OutsideCount(sum(gigas.values()) * GIGA, skipped, check)


def _traced(network: nn.Module, image: Tensor) -> tuple[dict[str, float], dict[str, int]]:
    """10^9 MACs by fvcore's operators, and calls of those that it has no entry for."""
    import torch

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it traces with torch.jit, which is deprecated
        from fvcore.nn import FlopCountAnalysis

        analysis = cast("Any", FlopCountAnalysis(network, image))
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False).tracer_warnings("none")  # noqa: FBT003 -- fvcore's signature
        gigas = {str(name): float(macs) / GIGA for name, macs in analysis.by_operator().items()}
        return gigas, {str(name): int(calls) for name, calls in analysis.unsupported_ops().most_common()}
