"""Sliced comparisons as terminal tables and JSON, for `compare --by`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

from ..comparison.comparison import Comparison
from ..comparison.pairing import Measured
from ..comparison.selection import CellName, common_cells
from ..contracts import JsonValue
from ..registry.specs import Spec
from ..runs.run import load_run
from ..slices.measuring import AskedAttribute
from ..slices.sliced_comparison import ComparedSlice, SlicedComparison, compare_slices, slice_finding
from ..slices.sliced_datasets import slice_datasets
from ..terminal.display import new_table, note, print_lines, print_table
from ..terminal.progress import Progress
from ..terminal.wording import counted
from .comparison_tables import comparison_json, number, p_value

__all__ = ["show_slices", "slice_sides", "sliced_json"]


def slice_sides(
    sides: Sequence[Mapping[CellName, Measured]],
    asked: AskedAttribute,
    count: int,
    roots: Mapping[str, Spec],
    progress: Progress,
    *,
    metrics: Sequence[str],
    intersect: bool,
    seed: int,
) -> list[SlicedComparison | None]:
    """Compare every pair of sides on every shared cell, slice by slice, in the order of `compare_pairs`.

    A cell that cannot be sliced has `None`, and `progress` hears why.
    """
    cells = {cell: [side[cell] for side in sides] for cell in common_cells(sides)}
    runs = {
        cell: [load_run(each.origin, each.protocol) for side in here for each in (side, *side.repeats)]
        for cell, here in cells.items()
    }
    slices = slice_datasets(asked, runs, count, roots, progress)
    pairs = [pair for cell in slices for pair in combinations(cells[cell], 2)]
    compared = iter(compare_slices(pairs, slices, asked.attribute, metrics=metrics, intersect=intersect, seed=seed))
    return [next(compared) if cell in slices else None for cell, here in cells.items() for _ in combinations(here, 2)]


def sliced_json(comparison: Comparison, sliced: SlicedComparison) -> JsonValue:
    """Encode a comparison with its slices as JSON."""
    whole = comparison_json(comparison)
    slices: list[JsonValue] = [
        {
            "label": each.slice.label,
            "low": each.slice.low,
            "high": each.slice.high,
            "findings": {name: slice_finding(found) for name, found in each.comparison.metrics.items()},
            "comparison": comparison_json(each.comparison),
        }
        for each in sliced.slices
    ]
    by: JsonValue = {
        "attribute": sliced.attribute.name,
        "title": sliced.attribute.title,
        "left_out": sliced.left_out,
        "slices": slices,
    }
    return {**whole, "by": by} if isinstance(whole, dict) else whole


def show_slices(compared: Sequence[SlicedComparison]) -> None:
    """Print a table for every pair of models and metric, and in which slices the second model wins and loses."""
    for sliced in compared:
        for name in dict.fromkeys(name for each in sliced.slices for name in each.comparison.metrics):
            known = [each for each in sliced.slices if each.comparison.metrics[name].n]
            if known:
                _show(sliced, known, name)
        if sliced.left_out:
            note(f"{counted(sliced.left_out, 'image')} without a value of {sliced.attribute.name} left out.")


def _show(sliced: SlicedComparison, known: Sequence[ComparedSlice], metric: str) -> None:
    facts = known[0].comparison.metrics[metric].facts
    where = f"{sliced.second} minus {sliced.first}, {sliced.dataset} by {sliced.protocol}"
    columns = [sliced.attribute.name, "images", sliced.first, sliced.second, "difference", "95 % interval"]
    columns += ["p (Holm)", "wins/ties/losses", sliced.second]
    title = f"{facts.heading} by {sliced.attribute.title}: {where}"
    table = new_table(*columns, title=title, right=columns[1:-1])
    for each in known:
        found = each.comparison.metrics[metric]
        groups = "" if found.groups == found.n else f" in {counted(found.groups, 'group')}"
        low, high = (number(end, facts.finer) for end in (found.low, found.high))
        table.add_row(
            each.slice.label,
            f"{found.n}{groups}",
            number(found.first, facts.digits, signed=False),
            number(found.second, facts.digits, signed=False),
            number(found.difference, facts.finer),
            "-" if found.low is None else f"{low} to {high}",
            p_value(found.p_holm),
            f"{found.wins}/{found.ties}/{found.losses}",
            slice_finding(found),
        )
    print_table(table)
    print_lines(_summary(sliced, known, metric))


def _summary(sliced: SlicedComparison, known: Sequence[ComparedSlice], metric: str) -> list[str]:
    places: dict[str, list[str]] = {}
    for each in known:
        places.setdefault(slice_finding(each.comparison.metrics[metric]), []).append(each.slice.label)
    title = known[0].comparison.metrics[metric].facts.title
    said = [f"{verb} on {', '.join(places[verb])}" for verb in ("wins", "loses") if verb in places]
    lines = [f"{title}: {sliced.second} {' and '.join(said)}."] if said else []
    undecided = len(known) - sum(len(places.get(verb, ())) for verb in ("wins", "loses"))
    if undecided:
        lines.append(f"{title}: {undecided} of {counted(len(known), 'slice')} undecided (Holm, 5 %).")
    return lines
