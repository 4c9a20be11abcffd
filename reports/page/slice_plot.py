"""The plot of differences by slice, as SVG that needs no script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...bench.metrics.metric import MetricFacts
from ...bench.slices.sliced_comparison import SliceFinding

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["COLOURS", "Mark", "Series", "describe", "draw_slices"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b")
"""Told apart with colour-blind eyes, on light and on dark ground; after Okabe and Ito."""

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 74, 12, 14, 46
TICKS = 5
DECIDED = ("wins", "loses")


@dataclass(frozen=True, slots=True)
class Mark:
    """The difference of a model in one slice."""

    label: str
    images: int
    difference: float | None
    low: float | None
    high: float | None
    finding: SliceFinding


@dataclass(frozen=True, slots=True)
class Series:
    """One model."""

    title: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a difference to a height in the plot."""

    low: float
    high: float

    def y(self, value: float) -> float:
        """Place from the top, inside the frame."""
        inside = min(max(value, self.low), self.high)
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - inside) / (self.high - self.low)


def draw_slices(
    labels: Sequence[str], series: Sequence[Series], attribute: str, metric: MetricFacts, first: str
) -> Markup:
    """Draw the mean difference of every model from the first one, slice by slice, with its 95 % interval.

    Filled marks are decided, hollow ones are not.

    Args:
        labels: of the slices, from left to right.
        series: one for each model.
        attribute: title of the axis.
        metric: of the differences.
        first: title of the model that the others are compared with.
    """
    from markupsafe import Markup

    scale = _scale(series)
    said = f"Mean {metric.title} minus that of {first}, by {attribute}; the table below has the numbers"
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" font-size="12" fill="currentColor">').format(
        WIDTH, HEIGHT, said
    )
    parts = [head, *_axis(scale, metric), *_slices(labels, attribute)]
    spread = min(22.0, 0.7 * (WIDTH - LEFT - RIGHT) / len(labels) / max(1, len(series)))
    for place, each in enumerate(series):
        xs = {
            label: _centre(index, len(labels)) + spread * (place - (len(series) - 1) / 2)
            for index, label in enumerate(labels)
        }
        parts += _marks(each, COLOURS[place % len(COLOURS)], xs, scale, metric)
    return Markup("").join([*parts, Markup("</svg>")])


def _scale(series: Sequence[Series]) -> _Scale:
    """From the smallest to the largest end of an interval, with zero inside."""
    marks = [mark for each in series for mark in each.marks]
    ends = [end for mark in marks for end in (mark.difference, mark.low, mark.high) if end is not None]
    finite = [end for end in ends if math.isfinite(end)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    margin = 0.06 * (high - low) or 1.0
    return _Scale(low - margin, high + margin)


def _axis(scale: _Scale, metric: MetricFacts) -> list[Markup]:
    from markupsafe import Markup

    step = _nice((scale.high - scale.low) / TICKS)
    digits = max(metric.digits, -math.floor(math.log10(step) + 1e-9))
    lines: list[Markup] = []
    for number in range(math.ceil(scale.low / step), math.floor(scale.high / step) + 1):
        y = scale.y(number * step)
        opacity = 0.55 if number == 0 else 0.15
        lines.append(
            Markup(
                '<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" stroke="currentColor" stroke-opacity="{}"/>'
                '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            ).format(LEFT, WIDTH - RIGHT, y, y, opacity, LEFT - 8, y + 4, _signed(number * step, digits))
        )
    return lines


def _signed(value: float, digits: int) -> str:
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(value):.{digits}f}" if value else "0"


def _nice(step: float) -> float:
    """The next 1, 2 or 5 times a power of ten.

    >>> _nice(0.13), _nice(3.0)
    (0.2, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in (1.0, 2.0, 5.0, 10.0) if each * power >= step * (1 - 1e-9))


def _centre(index: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (index + 0.5) / count


def _slices(labels: Sequence[str], attribute: str) -> list[Markup]:
    from markupsafe import Markup

    text = Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>')
    longest = max(8, 100 // len(labels))
    short = (label if len(label) <= longest else f"{label[: longest - 1]}\N{HORIZONTAL ELLIPSIS}" for label in labels)
    names = [text.format(_centre(place, len(labels)), HEIGHT - BOTTOM + 18, label) for place, label in enumerate(short)]
    return [*names, text.format((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, attribute)]


def _marks(
    series: Series, colour: str, xs: Mapping[str, float], scale: _Scale, metric: MetricFacts
) -> list[Markup]:  # fmt: skip -- a signature
    from markupsafe import Markup

    drawn: list[Markup] = []
    for mark in series.marks:
        if mark.difference is None:
            continue
        low, high = (mark.difference if end is None else end for end in (mark.low, mark.high))
        drawn.append(
            Markup(
                '<g class="{kind}" stroke="{colour}" stroke-width="1.6" fill="{colour}"><title>{said}</title>'
                '<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
                '<circle cx="{x:.1f}" cy="{y:.1f}" r="5"/></g>'
            ).format(
                colour=colour,
                kind="decided" if mark.finding in DECIDED else "open",
                said=f"{series.title}, {mark.label}: {describe(mark, metric)}",
                x=xs[mark.label],
                top=scale.y(high),
                bottom=scale.y(low),
                y=scale.y(mark.difference),
            )
        )
    return drawn


def describe(mark: Mark, metric: MetricFacts) -> str:
    """The numbers of a mark in words.

    >>> from restorebench.bench.metrics.registry import known_facts
    >>> describe(Mark("1 to 2", 20, 0.5, 0.25, 0.75, "wins"), known_facts("psnr"))
    '+0.500 (+0.250 to +0.750) on 20 images, wins'
    """
    if mark.difference is None:
        return f"no finite difference on {mark.images} images"
    digits = metric.finer
    ends = "" if mark.low is None or mark.high is None else f" ({mark.low:+.{digits}f} to {mark.high:+.{digits}f})"
    return f"{mark.difference:+.{digits}f}{ends} on {mark.images} images, {mark.finding}"
