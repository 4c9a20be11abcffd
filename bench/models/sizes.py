"""Sizes that a network accepts, found by trying."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from ..contracts import InferenceScheme, InferenceSettings, SizeRequirements
from ..errors import OutOfMemoryError
from .exported.torchscript import copy_network
from .inference import Restorer
from .isolation import isolated

if TYPE_CHECKING:
    from ..terminal.tracebacks import Fault

__all__ = ["accepts", "looks_like_a_size", "size_advice", "smallest_multiple", "twin"]

MULTIPLES = (1, 2, 4, 8, 16, 32, 64, 128)
"""That networks of the field ask for."""

SMALLEST_TRIED = 48
"""Pixels of the shorter side of an image that is tried, at least."""

SIGNS = ("size", "shape", "divisible", "multiple", "dimension", "broadcast", "rearrange", "reshape", "expected input")
"""Words of messages about sizes that do not fit."""


def twin(restorer: Restorer, size: SizeRequirements | None = None) -> Restorer:
    """A restorer with a copy of the network, which may be run without a trace in the other.

    Args:
        restorer: is left as it is.
        size: other requirements than those of its card; tiles, grid and ensemble are off then.

    Raises:
        Exception: whatever a network raises that cannot be copied.
    """
    card = restorer.card if size is None else replace(restorer.card, size=size, scheme=InferenceScheme())
    settings: InferenceSettings = restorer.settings
    if size is not None:
        settings = replace(settings, tile=None, tile_on_oom=False)
    return Restorer(copy_network(restorer.network), card, settings)


def accepts(restorer: Restorer, height: int, width: int) -> bool:
    """Whether a network restores a grey image of this size, as it is."""
    try:
        with isolated():
            restorer(torch.full((1, 3, height, width), 0.5))
    except (OutOfMemoryError, KeyboardInterrupt):
        raise
    except BaseException:  # noqa: BLE001 -- a network that does not accept a size may raise anything
        return False
    return True


def smallest_multiple(restorer: Restorer) -> int | None:
    """The smallest multiple that height and width must be of; `None` if no size that was tried is accepted.

    Raises:
        Exception: whatever a network raises that cannot be copied.
    """
    trial = twin(restorer, SizeRequirements())
    least = max(SMALLEST_TRIED, restorer.card.size.minimum)
    for multiple in MULTIPLES:
        odd = -(-least // multiple) | 1  # an odd number of times, so that no larger multiple is tried by the way
        if all(accepts(trial, multiple * (odd + more), multiple * (odd + 2 - more)) for more in (0, 2)):
            return multiple
    return None


def looks_like_a_size(fault: Fault) -> bool:
    """Whether a failure may come from a size that the network does not accept."""
    said = f"{fault.message} {'' if fault.place is None else fault.place.source}".lower()
    if fault.name == "AssertionError":
        return True
    return any(sign in said for sign in SIGNS)


def size_advice(restorer: Restorer, fault: Fault) -> str:
    """What to declare so that a size is accepted; `""` if the failure is of another kind, or no multiple helps."""
    if not looks_like_a_size(fault):
        return ""
    try:
        multiple = smallest_multiple(restorer)
    except Exception:  # noqa: BLE001 -- a network that cannot be copied, or memory that is full; the failure itself is reported anyhow
        return ""
    declared = restorer.card.size.multiple_of
    if multiple is None or declared % multiple == 0:
        return ""
    name = restorer.card.name
    return (
        f"It accepts sizes that are multiples of {multiple}: write -m '{name}[multiple_of={multiple}]', or "
        f"SizeRequirements(multiple_of={multiple}) in its card, and images are padded to that."
    )
