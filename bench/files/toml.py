"""TOML files into frozen dataclasses: an unknown key, a wrong kind or a mistyped choice is an error that says where."""

from __future__ import annotations

import dataclasses
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast

from ..contracts import JsonValue
from ..errors import UsageError, did_you_mean
from .codec import decode

__all__ = ["read_document"]

T = TypeVar("T")


def read_document(kind: type[T], path: Path, what: str) -> T:
    """Read a TOML file.

    Args:
        kind: a dataclass whose fields are the keys.
        path: of the file.
        what: how messages call such a file: `recipe`.

    Raises:
        UsageError: no such file, not TOML, an unknown or missing key, or a value that does not fit.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The {what} {path} cannot be read ({error.strerror}): check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}.") from error
    _check(kind, raw, str(path))
    try:
        return decode(kind, cast("JsonValue", raw))
    except (ValueError, AttributeError) as error:
        raise UsageError(f"{path}: {error}.") from error


def _check(kind: type[object], raw: Mapping[str, object], where: str) -> None:
    """Refuse unknown keys and choices, in nested tables too."""
    hints = typing.get_type_hints(kind)
    known = [field.name for field in dataclasses.fields(kind)]  # pyright: ignore[reportArgumentType] -- a dataclass by use
    for key, value in raw.items():
        if key not in known:
            raise UsageError(f"{where} has the unknown key {key!r}{did_you_mean(key, known)}")
        _check_value(hints[key], value, f"{where}: {key}")


def _check_value(hint: object, value: object, where: str) -> None:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, Mapping):
        _check(hint, cast("Mapping[str, object]", value), where)
    elif origin is typing.Literal and value not in arguments:
        raise UsageError(f"{where} is {value!r}{did_you_mean(str(value), map(str, arguments))}")
    elif origin is tuple and isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value), start=1):
            _check_value(arguments[0], item, f"{where} {index}")
    elif origin is Mapping:
        _check_mapping(arguments, value, where)
    elif type(None) in arguments and value is not None:
        (inner,) = (argument for argument in arguments if argument is not type(None))
        _check_value(inner, value, where)


def _check_mapping(arguments: tuple[object, ...], value: object, where: str) -> None:
    choices = [str(choice) for choice in typing.get_args(arguments[0])]
    for key in cast("Mapping[str, object]", value) if isinstance(value, Mapping) else ():
        if choices and key not in choices:
            raise UsageError(f"{where} has the unknown key {key!r}{did_you_mean(key, choices)}")
