"""Frozen dataclasses to JSON and back, driven by their annotations.

Unknown keys are ignored, so that a newer minor version's run folder can still be read; a missing key
takes the field's default, and one without a default is an error that names it.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import TypeVar, cast

from ..contracts import JsonValue

__all__ = ["decode", "encode"]

T = TypeVar("T")


def encode(value: object) -> JsonValue:
    """Anything made of dataclasses, mappings, sequences and scalars, as JSON can hold it.

    Raises:
        TypeError: a value has no JSON form.

    >>> encode({"a": (1, 2.5), "b": float("inf")})
    {'a': [1, 2.5], 'b': 'inf'}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return ("inf" if value > 0 else "-inf") if math.isinf(value) else value
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        return {str(key): encode(item) for key, item in items.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in cast("list[object]", value)]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def decode(kind: type[T], value: JsonValue, where: str = "") -> T:
    """Build a dataclass from what `encode` made of it.

    Raises:
        ValueError: a key is missing or a value does not fit its annotation; the message says where.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where or kind.__name__} is not an object")  # noqa: TRY004 -- bad data, not a bad call
    hints = typing.get_type_hints(kind)
    arguments: dict[str, object] = {}
    for field in dataclasses.fields(kind):  # pyright: ignore[reportArgumentType] -- T is bound to dataclasses by use
        place = f"{where}.{field.name}" if where else field.name
        if field.name in value:
            arguments[field.name] = _decode_any(hints[field.name], value[field.name], place)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ValueError(f"{place} is missing")
    return kind(**arguments)


def _decode_any(hint: object, value: JsonValue, where: str) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return decode(hint, value, where)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(arguments, value, where)
    if origin in (tuple, list) and not isinstance(value, list):
        raise ValueError(f"{where} is {value!r}, which is not a list")
    if origin is tuple and isinstance(value, list):
        kinds = arguments[:1] * len(value) if arguments[-1] is Ellipsis else arguments
        return tuple(_decode_any(kind, item, where) for kind, item in zip(kinds, value, strict=True))
    if origin is list and isinstance(value, list):
        return [_decode_any(arguments[0], item, where) for item in value]
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, dict):
        return {key: _decode_any(arguments[1], item, where) for key, item in value.items()}
    return _decode_scalar(hint, value, where)


def _decode_union(arguments: tuple[object, ...], value: JsonValue, where: str) -> object:
    if value is None:
        return None
    fitting = [kind for kind in arguments if kind is not type(None)]
    if len(fitting) == 1:
        return _decode_any(fitting[0], value, where)
    return float(value) if value in ("inf", "-inf") and float in fitting else value


def _decode_scalar(hint: object, value: JsonValue, where: str) -> object:
    if hint is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        return float(value)
    if hint in (int, str, bool) and not isinstance(value, typing.cast("type", hint)):
        raise ValueError(f"{where} is {value!r}, which is not {getattr(hint, '__name__', hint)}")
    return value
