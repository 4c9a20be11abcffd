"""Where models win and lose: differences from the leading model by slices of an attribute that run folders keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from ...bench.comparison.pairing import Measured, measured, pair_images
from ...bench.errors import IncomparableError, UsageError
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.shown_images import choose_images
from ...bench.slices.attributes import ATTRIBUTES, Attribute
from ...bench.slices.measuring import kept_attributes
from ...bench.slices.sliced_comparison import SlicedComparison, compare_slices, slice_finding
from ...bench.slices.slicing import slice_images
from ..board.board import Board
from .slice_plot import COLOURS, Mark, Series, describe, draw_slices

__all__ = ["slice_sections"]

MOST = 7
"""Models that a plot compares with the leading one; more could not be told apart."""


@dataclass(frozen=True, slots=True)
class _Place:
    """One column of the board: its runs as sides of comparisons, the leading model first."""

    title: str
    protocol: str
    metric: MetricFacts
    sides: tuple[Measured, ...]
    left_out: tuple[str, ...]
    """Titles of models that the plots do not show."""


def slice_sections(board: Board) -> list[dict[str, object]]:
    """Make the variables of a plot for each column and each attribute that its run folders keep.

    Raises:
        RunFolderError: a file of attributes is damaged.
    """
    sections: list[dict[str, object]] = []
    for index, column in enumerate(board.columns):
        runs = {row.title: row.entries[index].run for row in board.rows if index in row.entries}
        kept = kept_attributes(list(runs.values()))
        if not kept or not column.metrics:
            continue
        metric = next(iter(column.metrics.values()))
        judges = choose_images(list(runs.values()), metric).judges
        if not judges:
            continue
        titles = list(runs)
        titles.insert(0, titles.pop(min(judges)))
        sides, left_out = _comparable([measured(runs[title], title) for title in titles])
        place = _Place(column.title, column.protocol, metric, sides, left_out)
        for name, values in sorted(kept.items()):
            sections += _section(place, ATTRIBUTES.get(name, Attribute(name, name, 3)), values)
    return sections


def _comparable(sides: Sequence[Measured]) -> tuple[tuple[Measured, ...], tuple[str, ...]]:
    """The first side and those that share its images, as many as a plot can show; and the titles of the others."""
    able = [side for side in sides[1:] if _shares_images(sides[0], side)]
    shown = (sides[0], *able[:MOST])
    return shown, tuple(side.label for side in sides if side not in shown)


def _shares_images(first: Measured, second: Measured) -> bool:
    try:
        pair_images(first, second, intersect=True)
    except IncomparableError:
        return False
    return True


def _section(place: _Place, attribute: Attribute, values: dict[str, float | str]) -> Iterator[dict[str, object]]:
    """The variables of one plot; nothing where there is nothing to slice or to compare."""
    first = place.sides[0]
    pairs = [(first, side) for side in place.sides[1:] if place.metric.name in {*first.metrics} & {*side.metrics}]
    try:
        slices = slice_images(values, digits=attribute.digits)
        compared = compare_slices(
            pairs,
            {(first.dataset, first.protocol): slices},
            attribute,
            metrics=[place.metric.name],
            intersect=True,
        )
    except UsageError:
        return
    series = [_series(each, place.metric) for each in compared]
    if not any(mark.difference is not None for each in series for mark in each.marks):
        return
    labels = [each.label for each in slices]
    yield {
        "title": place.title,
        "protocol": place.protocol,
        "attribute": attribute.title,
        "metric": place.metric.heading,
        "first": first.label,
        "plot": draw_slices(labels, series, attribute.title, place.metric, first.label),
        "legend": list(zip(cycle(COLOURS), [each.title for each in series], strict=False)),
        "rows": [(label, [_text(each, label, place.metric) for each in series]) for label in labels],
        "left_out": ", ".join(place.left_out),
    }


def _text(series: Series, label: str, metric: MetricFacts) -> str:
    """A cell of the table under a plot."""
    mark = next((mark for mark in series.marks if mark.label == label), None)
    return "" if mark is None else describe(mark, metric)


def _series(sliced: SlicedComparison, metric: MetricFacts) -> Series:
    marks: list[Mark] = []
    for each in sliced.slices:
        found = each.comparison.metrics[metric.name]
        marks.append(
            Mark(each.slice.label, found.n, found.difference, found.low, found.high, slice_finding(found))
        )  # fmt: skip -- one call
    return Series(sliced.second, tuple(marks))
