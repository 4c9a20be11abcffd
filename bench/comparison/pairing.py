"""Two measured cells, image by image: what can be compared, and what stands in the way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import IncomparableError
from ..runs.costs import read_cost
from ..runs.records import ScoreRecord
from ..runs.run import Run
from ..terminal.wording import counted

__all__ = [
    "Image",
    "Measured",
    "PairedValues",
    "measured",
    "pair_images",
    "paired_values",
    "quantiser_note",
    "same_content",
]


@dataclass(frozen=True, slots=True)
class Image:
    """What one side knows of one image."""

    metrics: Mapping[str, float | None]
    group: str = ""
    pair: str = ""
    """Hash of the decoded degraded and target pixels, or its first digits; `""` if not known."""

    restored: str = ""
    """Hash of the restored image as it was scored, or its first digits; `""` if not known."""

    failure: str | None = None
    """Why there is no restored image."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One model on one data set, from a run folder or a baseline file."""

    label: str
    """How tables call it."""

    model: str
    dataset: str
    protocol: str
    quantiser: str
    metrics: tuple[str, ...]
    images: Mapping[str, Image]
    """By key, in the order of the data set."""

    selected: int
    origin: Path
    """The run folder or baseline file."""

    decimals: Mapping[str, int] = field(default_factory=dict[str, int])
    """Digits to which a baseline rounded each metric; the other side is rounded alike before subtracting."""

    pictures: Path | None = None
    """Folder of restored images, if there is one."""

    cost: Mapping[str, int] = field(default_factory=dict[str, int])
    """What the profiler wrote about the model; see `cost_record.read_cost`."""

    weights: Path | None = None
    """File of the weights, if it is still there."""

    repeats: tuple[Measured, ...] = ()
    """The runs with different seeds that `images` is the mean of; empty for one run."""

    @property
    def cell(self) -> str:
        """How messages refer to it: `prenet on rain100h (out/rain100h/prenet)`."""
        return f"{self.model} on {self.dataset} ({self.origin})"


def measured(run: Run, label: str = "") -> Measured:
    """A run folder as a side of a comparison."""
    return Measured(
        label=label or run.model,
        model=run.model,
        dataset=run.dataset,
        protocol=run.protocol,
        quantiser=run.info.plan.quantiser,
        metrics=run.info.protocol.metrics,
        images={record.key: _image(record) for record in run.records},
        selected=run.info.selected,
        origin=run.path,
        pictures=run.restored_folder if run.restored_folder.is_dir() else None,
        cost=read_cost(run),
        weights=Path(weights) if (weights := run.info.weights.path) and Path(weights).is_file() else None,
    )


def _image(record: ScoreRecord) -> Image:
    return Image(record.metrics, record.group, record.pair, record.restored, record.reason)


def pair_images(first: Measured, second: Measured, *, intersect: bool = False) -> tuple[list[str], tuple[str, ...]]:
    """The keys that two sides share, and sentences about what qualifies their comparison.

    Args:
        first: one side; its order is kept.
        second: the other.
        intersect: compare the shared images of different sets, and say so.

    Raises:
        IncomparableError: another data set or protocol, other pixels, or another set of images.
    """
    _refuse_other_measurement(first, second)
    shared = [key for key in first.images if key in second.images]
    _refuse_other_pixels(first, second, shared)
    differences = "; ".join(filter(None, (_only_in(first, shared), _only_in(second, shared))))
    if not shared:
        raise IncomparableError(f"{first.cell} and {second.cell} share no image: compare runs on the same copy.")
    if differences and not intersect:
        raise IncomparableError(
            f"{first.label} and {second.label} have different images ({differences}): finish the runs, or compare the "
            f"{len(shared)} shared ones with --intersect."
        )
    marked = f"Only the {len(shared)} shared images are compared ({differences})." if differences else ""
    notes = (marked, quantiser_note(first, second), _failures(first, second, shared), _failures(second, first, shared))
    return shared, tuple(note for note in notes if note)


def _refuse_other_measurement(first: Measured, second: Measured) -> None:
    for what, one, other in (
        ("data set", first.dataset, second.dataset),
        ("protocol", first.protocol, second.protocol),
    ):
        if one != other:
            raise IncomparableError(
                f"{first.cell} and {second.cell} do not compare: the {what} is {one} in one and {other} in the other; "
                "run both alike."
            )


def _refuse_other_pixels(first: Measured, second: Measured, keys: Sequence[str]) -> None:
    changed = [key for key in keys if not same_content(first.images[key].pair, second.images[key].pair)]
    if changed:
        raise IncomparableError(
            f"{first.cell} and {second.cell} saw different pixels under the same name in {len(changed)} of {len(keys)} "
            f"pairs, the first is {changed[0]}: these are two copies of {first.dataset}; run both on one."
        )


def same_content(one: str, other: str) -> bool:
    """Whether two hashes, possibly shortened, can be of the same content; an unknown one, `""`, can.

    >>> same_content("6059cbbf195ec2ed", "6059cbbf"), same_content("6059", "ba0e"), same_content("", "ba0e")
    (True, False, True)
    """
    digits = min(len(one), len(other))
    return one[:digits] == other[:digits]


def _only_in(side: Measured, shared: Sequence[str]) -> str:
    extra = sorted(set(side.images) - set(shared))
    if not extra:
        return "" if len(side.images) >= side.selected else f"{side.label} is unfinished: {_progress(side)}"
    unfinished = "" if len(side.images) >= side.selected else f", unfinished: {_progress(side)}"
    return f"{len(extra)} only in {side.label}, such as {extra[0]}{unfinished}"


def _progress(side: Measured) -> str:
    return f"{len(side.images)} of {side.selected} images"


def _failures(side: Measured, other: Measured, keys: Sequence[str]) -> str:
    lost = [key for key in keys if side.images[key].failure and not other.images[key].failure]
    if not lost:
        return ""
    reason = (side.images[lost[0]].failure or "").rstrip(".")
    return f"{side.label} failed on {counted(len(lost), 'image')}, left out here; the first is {lost[0]}: {reason}."


SAVES = {
    "half-even": "rounds to the nearest grey level",
    "half-up": "rounds to the nearest grey level",
    "truncate": "truncates to the grey level below",
    "none": "is scored without rounding",
}
"""What each quantiser does to a restored image, in words."""


def quantiser_note(first: Measured, second: Measured) -> str:
    """A sentence about two sides that save their images by different rules, or `""`."""
    if first.quantiser == second.quantiser:
        return ""
    rules = ", ".join(
        f"{side.label} {SAVES.get(side.quantiser, 'is saved')} ({side.quantiser})" for side in (first, second)
    )
    return f"Their images are saved by different rules, which alone moves PSNR by some 0.04 dB at 30 dB: {rules}."


SAME = 1e-6
"""Relative difference of two values of one image that does not count as a change."""


@dataclass(frozen=True, slots=True, eq=False)
class PairedValues:
    """One metric on the images that both sides have a value for."""

    keys: tuple[str, ...]
    first: NDArray[np.float64]
    """Values of the first side, shape (images,), possibly infinite."""

    second: NDArray[np.float64]
    groups: tuple[str, ...]
    missing: tuple[int, int]
    """Images that lack a value in the first and in the second side."""

    @property
    def differences(self) -> NDArray[np.float64]:
        """Second minus first; 0 where both are infinite alike, and for a change in the seventh digit.

        Such changes are the arithmetic of another library version; LPIPS is computed in float32.
        """
        equal = np.isclose(self.first, self.second, rtol=SAME, atol=0)
        return np.subtract(self.second, self.first, out=np.zeros_like(self.first), where=~equal)


def paired_values(first: Measured, second: Measured, keys: Sequence[str], metric: str) -> PairedValues:
    """The values of one metric on the keys where both sides have one; NaN counts as none."""
    digits = [side.decimals[metric] for side in (first, second) if metric in side.decimals]
    rows = [(key, _value(first, key, metric), _value(second, key, metric)) for key in keys]
    whole = [(key, one, other) for key, one, other in rows if one is not None and other is not None]
    values = np.array([(one, other) for _, one, other in whole], dtype=np.float64).reshape(-1, 2)
    if digits:
        values = values.round(min(digits))
    return PairedValues(
        keys=tuple(key for key, _, _ in whole),
        first=values[:, 0],
        second=values[:, 1],
        groups=tuple(second.images[key].group or first.images[key].group for key, _, _ in whole),
        missing=(sum(one is None for _, one, _ in rows), sum(other is None for _, _, other in rows)),
    )


def _value(side: Measured, key: str, metric: str) -> float | None:
    value = side.images[key].metrics.get(metric)
    return None if value is None or math.isnan(value) else value
