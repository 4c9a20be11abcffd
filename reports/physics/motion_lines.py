"""The section of the results page about known motion and the velocities of physics layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...bench.statistics.bootstrap import Interval
from ...bench.training.results import MotionAgreement

__all__ = ["motion_lines"]


def motion_lines(motions: Sequence[MotionAgreement]) -> Iterator[str]:
    """Generate the lines of the section."""
    yield ""
    yield "## Velocity and motion"
    yield ""
    yield (
        "Cosine of twice the angle between the axis of the velocities and the known direction of motion, as a mean "
        "over images and seeds: 1 is parallel, -1 perpendicular, 0 is chance. Distance is how far the velocities "
        "carry, root mean square over an image, in its pixels; r is its correlation with the known extent over the "
        "images. The 95 % interval of the cosine is over images and seeds, that of r over images."
    )
    yield ""
    yield "| data set | images | model | cosine | 95 % | seeds | distance | r | 95 % | seeds |"
    yield "|---|--:|---|--:|--:|---|--:|--:|--:|---|"
    for each in motions:
        cells = (
            each.dataset,
            str(each.images),
            each.model,
            f"{each.cosine:+.3f}",
            _interval(each.cosine_interval),
            _listed(each.cosine_per_seed),
            f"{each.distance:.1f}",
            f"{each.correlation:+.3f}",
            _interval(each.correlation_interval),
            _listed(each.correlation_per_seed),
        )
        yield f"| {' | '.join(cells)} |"


def _interval(ends: Interval | None) -> str:
    return "" if ends is None else f"{ends[0]:+.3f} to {ends[1]:+.3f}"


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:+.3f}" for value in values)
