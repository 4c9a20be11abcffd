"""Comparisons as terminal tables and JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ..comparison.comparison import Comparison
from ..comparison.metric_comparison import MetricComparison
from ..comparison.win_matrix import Duel, WinMatrix, win_matrices
from ..contracts import JsonValue
from ..files.codec import encode
from ..terminal.display import new_table, note, print_lines, print_table
from ..terminal.wording import counted

__all__ = ["comparison_json", "number", "p_value", "show_comparisons"]

SMALLEST_P = 0.001
"""Smaller p values are printed as below it; `--json` has them in full."""

LARGEST_ANSWER = 1_000_000
"""Number of images beyond which the number needed is shown as "more than"."""


def comparison_json(comparison: Comparison) -> JsonValue:
    """Encode a comparison as JSON."""
    bare = {name: replace(metric, estimate=None) for name, metric in comparison.metrics.items()}
    raw = encode(replace(comparison, metrics=bare))
    metrics = raw.get("metrics") if isinstance(raw, dict) else None
    for name, found in comparison.metrics.items():
        entry = metrics.get(name) if isinstance(metrics, dict) else None
        if isinstance(entry, dict):
            entry.pop("estimate")
            entry["finding"] = found.finding
    return raw


def show_comparisons(comparisons: Sequence[Comparison]) -> None:
    """Print tables of all comparisons; for three or more models, also a win matrix."""
    for comparison in comparisons:
        _show(comparison)
    if len({name for each in comparisons for name in (each.first, each.second)}) > 2:  # noqa: PLR2004 -- two need none
        for matrix in win_matrices(comparisons):
            _show_matrix(matrix)


def _show(comparison: Comparison) -> None:
    title = f"{comparison.second} minus {comparison.first}, {comparison.dataset} by {comparison.protocol}"
    columns = ["metric", "images", comparison.first, comparison.second, "difference", "95 % interval", "median"]
    columns += ["effect d", "p", "p (Holm)", "wins/ties/losses", "finding"]
    table = new_table(*columns, title=title, right=columns[1:-1])
    for found in comparison.metrics.values():
        if found.n:
            table.add_row(*_row(found))
    important = ("difference", "finding", "95 % interval", comparison.second, comparison.first)
    print_table(table, keep=important)
    for found in comparison.metrics.values():
        print_lines(_sentences(found, comparison))
    for sentence in comparison.notes:
        note(sentence)


def _row(found: MetricComparison) -> list[str]:
    digits, values = found.facts.finer, found.facts.digits
    interval = "-" if found.low is None else f"{number(found.low, digits)} to {number(found.high, digits)}"
    groups = "" if found.groups == found.n else f" in {counted(found.groups, 'group')}"
    return [
        found.facts.heading,
        f"{found.n}{groups}",
        number(found.first, values, signed=False),
        number(found.second, values, signed=False),
        number(found.difference, digits),
        interval,
        number(found.median, digits),
        number(found.effect, 2),
        p_value(found.p),
        p_value(found.p_holm),
        f"{found.wins}/{found.ties}/{found.losses}",
        found.finding,
    ]


def number(value: float | None, digits: int, *, signed: bool = True) -> str:
    """Format a number for display; `-` for none."""
    if value is None:
        return "-"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"


def p_value(value: float | None) -> str:
    """Format a p value with three decimals; `-` for none.

    >>> p_value(0.0412), p_value(1.0), p_value(3e-12), p_value(0.0), p_value(None)
    ('0.041', '1.000', '<0.001', '<0.001', '-')
    """
    if value is None:
        return "-"
    return f"{value:.3f}" if value >= SMALLEST_P else f"<{SMALLEST_P:.3f}"


def _sentences(found: MetricComparison, comparison: Comparison) -> list[str]:
    name = found.facts.title
    if not found.n:
        return [f"{name}: no image has a value on both sides."]
    lines = [_power(found)]
    if found.movers:
        digits = found.facts.finer
        moved = ", ".join(f"{each.key} ({number(each.difference, digits)})" for each in found.movers)
        lines.append(f"{name}: largest changes: {moved}.")
    for side, lost in zip((comparison.first, comparison.second), found.missing, strict=True):
        if lost:
            lines.append(f"{name}: {lost} of {comparison.images} images have no value in {side} and are excluded.")
    for side, count in ((comparison.second, found.became_infinite), (comparison.first, found.was_infinite)):
        if count:
            lines.append(
                f"{name}: {counted(count, 'image')} identical to the target in {side} only: infinite, and excluded "
                "from the mean difference."
            )
    return lines + _seeds(found, comparison)


def _power(found: MetricComparison) -> str:
    facts, name = found.facts, found.facts.title
    if found.detectable is None:
        return f"{name}: {counted(found.groups, 'independent group')} of images gives no interval: evaluate on more."
    unit = f" {facts.unit}" if facts.unit else ""
    effective = "" if abs(found.effective_n - found.n) < 1 else f" (effective n {found.effective_n:.0f})"
    shown = f"{name}: {found.n} images{effective} detect a difference of {found.detectable:.{facts.finer}f}{unit}"
    if found.needed is None:
        return f"{shown} with 80 % power."
    many = f"{found.needed:,}" if found.needed <= LARGEST_ANSWER else f"more than {LARGEST_ANSWER:,}"
    return f"{shown} with 80 % power; {found.needed_for:g}{unit} would require {many}."


def _seeds(found: MetricComparison, comparison: Comparison) -> list[str]:
    digits = found.facts.finer
    return [
        f"{found.facts.title}: {side} is the mean of {spread.seeds} seeds; standard deviations: "
        f"{spread.of_the_mean:.{digits}f} of the mean between seeds, {spread.within_images:.{digits}f} of one image "
        f"between seeds, {spread.over_images:.{digits}f} between images."
        for side, spread in zip((comparison.first, comparison.second), found.seeds, strict=True)
        if spread is not None
    ]


def _show_matrix(matrix: WinMatrix) -> None:
    digits = matrix.facts.finer
    where = f"{matrix.facts.title}, {matrix.dataset} by {matrix.protocol}"
    title = f"{where}: row minus column; > significantly better, < significantly worse (Holm, 5 %)"
    table = new_table("", *matrix.models, title=title, right=matrix.models)
    for model, duels in zip(matrix.models, matrix.duels, strict=True):
        table.add_row(model, *(_duel(duel, digits) for duel in duels))
    print_table(table)


def _duel(duel: Duel | None, digits: int) -> str:
    if duel is None:
        return ""
    mark = {1: ">", 0: "=", -1: "<"}[duel.decided]
    return f"{mark} {number(duel.difference, digits)}"
