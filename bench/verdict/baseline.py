"""Baselines: small JSON files for version control, with only the data that a check needs.

Values are rounded to relevant digits and hashes are shortened, which keeps the 1111 images of GoPro with three metrics
below 100 KB. Each column is on one line, for readable diffs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from ..comparison.pairing import Measured, MeasuredImage
from ..contracts import JsonValue
from ..errors import RunFolderError
from ..files.atomic import write_atomic
from ..files.codec import Number, decode, decode_number, encode, encode_number, parse_json
from ..metrics.metric import MetricFacts
from ..metrics.registry import known_facts
from ..runs.records import is_no_number

__all__ = ["BASELINE_VERSION", "is_baseline", "read_baseline", "write_baseline"]

BASELINE_VERSION = 1
"""Schema version of the file; newer ones are refused."""

FORMAT = "restorebench baseline"
PAIR_DIGITS, RESTORED_DIGITS = 8, 12
"""Hexadecimal digits kept of hashes, which are only compared for equality."""

NO_HASH = "-"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
MOST_DECIMALS = 15
"""As many as a float has."""


def is_baseline(path: Path) -> bool:
    """Whether a path is a baseline file, as any file but no folder is."""
    return path.is_file()


def write_baseline(path: Path, cells: Sequence[Measured]) -> None:
    """Write cells to one file, replacing it.

    Args:
        path: the file.
        cells: cells of one model on one data set each.
    """
    bodies = ",\n".join(_cell_text(cell) for cell in cells)
    head = f'{{"format": "{FORMAT}", "version": {BASELINE_VERSION}, "cells": [\n'
    write_atomic(path, f"{head}{bodies}\n]}}\n")


def _cell_text(cell: Measured) -> str:
    lines = [
        f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False, allow_nan=False)}" for name, value in _cell(cell)
    ]
    return "{\n" + ",\n".join(lines) + "\n}"


def _cell(cell: Measured) -> Iterable[tuple[str, JsonValue]]:
    images = list(cell.images.values())
    yield "model", cell.model
    yield "dataset", cell.dataset
    yield "protocol", cell.protocol
    yield "quantiser", cell.quantiser
    yield "selected", cell.selected
    yield "cost", dict(cell.cost)
    if cell.code:
        yield "code", list(cell.code)
    yield "keys", _fold_keys(list(cell.images))
    yield "groups", [[group, len(list(run))] for group, run in groupby(image.group for image in images)]
    yield "pairs", _join_hashes([image.pair[:PAIR_DIGITS] for image in images])
    yield "restored", _join_hashes([image.restored[:RESTORED_DIGITS] for image in images])
    yield "failures", {key: image.failure for key, image in cell.images.items() if image.failure}
    for metric in cell.metrics:
        digits = _digits(cell, metric)
        if (facts := cell.facts(metric)) != known_facts(metric):
            yield f"facts of {metric}", encode(facts)
        yield f"decimals of {metric}", digits
        yield f"values of {metric}", [_rounded(image.metrics.get(metric), digits) for image in images]


def _digits(cell: Measured, metric: str) -> int:
    return cell.decimals.get(metric, cell.facts(metric).stored)


def _rounded(value: float | None, digits: int) -> JsonValue:
    return encode_number(None if value is None else round(value, digits))


def _fold_keys(keys: Sequence[str]) -> JsonValue:
    """Group keys by their prefix up to the last slash: `[["GOPR0384_11_00/", ["000001", "000002"]]]`."""
    folded: list[JsonValue] = []
    for prefix, members in groupby(keys, key=lambda key: key[: key.rfind("/") + 1]):
        names: list[JsonValue] = [key[len(prefix) :] for key in members]
        folded.append([prefix, names])
    return folded


def _join_hashes(hashes: Sequence[str]) -> str:
    return " ".join(each or NO_HASH for each in hashes)


def read_baseline(path: Path) -> list[Measured]:
    """Read every cell of a baseline file.

    Raises:
        RunFolderError: the file is not a baseline, damaged, or has a newer schema version.
    """
    try:
        raw = parse_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read as a baseline ({error}): save it again.") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise RunFolderError(
            f"{path} is not a baseline: create one with `restorebench baseline save RUN --out {path}`."
        )
    version = raw.get("version")
    if not isinstance(version, int) or version > BASELINE_VERSION:
        raise RunFolderError(
            f"{path} has schema version {version}, but this restorebench reads up to {BASELINE_VERSION}: update "
            "restorebench."
        )
    try:
        return [_read_cell(cell, path) for cell in decode(tuple[dict[str, JsonValue], ...], raw.get("cells"))]
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged ({error}): save it again.") from error


@dataclass(frozen=True, slots=True)
class _Cell:
    """The keys of a cell that do not depend on its metrics; the others are `decimals of` and `values of` each."""

    model: str
    dataset: str
    protocol: str
    quantiser: str
    selected: Count
    cost: Mapping[str, Count]
    keys: tuple[tuple[str, tuple[str, ...]], ...]
    groups: tuple[tuple[str, Count], ...]
    pairs: str
    restored: str
    failures: Mapping[str, str]
    code: tuple[str, ...] = ()


def _read_cell(raw: Mapping[str, JsonValue], path: Path) -> Measured:
    cell = decode(_Cell, raw)
    metrics = tuple(name.removeprefix("values of ") for name in raw if name.startswith("values of "))
    columns = {name: decode(tuple[Number, ...], raw[f"values of {name}"]) for name in metrics}
    keys = [prefix + name for prefix, names in cell.keys for name in names]
    if len({*keys}) < len(keys):
        raise ValueError("keys: one is there twice")
    if sum(count for _, count in cell.groups) != len(keys):
        raise ValueError("groups: there are not as many as images")
    groups = [group for group, count in cell.groups for _ in range(count)]
    images = {
        key: MeasuredImage(_values(metrics, values), group, pair, picture, cell.failures.get(key))
        for key, group, pair, picture, *values in zip(
            keys, groups, _split_hashes(cell.pairs), _split_hashes(cell.restored), *columns.values(), strict=True
        )
    }
    return Measured(
        label="baseline",
        model=cell.model,
        dataset=cell.dataset,
        protocol=cell.protocol,
        quantiser=cell.quantiser,
        metrics=metrics,
        images=images,
        selected=cell.selected,
        origin=path,
        decimals={name: _decimals(raw, name) for name in metrics},
        cost=cell.cost,
        code=cell.code,
        recorded={name: decode(MetricFacts, facts) for name in metrics if (facts := raw.get(f"facts of {name}"))},
    )


def _decimals(raw: Mapping[str, JsonValue], metric: str) -> int:
    name = f"decimals of {metric}"
    digits = decode(int, raw.get(name))
    if not 0 <= digits <= MOST_DECIMALS:
        raise ValueError(f"{name}: {digits} is not between 0 and {MOST_DECIMALS}")
    return digits


def _values(metrics: Sequence[str], values: Sequence[Number]) -> dict[str, float | None]:
    decoded = {metric: decode_number(value) for metric, value in zip(metrics, values, strict=True)}
    for metric, value in decoded.items():
        if value is not None and is_no_number(value):
            raise ValueError(f"values of {metric}: {value} is none of a metric")
    return decoded


def _split_hashes(text: str) -> list[str]:
    return ["" if each == NO_HASH else each for each in text.split()]
