"""The registry of metrics: what a name on the command line, or a name in a record, means."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..errors import UsageError
from ..registry.code_identity import code_of, code_of_module
from ..registry.registry import Registry, is_module_name, is_user_file
from .metric import Metric, MetricFacts

__all__ = ["METRICS", "choose_metrics", "known_facts", "open_metric", "register_metric"]


def _coerce(value: object, name: str) -> Metric:
    if isinstance(value, Metric):
        return value
    attribute = name.rpartition(":")[2]
    if callable(value):
        raise UsageError(
            f"{name} is a function, which does not say whether higher or lower is better: write below it"
            f' {attribute.upper()} = Metric(name="{attribute.lower()}", title="{attribute}", higher_is_better=False,'
            f" compute={attribute}), with True if higher is better, import Metric from restorebench.bench, and name"
            f" {name.rpartition(':')[0]}:{attribute.upper()}."
        )
    raise UsageError(f"{name} is not a metric: it must be a restorebench.bench.Metric.")


METRICS: Registry[Metric] = Registry(
    "metric",
    catalogue="restorebench.bench.metrics.catalogue:CATALOGUE",
    group="restorebench.metrics",
    coerce=_coerce,
    by_form="restorebench.bench.metrics.pyiqa_metrics:pyiqa_metric",
)
"""Every known metric, by name."""


def register_metric(metric: Metric) -> Metric:
    """Make a metric known by its name in this process; returns it, so that it can stand where it is defined."""
    METRICS.add(metric.name, metric)
    return metric


def open_metric(metric: str | Metric) -> Metric:
    """A metric that can be added to a run, with the hash of the code that computes it.

    Args:
        metric: a registered name, `./mine.py:MAE`, or the value itself.

    Raises:
        UnknownNameError: there is no such name; the message suggests the nearest ones.
        UsageError: the file cannot be used, it holds a function instead of a `Metric`, or the metric cannot be
            computed: published tables have it, but nothing here computes it.
    """
    found = METRICS.get(metric) if isinstance(metric, str) else metric
    if not found.computable:
        raise UsageError(
            f"{found.title} is not computed here, only known from published tables: write a Metric with"
            " compute=FUNCTION in a file of your own, and name ./file.py:METRIC."
        )
    if isinstance(metric, str) and is_user_file(metric):
        return replace(found, code_sha256=code_of(Path(metric.rpartition(":")[0]), metric).digest)
    if isinstance(metric, str) and is_module_name(metric):
        return replace(found, code_sha256=code_of_module(metric.partition(":")[0], metric).digest)
    return found if found.code_sha256 or isinstance(metric, str) else replace(found, code_sha256=_source_sha256(found))


def choose_metrics(metrics: Sequence[str | Metric]) -> dict[str, Metric]:
    """Metrics to add to a run, by what they were asked for with: the text, or the name of a value.

    Raises:
        UnknownNameError: as in `open_metric`.
        UsageError: as in `open_metric`, or two of them have one name.
    """
    chosen = {metric if isinstance(metric, str) else metric.name: open_metric(metric) for metric in metrics}
    names = [metric.name for metric in chosen.values()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"Two of the metrics are called {twice[0]!r}: give each a name of its own.")
    return chosen


def known_facts(name: str, recorded: Mapping[str, MetricFacts] | None = None) -> MetricFacts:
    """What is known of a metric in a record: what was recorded with it, or what is registered under its name.

    A variant such as `lpips-vgg` is like its family, under a title of its own. A name that nobody knows, in a record
    of 0.1.0 or of a package that is not installed, counts as better when larger and is not gated by default.

    Args:
        name: the metric's name in the record.
        recorded: the facts that were recorded with the run.

    >>> known_facts("lpips").sign, known_facts("lpips-vgg").heading, known_facts("psnr").tolerance
    (-1, 'LPIPS-VGG ↓', 0.1)
    """
    if recorded and name in recorded:
        return recorded[name]
    if is_user_file(name):
        return _plain(name)
    known = METRICS.names()
    if name in known:
        return METRICS.get(name).facts
    family = name.lower().replace("_", "-").partition("-")[0]
    if family in known:
        return replace(METRICS.get(family).facts, name=name, title=name.upper(), tolerance=None)
    return _plain(name)


def _plain(name: str) -> MetricFacts:
    return MetricFacts(name=name, title=name, higher_is_better=True)


def _source_sha256(metric: Metric) -> str:
    """Of the text of the function; `""` for one whose text cannot be had."""
    try:
        text = inspect.getsource(metric.compute) if inspect.isroutine(metric.compute) else ""
    except (OSError, TypeError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""
