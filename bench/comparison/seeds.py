"""Averages and spread of runs of one stochastic model that differ only in their seed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import IncomparableError
from ..runs.plan import plan_difference
from ..runs.run import Run
from .pairing import Measured, MeasuredImage, measured

__all__ = ["SeedSpread", "seed_group", "seed_spread"]


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """Variation of a stochastic model's values, as standard deviations in the metric's unit."""

    seeds: int
    of_the_mean: float
    """Between seeds, of the mean over the images: the effect of another seed on a table."""

    within_images: float
    """Between seeds on one image, root mean square over the images."""

    over_images: float
    """Between images, of their means over the seeds."""


def seed_group(runs: Sequence[Run], label: str = "") -> Measured:
    """Average runs that differ only in their seed, image by image.

    Seeds also differ from image to image, so resampling images covers the effect of seeds.

    Raises:
        IncomparableError: the runs differ in more than their seed, or in their images.
    """
    sides = [measured(run, label) for run in runs]
    for run, side in zip(runs[1:], sides[1:], strict=True):
        changes = plan_difference(runs[0].info.plan, run.info.plan)
        if not changes or any(not change.startswith("seed:") for change in changes):
            changed = "; ".join(changes) or "no difference"
            raise IncomparableError(
                f"{runs[0].path} and {run.path} are both {run.model} on {run.dataset}, but do not differ in their seed "
                f"alone ({changed}): select one run by its folder."
            )
        if side.images.keys() != sides[0].images.keys():
            raise IncomparableError(f"{runs[0].path} and {run.path} have different images: finish every seed.")
    if len(sides) == 1:
        return sides[0]
    averaged = {key: _average([side.images[key] for side in sides]) for key in sides[0].images}
    return replace(sides[0], images=averaged, pictures=None, repeats=tuple(sides))


def _average(images: Sequence[MeasuredImage]) -> MeasuredImage:
    """Average each metric over the seeds if every seed has a value; keep hashes only if they agree."""
    metrics: dict[str, float | None] = {}
    for name in images[0].metrics:
        values = [image.metrics.get(name) for image in images]
        known = [value for value in values if value is not None]
        metrics[name] = math.fsum(known) / len(known) if len(known) == len(values) else None
    failures = [image.failure for image in images if image.failure]
    same = len({image.restored for image in images}) == 1
    return replace(
        images[0],
        metrics=metrics,
        restored=images[0].restored if same else "",
        failure=failures[0] if failures else None,
    )


def seed_spread(side: Measured, metric: str, keys: Sequence[str]) -> SeedSpread | None:
    """Separate the spread over seeds from that over images; `None` for a single seed or missing values."""
    rows = [[repeat.images[key].metrics.get(metric) for key in keys] for repeat in side.repeats]
    values = np.array(rows, dtype=np.float64)  # None becomes NaN
    if len(rows) < 2 or len(keys) < 2 or not np.isfinite(values).all():  # noqa: PLR2004 -- one value has no spread
        return None
    return SeedSpread(
        seeds=len(rows),
        of_the_mean=float(values.mean(axis=1).std(ddof=1)),
        within_images=math.sqrt(float(values.var(axis=0, ddof=1).mean())),
        over_images=float(values.mean(axis=0).std(ddof=1)),
    )
