"""Registries of models, data sets and protocols, and specifications such as `NAME[option=value]=PATH`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy_attributes

if TYPE_CHECKING:
    from .registry import Registry, import_user_file, is_user_file
    from .specs import Spec, parse_spec

__all__ = ["Registry", "Spec", "import_user_file", "is_user_file", "parse_spec"]

__getattr__, __dir__ = lazy_attributes(
    __name__,
    {
        "registry": ("Registry", "import_user_file", "is_user_file"),
        "specs": ("Spec", "parse_spec"),
    },
)
