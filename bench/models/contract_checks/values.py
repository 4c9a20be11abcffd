"""Checks of what the network returns: values, channels, types, sizes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...contracts import SizeRequirements
from ..outputs import likely_range, range_text
from ..preparation import dtype_name
from ..sizes import accepts, smallest_multiple, twin
from .report import CheckResult, failed, not_applicable, passed
from .specimen import Specimen

__all__ = ["check_channels", "check_dtype", "check_range", "check_sizes"]

LARGEST_MINIMUM = 256


def check_range(specimen: Specimen) -> CheckResult:
    """Whether the values look like 0 to 1."""
    name = "range"
    restored = specimen.reference
    low, high = float(restored.planes.min()), float(restored.planes.max())
    likely = likely_range(restored.planes, specimen.first)
    if likely is not None:
        return failed(
            name,
            f"values from {low:.3g} to {high:.3g} fit {range_text(likely)} better than 0..1: declare "
            f"[output_range={range_text(likely)}], or scale them in the network",
        )
    return passed(name, f"values from {low:.3g} to {high:.3g}")


def check_channels(specimen: Specimen) -> CheckResult:
    """Whether red and blue are where they should be."""
    name = "channels"
    restored = specimen.reference
    given = specimen.first.transpose(2, 0, 1).astype(np.float64) / 255
    apart = float(np.abs(restored.planes - given).mean())
    exchanged = float(np.abs(restored.planes - given[::-1]).mean())
    if exchanged < 0.5 * apart:
        return failed(
            name, "red and blue are exchanged: the output is BGR; the input is RGB, and the output must be too"
        )
    if specimen.random_weights or apart > 0.25:  # noqa: PLR2004 -- no image resembles another one less
        return not_applicable(name, "the output does not resemble the input, so that its channels cannot be told apart")
    swapped = specimen.fresh().restore(np.ascontiguousarray(specimen.first[..., ::-1]), "first")
    back = float(np.abs(swapped.planes[::-1] - restored.planes).mean())
    return passed(
        name, "RGB; " + ("red and blue are treated alike" if back == 0 else "red and blue are treated each its way")
    )


def check_dtype(specimen: Specimen) -> CheckResult:
    """The types of numbers."""
    kinds = {
        dtype_name(tensor.dtype)
        for tensor in (*specimen.restorer.network.parameters(), *specimen.restorer.network.buffers())
        if tensor.is_floating_point()
    }
    if len(kinds) > 1:
        return passed("dtype", f"parameters of {' and '.join(sorted(kinds))}; the input is float32")
    return passed("dtype", f"the input is {dtype_name(specimen.restorer.dtype)}, as the parameters are")


def check_sizes(specimen: Specimen) -> CheckResult:
    """Whether images are padded to what the network accepts."""
    name = "sizes"
    size = specimen.restorer.card.size
    found = smallest_multiple(specimen.restorer)
    if found is None:
        return not_applicable(name, "no size that was tried is accepted without padding to the card's")
    minimum = _minimum(specimen, found)
    needed = f"SizeRequirements(multiple_of={found}{f', minimum={minimum}' if minimum > found else ''})"
    if size.multiple_of % found:
        return failed(
            name,
            f"size multiples: it accepts multiples of {found}, but its card says {size.multiple_of}: write {needed} in "
            f"the card, or -m '{specimen.name}[multiple_of={found}]'",
        )
    return passed(name, f"padded to multiples of {size.multiple_of}; {needed} is what it needs")


def _minimum(specimen: Specimen, multiple: int) -> int:
    """The smallest square side that is accepted, found in steps of about eight pixels and then by `multiple`."""
    trial = twin(specimen.restorer, replace(SizeRequirements(), padding=specimen.restorer.card.size.padding))
    step = multiple * -(-8 // multiple)
    for side in range(multiple, LARGEST_MINIMUM, step):
        if accepts(trial, side, side):
            smaller = range(max(multiple, side - step + multiple), side, multiple)
            return next((less for less in smaller if accepts(trial, less, less)), side)
    return multiple
