"""Specifications on the command line: `NAME`, `NAME=PATH`, `NAME[option=value,...]=PATH`."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import msgspec

from ..contracts import JsonValue
from ..errors import UsageError, did_you_mean

__all__ = ["Spec", "bind_options", "parse_spec", "with_path"]


WORDS = {"yes": "true", "no": "false"}
"""Other words for the two truth values."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed `NAME[option=value,...]=PATH`."""

    name: str
    path: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    def __str__(self) -> str:
        options = ",".join(f"{key}={value}" for key, value in self.options.items())
        return f"{self.name}[{options}]" if options else self.name


def parse_spec(text: str) -> Spec:
    """Parse a specification; the first `=` outside brackets starts the path.

    Raises:
        UsageError: an unclosed bracket, an option without a value, or an empty name or path.

    >>> parse_spec("gopro[variant=blur_gamma]=C:/data")
    Spec(name='gopro', path=PosixPath('C:/data'), options={'variant': 'blur_gamma'})
    """
    head, bracket, rest = text.partition("[")
    if bracket and "=" not in head:
        inside, closed, tail = rest.partition("]")
        if not closed:
            raise UsageError(f"{text!r} has an opening bracket but no closing one: write NAME[option=value]=PATH.")
        name, options, path = head, _parse_options(inside, text), tail.removeprefix("=")
        if tail and not tail.startswith("="):
            raise UsageError(f"{text!r} has text after its bracket that is not =PATH: write NAME[option=value]=PATH.")
        has_path = bool(tail)
    else:
        name, separator, path = text.partition("=")
        options, has_path = {}, bool(separator)
    if not name.strip():
        raise UsageError(f"{text!r} has no name: write NAME=PATH.")
    if has_path and not path:
        raise UsageError(f"{text!r} has an empty path after its '=': write NAME=PATH.")
    return Spec(name.strip(), Path(path).expanduser() if has_path else None, options)


def with_path(spec: Spec, path: str | Path | None) -> Spec:
    """Replace the path of a specification, if one is given."""
    return spec if path is None else replace(spec, path=Path(path).expanduser())


def _parse_options(inside: str, text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in inside.split(","))):
        key, separator, value = item.partition("=")
        if not separator:
            raise UsageError(f"Option {item!r} in {text!r} has no value: write {item}=VALUE.")
        options[key.strip()] = value.strip()
    return options


def bind_options(function: Callable[..., object], options: Mapping[str, JsonValue], what: str) -> dict[str, JsonValue]:
    """Match options to the keyword parameters of `function`, converting strings by the annotations.

    Args:
        function: its keyword-only (or defaulted) parameters are the options; supported annotations are `bool`,
            `int`, `float`, `str`, `Literal[...]` and unions with None.
        options: names and values; strings as typed by the user.
        what: description for messages: `data set gopro`.

    Raises:
        UsageError: an unknown option, or an invalid value.
    """
    signature = inspect.signature(function)
    hints = typing.get_type_hints(function)
    known = {
        name: parameter
        for name, parameter in signature.parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        or (parameter.default is not inspect.Parameter.empty and parameter.kind is not inspect.Parameter.VAR_KEYWORD)
    }
    bound: dict[str, JsonValue] = {}
    for raw_name, value in options.items():
        name = raw_name.replace("-", "_")
        if name not in known:
            raise UsageError(f"The {what} has no option {raw_name!r}{did_you_mean(name, known)}")
        bound[name] = _convert(value, hints.get(name, str), f"option {raw_name!r} of the {what}")
    return bound


def _convert(value: JsonValue, hint: object, where: str) -> JsonValue:
    if not isinstance(value, str):
        return value
    kinds = typing.get_args(hint) or (hint,)
    word = WORDS.get(value.lower(), value) if bool in kinds else value
    try:
        return cast("JsonValue", msgspec.convert(word, hint, strict=False))
    except msgspec.ValidationError as error:
        choices = _literal_choices(hint)
        if choices:
            raise UsageError(f"{value!r} is not a value for {where}{did_you_mean(value, choices)}") from error
        names = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
        raise UsageError(f"{value!r} is not a value for {where}: it must be {names}.") from error
    except TypeError:  # an annotation of the user's own that msgspec does not know: the text is for their function
        return value


def _literal_choices(hint: object) -> tuple[str, ...]:
    if typing.get_origin(hint) is typing.Literal:
        return tuple(str(choice) for choice in typing.get_args(hint))
    nested = [choice for part in typing.get_args(hint) for choice in _literal_choices(part)]
    return tuple(nested)
