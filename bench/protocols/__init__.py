"""Evaluation protocols: named, versioned, frozen definitions of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry.lazy import lazy_attributes

if TYPE_CHECKING:
    from .protocol import PROTOCOLS, AlignmentName, Protocol, Source, get_protocol, register_protocol

__all__ = ["PROTOCOLS", "AlignmentName", "Protocol", "Source", "get_protocol", "register_protocol"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "protocol": [
            "PROTOCOLS",
            "AlignmentName",
            "Protocol",
            "Source",
            "get_protocol",
            "register_protocol",
        ],
    },
)
