"""The modules of a network by name, typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from torch import nn

__all__ = ["named_modules"]


def named_modules(network: nn.Module) -> list[tuple[str, nn.Module]]:
    """Dotted path and module, parents first, the network itself under `""`; a shared module once, under its first name.

    torch leaves their types open.
    """
    return list(cast("Iterable[tuple[str, nn.Module]]", network.named_modules()))
