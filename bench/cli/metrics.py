"""`restorebench metrics`: list and show metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ..evaluation.completers import complete_metrics
from .common_options import with_verbosity
from .mistakes import explain

if TYPE_CHECKING:
    from ..contracts import JsonValue
    from ..metrics.metric import Metric

__all__ = ["metrics"]

metrics = App(name="metrics", help_format="plaintext", error_formatter=explain)


@metrics.default
@with_verbosity
def list_metrics(*, json: bool = False) -> None:
    """List every metric that can be measured: direction, range, whether it needs a target, and its licence.

    For example:
      restorebench metrics
      restorebench metrics show niqe
      restorebench run -m identity -d rain100h=/data/Rain100H --metric niqe --metric dists

    Args:
        json: Print full descriptions of all metrics as JSON.
    """
    from ..metrics.registry import METRICS
    from ..terminal.display import hint, new_table, print_json, print_table

    known = [metric for name in METRICS.names() if (metric := METRICS.get(name)).computable]
    if json:
        print_json([_as_json(metric) for metric in known])
        return
    table = new_table("Metric", "Title", "Better", "Range", "Target", "Weights", "Licence")
    for metric in known:
        card = metric.card
        table.add_row(
            metric.name,
            metric.title,
            "higher" if metric.higher_is_better else "lower",
            _range(metric),
            "needed" if metric.needs_target else "not needed",
            (card.weights if card else "") or "-",
            (card.licence if card else "") or "-",
        )
    print_table(table)
    hint("`restorebench metrics show NAME` shows what a difference of 0.01 means, and caveats; pyiqa:NAME is pyiqa's.")


@metrics.command
@with_verbosity
def show(name: Annotated[str, Parameter(completer=complete_metrics)], *, json: bool = False) -> None:
    """Show the card of one metric.

    For example:
      restorebench metrics show niqe
      restorebench metrics show pyiqa:musiq

    Args:
        name: NAME, ./file.py:METRIC, or pyiqa:NAME where pyiqa is installed.
        json: Print it as JSON.
    """
    from ..metrics.registry import open_metric
    from ..terminal.display import print_json, print_lines

    metric = open_metric(name)
    if json:
        print_json(_as_json(metric))
        return
    lines = [
        f"{metric.name}: {metric.title}",
        f"better: {'higher' if metric.higher_is_better else 'lower'}",
        f"range: {_range(metric)}",
        f"target: {'needed' if metric.needs_target else 'not needed'}",
        f"computed: {_computed(metric)}",
    ]
    if metric.card is not None:
        card = metric.card
        lines += [
            f"source: {card.source}",
            f"licence: {card.licence}",
            f"weights: {card.weights}",
            f"calibrated on: {card.calibration}",
            f"a difference of 0.01: {card.hundredth}",
            *(f"note: {note}" for note in card.notes),
        ]
    print_lines([line for line in lines if not line.endswith(": ")])


def _range(metric: Metric) -> str:
    low, high = (f"{end:g}" if end is not None else "any" for end in (metric.lowest, metric.highest))
    return f"{low} to {high}" + (f" {metric.unit}" if metric.unit else "")


def _computed(metric: Metric) -> str:
    """How, in words; `""` where each protocol says how."""
    from ..metrics.catalogue import MEASURED

    return "" if metric.name in MEASURED else metric.describe()


def _as_json(metric: Metric) -> dict[str, JsonValue]:
    from ..files.codec import encode

    facts = encode(metric.facts)
    return {
        **(facts if isinstance(facts, dict) else {}),
        "range": _range(metric),
        "computed": _computed(metric),
        "needs_target": metric.needs_target,
        "card": None if metric.card is None else encode(metric.card),
    }
