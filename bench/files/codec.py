"""JSON to frozen dataclasses and back: msgspec converts, this module adds what it leaves open.

Infinity is the string `"inf"`, because JSON has none. A number that JSON cannot say, a key given twice, a lone
surrogate and nesting without end are refused, and every message says where in the document.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar, cast

import msgspec

from ..contracts import JsonValue

__all__ = [
    "Number",
    "decode",
    "decode_number",
    "encode",
    "encode_number",
    "parse_json",
    "refuse_odd_values",
    "sentence",
]

T = TypeVar("T")

Number: TypeAlias = float | Literal["inf", "-inf"] | None
"""A number as strict JSON can hold it."""

LARGEST_INTEGER = 2**63
"""Integers beyond the 64 bits that other readers of JSON have are refused."""

SHOWN = 40
"""Characters of a value shown in a message."""


def encode(value: object) -> JsonValue:
    """Anything made of dataclasses, mappings, sequences and scalars, as JSON can hold it.

    Raises:
        TypeError: a value has no JSON form.
        ValueError: a value is NaN.

    >>> encode({"a": (1, 2.5), "b": float("inf")})
    {'a': [1, 2.5], 'b': 'inf'}
    """
    return _without_infinity(msgspec.to_builtins(value, str_keys=True, enc_hook=_plain))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if isinstance(value, float):  # numpy's
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _without_infinity(value: Any) -> JsonValue:
    if isinstance(value, float):
        return encode_number(value)
    if isinstance(value, dict):
        return {key: _without_infinity(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_without_infinity(item) for item in cast("list[object]", value)]
    return value


def encode_number(value: float | None) -> Number:
    """A float as strict JSON can hold it.

    Raises:
        ValueError: `value` is NaN.

    >>> encode_number(float("inf")), encode_number(29.5), encode_number(None)
    ('inf', 29.5, None)
    """
    if value is None:
        return None
    if math.isnan(value):
        raise ValueError("NaN cannot be stored: store None and a reason")
    return ("inf" if value > 0 else "-inf") if math.isinf(value) else float(value)  # also numpy's


def decode_number(value: Number) -> float | None:
    """The inverse of `encode_number`."""
    return None if value is None else float(value)


def parse_json(text: str | bytes) -> JsonValue:
    """Read JSON more strictly than `json.loads`.

    Raises:
        ValueError: not JSON, or one of the odd values that the module's first lines name; the message says where.
    """
    try:
        # Not utf-8-sig: what this program writes has no byte-order mark.
        content = text if isinstance(text, str) else text.decode()
        value = cast("JsonValue", json.loads(content, object_pairs_hook=_unique, parse_constant=_refuse_constant))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    refuse_odd_values(value)
    return value


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {_shown(twice)} is there twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that JSON has")


def refuse_odd_values(value: object) -> None:
    """Refuse numbers and texts, anywhere in a parsed document, that no field can hold.

    Raises:
        ValueError: a float that is not finite, an integer beyond 64 bits, a lone surrogate, or nesting without end.
    """
    try:
        _refuse_odd(value, "")
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _refuse_odd(value: object, where: str) -> None:
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            _refuse_odd(key, where)
            _refuse_odd(item, f"{where}.{key}" if where else key)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            _refuse_odd(item, f"{where}[{index}]")
    elif (problem := _problem(value)) is not None:
        raise ValueError(f"{where}: {problem}" if where else problem)


def _problem(value: object) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no finite number"
    if isinstance(value, int) and not -LARGEST_INTEGER <= value < LARGEST_INTEGER:
        return "an integer is too large"
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return f"{_shown(value)} is not valid Unicode"
    return None


def decode(kind: type[T], value: object, *, infinite: Sequence[str] = ()) -> T:
    """Build a dataclass from what `encode` made of it.

    Unknown keys are ignored, so that the run folder of a newer minor version can still be read; a missing key takes the
    default of its field.

    Args:
        kind: a dataclass, or any type that msgspec knows.
        value: a parsed document.
        infinite: paths of numbers that may be `"inf"`, with `*` for any key or position: `metrics.*.mean`.

    Raises:
        ValueError: a key is missing or a value does not fit its field; the message begins with the field's path.
    """
    for path in infinite:
        value = _with_infinity(value, path.split("."))
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ValueError(sentence(error, kind)) from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _with_infinity(value: object, path: Sequence[str]) -> object:
    """The same document with the `"inf"` at a path as a float."""
    if not path:
        return float(str(value)) if value in ("inf", "-inf") else value
    if isinstance(value, list) and path[0] == "*":
        return [_with_infinity(item, path[1:]) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {key: _with_infinity(item, path[1:]) if path[0] in ("*", key) else item for key, item in items}
    return cast("object", value)


PLACE = re.compile(r"^(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
MISSING = re.compile(r"Object missing required field `(?P<name>.+)`")
UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.+)`")


def sentence(error: msgspec.ValidationError, kind: object) -> str:
    """What msgspec says about a value that does not fit, the field's path first, with did-you-mean for choices."""
    from ..errors import did_you_mean

    found = PLACE.match(str(error))
    what, path = (found["what"], (found["path"] or "").removeprefix(".")) if found else (str(error), "")
    if missing := MISSING.match(what):
        return f"{path}.{missing['name']} is missing" if path else f"{missing['name']} is missing"
    if unknown := UNKNOWN.match(what):
        return f"unknown key {unknown['name']!r}{f' in {path}' if path else ''}"
    said = re.sub(r"`([\w| ]+)`", lambda kinds: _in_words(kinds[1]), f"{what[:1].lower()}{what[1:]}")
    if choice := re.match(r"Invalid enum value '?(?P<value>.*?)'?$", what):
        choices = _choices(kind, path, of_key=bool(found and found["key"]))
        value = choice["value"][:SHOWN]
        said = f"{value!r}{did_you_mean(value, choices)}".removesuffix(".")
        said = f"unknown {'key' if found and found['key'] else 'value'} {said}"
    return f"{path}: {said}" if path else said


WORDS = {
    "object": "a table",
    "array": "a list",
    "str": "a text",
    "int": "an integer",
    "float": "a number",
    "bool": "true or false",
}
"""Kinds of values, as msgspec and as a person calls them."""


def _in_words(kinds: str) -> str:
    return " or ".join(WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _choices(kind: object, path: str, *, of_key: bool) -> list[str]:
    """The words that the field at a path of a message may hold; none if there is no such field."""
    from msgspec import inspect

    here = _known(inspect.type_info(kind))
    for name in re.findall(r"\w+|\[\.\.\.\]", path):
        if isinstance(here, inspect.DataclassType | inspect.StructType):
            here = next((field.type for field in here.fields if field.encode_name == name), inspect.AnyType())
        elif isinstance(here, inspect.DictType):
            here = here.value_type
        elif isinstance(here, inspect.VarTupleType | inspect.ListType):
            here = here.item_type
        here = _known(here)
    if of_key and isinstance(here, inspect.DictType):
        here = here.key_type
    return [str(value) for value in here.values] if isinstance(here, inspect.LiteralType) else []


def _known(info: object) -> object:
    """The type beside `None` of a field that may be either."""
    from msgspec import inspect

    if not isinstance(info, inspect.UnionType):
        return info
    kinds: tuple[object, ...] = info.types
    return next((each for each in kinds if not isinstance(each, inspect.NoneType)), info)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= SHOWN else f"{text[:SHOWN]}...")
