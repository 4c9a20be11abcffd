"""TOML files that a person writes, into dataclasses: an unknown key or a value that does not fit says where it is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, cast

from ..contracts import JsonValue
from ..errors import UsageError, did_you_mean
from .codec import decode, refuse_odd_values

__all__ = ["decode_settings", "read_document", "read_toml"]

T = TypeVar("T")

OF_BACKSLASHES = ("Unescaped '\\'", "Invalid hex value")
"""What the parser says of `"C:\\data"` and `"C:\\Users"`."""

BACKSLASHES = "Write a path with backslashes in single quotes, as in 'gopro=C:\\data'."


def read_document(kind: type[T], path: Path, what: str) -> T:
    """Read a TOML file.

    Args:
        kind: a dataclass whose fields are the keys.
        path: of the file.
        what: how messages call such a file: `recipe`.

    Raises:
        UsageError: no such file, not TOML, an unknown or missing key, or a value that does not fit.
    """
    return decode_settings(kind, read_toml(path, what), str(path))


def read_toml(path: Path, what: str) -> dict[str, JsonValue]:
    """Parse a TOML file.

    Raises:
        UsageError: it cannot be read, or is not TOML.
    """
    try:
        return cast("dict[str, JsonValue]", tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        beside = [each.name for each in path.parent.glob("*.toml")]
        remedy = did_you_mean(path.name, beside) if beside else ": correct the path."
        raise UsageError(f"There is no {what} {path}{remedy}") from error
    except OSError as error:
        raise UsageError(f"The {what} {path} cannot be read ({error.strerror}): check the path.") from error
    except RecursionError as error:
        raise UsageError(f"{path} is not a TOML file: it is nested too deeply.") from error
    except ValueError as error:  # also of a number with more digits than Python reads
        hint = next((f" {BACKSLASHES}" for said in OF_BACKSLASHES if said in str(error)), "")
        raise UsageError(f"{path} is not a TOML file: {error}.{hint}") from error


def decode_settings(kind: type[T], raw: Mapping[str, JsonValue], where: str) -> T:
    """Build a dataclass from a table that a person wrote.

    Args:
        kind: a dataclass or msgspec struct whose fields are the keys.
        raw: the table.
        where: the file, and the table in it; begins every message.

    Raises:
        UsageError: an unknown or missing key, with did-you-mean, or a value that does not fit.
    """
    from msgspec import inspect

    try:
        refuse_odd_values(raw)
        _refuse_unknown(inspect.type_info(kind), raw, where)
        return decode(kind, raw)
    except ValueError as error:
        said = f"{where}: {error}".replace(" or null, got", ", got")  # TOML knows no null
        raise UsageError(said if said.endswith("?") else f"{said}.") from error


def _refuse_unknown(info: object, value: object, where: str) -> None:
    """Refuse keys that no field has, in nested tables too."""
    from msgspec import inspect

    if isinstance(info, inspect.UnionType):
        for each in info.types:
            _refuse_unknown(each, value, where)
    elif isinstance(info, inspect.VarTupleType | inspect.ListType) and isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value), start=1):
            _refuse_unknown(info.item_type, item, f"{where} {index}")
    elif isinstance(info, inspect.DictType) and isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            _refuse_unknown(info.value_type, item, f"{where}: {key}")
    elif isinstance(info, inspect.DataclassType | inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field.type for field in info.fields}
        for key, item in cast("dict[str, object]", value).items():
            if key not in fields:
                raise UsageError(f"{where} has the unknown key {key!r}{did_you_mean(key, fields)}")
            _refuse_unknown(fields[key], item, f"{where}: {key}")
