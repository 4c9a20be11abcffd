"""Parts about recipes: the keys of the file, the losses."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from restorebench.bench.training import recipe
from restorebench.bench.training.losses import LOSSES

from .fields import documented
from .markdown import table

RECIPE_TABLES = {
    "The recipe": recipe.Recipe,
    "`[[data]]`": recipe.DataSource,
    "`[[stages]]`": recipe.Stage,
    "`[validation]`": recipe.Validation,
}


def _recipe_keys() -> Iterator[str]:
    """Keys of a recipe: one table for each table of the TOML file."""
    for title, kind in RECIPE_TABLES.items():
        node = next(each for each in ast.parse(inspect.getsource(kind)).body if isinstance(each, ast.ClassDef))
        types, meanings = get_type_hints(kind), {row[0].strip("`"): row[2] for row in documented(node)}
        rows = (
            [f"`{key.name}`", _toml_type(types[key.name]), _toml_default(key), _in_toml(meanings[key.name])]
            for key in dataclasses.fields(kind)
        )
        yield from (f"### {title}", "", (ast.get_docstring(node) or "").partition("\n\n")[0], "")
        yield from (*table(("key", "value", "default", "meaning"), rows), "")


def _in_toml(meaning: str) -> str:
    """A field's docstring in the words of the file: it has neither `None` nor classes."""
    words = {
        "`None`:": "Left out:",
        "`DataSource.source`": "`source` of `[[data]]`",
        "names in `LOSSES`": "names below",
    }
    for python, toml in words.items():
        meaning = meaning.replace(python, toml)
    return meaning


def _toml_type(kind: object) -> str:
    """How a person calls the values of a key: `integer`, `2 numbers`."""
    plain: dict[object, str] = {str: "text", int: "integer", float: "number", bool: "`true`, `false`"}
    if kind in plain:
        return plain[kind]
    parts = [part for part in get_args(kind) if part is not type(None)]
    if get_origin(kind) is Literal:
        return ", ".join(f'`"{part}"`' for part in parts)
    if get_origin(kind) is UnionType:
        return _toml_type(parts[0])
    if get_origin(kind) is tuple:
        return "tables, below" if Ellipsis in parts else f"{len(parts)} {_toml_type(parts[0])}s"
    return "table, below" if dataclasses.is_dataclass(kind) else "table of numbers"


def _toml_default(key: dataclasses.Field[Any]) -> str:
    """The default of a key as it would stand in the file."""
    value = key.default if key.default_factory is dataclasses.MISSING else key.default_factory()
    if value is dataclasses.MISSING:
        return "needed"
    if value is None:
        return ""
    if isinstance(value, dict):
        table = cast("dict[str, float]", value)
        return f"`{{ {', '.join(f'{name} = {each}' for name, each in table.items())} }}`"
    return f"`{json.dumps(value)}`"


def _losses() -> Iterator[str]:
    said = {name: (inspect.getdoc(loss) or "").partition("\n")[0] for name, loss in LOSSES.items()}
    said["l1"] = "Mean absolute difference (`torch.nn.functional.l1_loss`)."  # its own text changes with torch
    yield from table(("loss", "what it is"), ([f"`{name}`", text] for name, text in said.items()))


WRITERS = {"recipe": _recipe_keys, "losses": _losses}
