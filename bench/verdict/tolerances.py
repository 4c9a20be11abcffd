"""Tolerances of metrics, `METRIC=AMOUNT` or `DATASET:METRIC=AMOUNT`, from flags and from pyproject.toml."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..contracts import JsonValue
from ..errors import UsageError
from ..files.toml import decode_settings, read_toml
from ..metrics.metric import MetricFacts
from ..registry.specs import parse_spec
from .verdict import AmbiguousPolicy

__all__ = ["CheckSettings", "allowed_drop", "find_pyproject", "parse_amounts", "read_check_settings"]

TABLE = "tool.restorebench.check"


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Contents of `[tool.restorebench.check]` in pyproject.toml."""

    max_drop: Mapping[str, float] = field(default_factory=dict[str, float])
    """`psnr`, or `gopro:psnr` for one data set, to the allowed drop of the mean."""

    metrics: tuple[str, ...] = ()
    """Metrics to check; empty for all with a tolerance."""

    ambiguous: AmbiguousPolicy | None = None
    """Outcome to use for an ambiguous check, `fail` or `pass`."""


class _Table(msgspec.Struct, rename="kebab", frozen=True):
    """`CheckSettings` as the file spells them."""

    max_drop: dict[str, float] = {}
    metrics: tuple[str, ...] = ()
    ambiguous: AmbiguousPolicy | None = None


def parse_amounts(texts: Sequence[str]) -> dict[str, float]:
    """Parse `METRIC=AMOUNT` arguments.

    Raises:
        UsageError: an argument does not have this form, or its amount is negative or not a number.

    >>> parse_amounts(["psnr=0.05", "gopro:ssim=0.002"])
    {'psnr': 0.05, 'gopro:ssim': 0.002}
    """
    amounts: dict[str, float] = {}
    for text in texts:
        name, separator, amount = text.rpartition("=")
        if not separator or not name:
            raise UsageError(f"{text!r} is not METRIC=AMOUNT: write, for example, psnr=0.05.")
        try:
            amounts[name] = _amount(float(amount), name)
        except ValueError as error:
            raise UsageError(f"{text!r} has no number after its '=': write, for example, {name}=0.05.") from error
    return amounts


def _amount(value: float, name: str) -> float:
    if not math.isfinite(value) or value < 0:
        raise UsageError(f"The amount for {name} is {value}: give a finite number of at least 0.")
    return value


def allowed_drop(max_drop: Mapping[str, float], dataset: str, metric: MetricFacts) -> float | None:
    """Allowed drop of the mean of a metric on a data set; `None` if the metric is not checked.

    Looked up for the data set with its options, then without, then for the metric alone; last is the metric's own.

    >>> from restorebench.bench.metrics.registry import known_facts
    >>> allowed_drop({"gopro:psnr": 0.2}, "gopro[variant=blur_gamma]", known_facts("psnr"))
    0.2
    >>> allowed_drop({}, "hide", known_facts("ssim"))
    0.001
    """
    for name in (f"{dataset}:{metric.name}", f"{parse_spec(dataset).name}:{metric.name}", metric.name):
        if name in max_drop:
            return max_drop[name]
    return metric.tolerance


def find_pyproject(start: Path) -> Path | None:
    """Find the nearest pyproject.toml at or above a folder."""
    resolved = start.resolve()
    return next(
        (
            folder / "pyproject.toml"
            for folder in (resolved, *resolved.parents)
            if (folder / "pyproject.toml").is_file()
        ),
        None,
    )


def read_check_settings(path: Path | None) -> CheckSettings:
    """Read `[tool.restorebench.check]`; return the defaults without a file or such a table.

    Raises:
        UsageError: the file is not TOML, or a setting is unknown or of the wrong type.
    """
    if path is None:
        return CheckSettings()
    table: JsonValue = read_toml(path, "file")
    for part in TABLE.split("."):
        table = table.get(part, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        raise UsageError(f"{path}: [{TABLE}] is not a table.")
    found = decode_settings(_Table, table, f"{path}: [{TABLE}]")
    drops = {name: _amount(value, name) for name, value in found.max_drop.items()}
    return CheckSettings(drops, found.metrics, found.ambiguous)
