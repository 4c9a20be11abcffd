"""How much each metric may drop: `METRIC=AMOUNT` and `DATASET:METRIC=AMOUNT`, from flags and from a pyproject."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..contracts import JsonValue
from ..errors import UsageError
from ..files.toml import decode_settings, read_toml
from ..metrics.facts import metric_facts
from ..registry.specs import parse_spec
from .verdict import AmbiguousPolicy

__all__ = ["CheckSettings", "allowed_drop", "find_pyproject", "parse_amounts", "read_check_settings"]

TABLE = "tool.restorebench.check"


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """`[tool.restorebench.check]` of a pyproject."""

    max_drop: Mapping[str, float] = field(default_factory=dict[str, float])
    """`psnr`, or `gopro:psnr` for one data set, to the drop of the mean that is allowed."""

    metrics: tuple[str, ...] = ()
    """Only these are gated; empty for every one that has a tolerance."""

    ambiguous: AmbiguousPolicy | None = None
    """`fail` or `pass`: what an undecided check counts as."""


class _Table(msgspec.Struct, rename="kebab", frozen=True):
    """`CheckSettings` as the file spells them."""

    max_drop: dict[str, float] = {}
    metrics: tuple[str, ...] = ()
    ambiguous: AmbiguousPolicy | None = None


def parse_amounts(texts: Sequence[str]) -> dict[str, float]:
    """`METRIC=AMOUNT` words as a mapping.

    Raises:
        UsageError: not of that form, or an amount that is negative or no number.

    >>> parse_amounts(["psnr=0.05", "gopro:ssim=0.002"])
    {'psnr': 0.05, 'gopro:ssim': 0.002}
    """
    amounts: dict[str, float] = {}
    for text in texts:
        name, separator, amount = text.rpartition("=")
        if not separator or not name:
            raise UsageError(f"{text!r} is not METRIC=AMOUNT: write for instance psnr=0.05.")
        try:
            amounts[name] = _amount(float(amount), name)
        except ValueError as error:
            raise UsageError(f"{text!r} has no number behind its '=': write for instance {name}=0.05.") from error
    return amounts


def _amount(value: float, name: str) -> float:
    if not math.isfinite(value) or value < 0:
        raise UsageError(f"The amount for {name} is {value}: give a number of at least 0.")
    return value


def allowed_drop(max_drop: Mapping[str, float], dataset: str, metric: str) -> float | None:
    """How much the mean of a metric may drop on a data set; `None` if it is not gated.

    The data set counts with its options, then without, then the metric alone, then the built-in default.

    >>> allowed_drop({"gopro:psnr": 0.1}, "gopro[variant=blur_gamma]", "psnr"), allowed_drop({}, "hide", "ssim")
    (0.1, 0.001)
    """
    for name in (f"{dataset}:{metric}", f"{parse_spec(dataset).name}:{metric}", metric):
        if name in max_drop:
            return max_drop[name]
    return metric_facts(metric).tolerance


def find_pyproject(start: Path) -> Path | None:
    """The nearest pyproject.toml at or above a folder."""
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
    """Read `[tool.restorebench.check]`; defaults where there is no file or no such table.

    Raises:
        UsageError: the file is not TOML, or a setting is unknown or of a wrong kind.
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
