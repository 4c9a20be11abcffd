"""Options as the user types them: matched to the parameters of a function and converted to their types.

The type of a parameter is its annotation, or else the type of its default; where neither says anything, the text is
read as a TOML value (`8`, `0.5`, `true`, `[1, 2]`), and as it stands where it is none.
"""

from __future__ import annotations

import enum
import inspect
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from ..contracts import JsonValue
from ..errors import UsageError, did_you_mean

__all__ = ["as_json", "bind_arguments", "bind_options", "choices_of", "options_of", "toml_value"]

UNKNOWN = inspect.Parameter.empty
"""Stands for the type of a parameter that has neither an annotation nor a default."""

TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
"""Words for the two truth values."""

BY_KEYWORD = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
VALUES_OF_DEFAULTS = (bool, int, float, str, list, tuple, dict)
"""Types of a default that say what else the parameter may be."""


def bind_options(function: Callable[..., object], options: Mapping[str, JsonValue], what: str) -> dict[str, JsonValue]:
    """Match options to the keyword parameters of `function`; parameters that must be given are no options.

    Args:
        function: its keyword-only or defaulted parameters are the options.
        options: names and values; strings as typed by the user.
        what: how messages refer to the thing: `data set gopro`.

    Raises:
        UsageError: an unknown option, or a value that does not fit.
    """
    known = {
        name: parameter
        for name, parameter in _signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
        or (parameter.default is not UNKNOWN and parameter.kind in BY_KEYWORD)
    }
    return typing.cast("dict[str, JsonValue]", _bound(known, None, options, what))


def bind_arguments(
    function: Callable[..., object],
    options: Mapping[str, JsonValue],
    what: str,
    *,
    also: Iterable[str] = (),
    hint: str = "",
) -> dict[str, object]:
    """Match options to every parameter of `function` that a keyword can give, and refuse a call that lacks one.

    Args:
        function: a function, a class, a partial, or an object that is called. One that takes `**kwargs` accepts
            any option.
        options: names and values; strings as typed by the user.
        what: how messages refer to the thing: `model ./mine.py:build`.
        also: names that exist as well, for suggestions.
        hint: ends the message about a parameter that must be given.

    Raises:
        UsageError: an unknown option, a value that does not fit, or a parameter that must be given and is not.
    """
    parameters = _signature(function).parameters
    known = {name: parameter for name, parameter in parameters.items() if parameter.kind in BY_KEYWORD}
    rest = next((each for each in parameters.values() if each.kind is inspect.Parameter.VAR_KEYWORD), None)
    bound = _bound(known, rest, options, what, also)
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is UNKNOWN and parameter.kind not in MANY and name not in bound
    ]
    if missing:
        example = ",".join(f"{name}=VALUE" for name in missing)
        tail = f"; {hint}" if hint else ""
        raise UsageError(f"The {what} needs {' and '.join(missing)}: write {what.rpartition(' ')[2]}[{example}]{tail}.")
    return bound


def options_of(function: Callable[..., object]) -> dict[str, object]:
    """Names and defaults of the parameters; a name that must be given has `inspect.Parameter.empty`."""
    parameters = _signature(function).parameters
    return {name: parameter.default for name, parameter in parameters.items() if parameter.kind in BY_KEYWORD}


def choices_of(function: Callable[..., object]) -> dict[str, tuple[object, ...]]:
    """The options that take one of a few values, with these values, the default first.

    >>> def opener(root, *, variant: typing.Literal["blur", "blur_gamma"] = "blur_gamma", limit: int = 3): ...
    >>> choices_of(opener)
    {'variant': ('blur_gamma', 'blur')}
    """
    found: dict[str, tuple[object, ...]] = {}
    for name, parameter in _signature(function).parameters.items():
        choices = _literal_choices(_hint(parameter))
        if choices and parameter.kind in BY_KEYWORD and parameter.default is not UNKNOWN:
            found[name] = tuple(dict.fromkeys((parameter.default, *choices)))
    return found


def as_json(value: object) -> JsonValue:
    """A bound value as a record can hold it: a path or another object as text, a tuple as a list."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, enum.Enum):
        return as_json(value.value)
    if isinstance(value, list | tuple):
        return [as_json(item) for item in typing.cast("list[object]", value)]
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in typing.cast("Mapping[object, object]", value).items()}
    return str(value)


def toml_value(text: str) -> JsonValue:
    """Read a text as a TOML value; the text itself where it is none.

    >>> toml_value("8"), toml_value("[1, 2]"), toml_value("BiasFree")
    (8, [1, 2], 'BiasFree')
    """
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    value: object = parsed["value"]
    if set(parsed) == {"value"} and isinstance(value, bool | int | float | str | list | dict):
        return typing.cast("JsonValue", value)
    return text


def _bound(
    known: Mapping[str, inspect.Parameter],
    rest: inspect.Parameter | None,
    options: Mapping[str, JsonValue],
    what: str,
    also: Iterable[str] = (),
) -> dict[str, object]:
    bound: dict[str, object] = {}
    for raw_name, value in options.items():
        name = raw_name.replace("-", "_")
        parameter = known.get(name, rest)
        if parameter is None:
            raise UsageError(f"The {what} has no option {raw_name!r}{_tail(name, known, also)}")
        bound[name] = _convert(value, parameter, f"option {raw_name!r} of the {what}")
    return bound


def _tail(name: str, known: Mapping[str, object], also: Iterable[str]) -> str:
    near = did_you_mean(name, [*known, *also])
    if known or "did you mean" in near:
        return near if "did you mean" in near else did_you_mean(name, known)
    return ": it takes none."


def _signature(function: Callable[..., object]) -> inspect.Signature:
    """Annotations as types where they can be had; as text where a name in them is unknown at run time.

    Raises:
        UsageError: Python cannot tell the parameters.
    """
    try:
        return inspect.signature(function, eval_str=True)
    except (NameError, AttributeError, SyntaxError, TypeError):
        pass
    except ValueError as error:
        raise UsageError(f"The parameters of {function!r} cannot be read: write a function that calls it.") from error
    plain = inspect.signature(function)
    names = getattr(inspect.unwrap(_inner(function)), "__globals__", {})
    resolved = [
        parameter.replace(annotation=_resolved(parameter.annotation, names)) for parameter in plain.parameters.values()
    ]
    return plain.replace(parameters=resolved)


def _inner(function: Callable[..., object]) -> Callable[..., object]:
    while (wrapped := getattr(function, "func", None)) is not None:  # a partial
        function = wrapped
    if isinstance(function, type):
        return function.__init__
    return function if hasattr(function, "__globals__") else type(function).__call__


def _resolved(annotation: object, names: dict[str, object]) -> object:
    if not isinstance(annotation, str):
        return annotation
    try:
        return typing.get_type_hints(types.SimpleNamespace(__annotations__={"it": annotation}), names)["it"]
    except (NameError, AttributeError, SyntaxError, TypeError):
        return UNKNOWN


def _hint(parameter: inspect.Parameter) -> object:
    if parameter.annotation is not UNKNOWN and parameter.annotation is not typing.Any:
        return parameter.annotation
    kinds = [kind for kind in VALUES_OF_DEFAULTS if type(parameter.default) is kind]  # pyright: ignore[reportUnknownMemberType] -- a default is anything
    return kinds[0] if kinds else UNKNOWN


def _convert(value: JsonValue, parameter: inspect.Parameter, where: str) -> object:
    hint = _hint(parameter)
    if not isinstance(value, str):
        return value
    if hint is UNKNOWN:
        return toml_value(value)
    choices = _literal_choices(hint)
    candidates = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    read = _read(value, candidates)
    if choices:
        matched = next((choice for choice in choices if choice == read or str(choice) == value), read)
        if matched not in choices and not (matched is None and type(None) in candidates):
            raise UsageError(f"{value!r} is not a value for {where}{did_you_mean(value, map(str, choices))}")
        return matched
    try:
        return msgspec.convert(read, typing.cast("type[object]", hint), strict=False, dec_hook=_text_of)
    except msgspec.ValidationError as error:
        names = " or ".join(getattr(kind, "__name__", str(kind)) for kind in candidates if kind is not type(None))
        raise UsageError(f"{value!r} is not a value for {where}: it must be {names}.") from error
    except TypeError:  # an annotation that says nothing about texts, such as a protocol
        return read


def _read(text: str, candidates: tuple[object, ...]) -> JsonValue:
    """The most specific reading that the candidates allow."""
    if type(None) in candidates and text.lower() in ("none", "null"):
        return None
    if bool in candidates and text.lower() in TRUTH and not (text in "01" and int in candidates):
        return TRUTH[text.lower()]
    value = toml_value(text)
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    only_text = not any(kind in candidates for kind in (bool, int, float)) and str in candidates
    return text if only_text and not quoted and not isinstance(value, list | dict) else value


def _text_of(kind: type, value: object) -> object:
    """Objects that a text stands for."""
    if isinstance(value, str) and isinstance(kind, type) and issubclass(kind, Path):  # pyright: ignore[reportUnnecessaryIsInstance] -- msgspec passes whatever was annotated
        return kind(value).expanduser()
    raise msgspec.ValidationError(f"no {kind!r}")


def _literal_choices(hint: object) -> tuple[object, ...]:
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    return tuple(choice for part in typing.get_args(hint) for choice in _literal_choices(part))
