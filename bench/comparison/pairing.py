"""Pairing of two measured cells image by image, and checks of their comparability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import IncomparableError, UnknownNameError
from ..metrics.metric import MetricFacts
from ..metrics.registry import known_facts
from ..models.exported.files import is_model_file
from ..registry.code_identity import CodeIdentity
from ..registry.specs import PROGRAM
from ..runs.costs import read_cost
from ..runs.plan import Plan
from ..runs.records import ScoreRecord
from ..runs.run import Run
from ..terminal.wording import counted

__all__ = [
    "Measured",
    "MeasuredImage",
    "PairedValues",
    "measured",
    "pair_images",
    "paired_values",
    "quantiser_note",
    "same_content",
    "shared_metrics",
    "subtract_values",
]


@dataclass(frozen=True, slots=True)
class MeasuredImage:
    """The measurements of one image on one side."""

    metrics: Mapping[str, float | None]
    group: str = ""
    pair: str = ""
    """Hash of the decoded degraded and target pixels, or its first digits; `""` if unknown."""

    restored: str = ""
    """Hash of the restored image as scored, or its first digits; `""` if unknown."""

    failure: str | None = None
    """Reason for a missing restored image."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One model on one data set, from a run folder or a baseline file."""

    label: str
    """Name in tables."""

    model: str
    dataset: str
    protocol: str
    quantiser: str
    metrics: tuple[str, ...]
    images: Mapping[str, MeasuredImage]
    """Images by key, in data set order."""

    selected: int
    origin: Path
    """The run folder or baseline file."""

    decimals: Mapping[str, int] = field(default_factory=dict[str, int])
    """Decimals to which a baseline rounds each metric; the other side is rounded too before subtracting."""

    pictures: Path | None = None
    """Folder of restored images, if there is one."""

    cost: Mapping[str, int] = field(default_factory=dict[str, int])
    """Costs of the model from the profiler; see `runs.costs.read_cost`."""

    weights: Path | None = None
    """Weights file, if it still exists."""

    weights_sha256: str = ""
    """That it had when it was measured; `""` if unknown."""

    code: tuple[str, ...] = ()
    """SHA-256 of every file of the model's own code, sorted; empty for a registered model, or if unknown."""

    repeats: tuple[Measured, ...] = ()
    """Runs with different seeds averaged in `images`; empty for a single run."""

    recorded: Mapping[str, MetricFacts] = field(default_factory=dict[str, MetricFacts])
    """Facts of the metrics, as they were recorded with the run."""

    def facts(self, metric: str) -> MetricFacts:
        """What is known of a metric."""
        return known_facts(metric, self.recorded)

    @property
    def cell(self) -> str:
        """Description for messages: `prenet on rain100h (out/rain100h/prenet)`."""
        return f"{self.model} on {self.dataset} ({self.origin})"


def measured(run: Run, label: str = "") -> Measured:
    """Turn a run into a side of a comparison."""
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
        weights=_weights(run.info.weights.path),
        weights_sha256=run.info.weights.sha256,
        code=_code(run.info.plan),
        recorded=run.info.protocol.metric_facts,
    )


def _weights(path: str) -> Path | None:
    try:
        return Path(path) if path and Path(path).is_file() else None
    except (OSError, ValueError):  # a name that no file can have
        return None


def _code(plan: Plan) -> tuple[str, ...]:
    """Of an exported file its own hash, which stands for the weights too."""
    name = plan.model.partition("[")[0]  # not parsed: a network of this process may be called anything
    if is_model_file(name) and not name.startswith(PROGRAM):
        return (plan.weights_sha256,)
    return CodeIdentity.from_settings(plan.settings).digests


def _image(record: ScoreRecord) -> MeasuredImage:
    return MeasuredImage(record.metrics, record.group, record.pair, record.restored, record.reason)


def pair_images(first: Measured, second: Measured, *, intersect: bool = False) -> tuple[list[str], tuple[str, ...]]:
    """Find the keys that two sides share, and the caveats of comparing them.

    Args:
        first: one side, which determines the order.
        second: the other side.
        intersect: if the image sets differ, compare the shared images and add a note.

    Raises:
        IncomparableError: the data sets, protocols, pixels or image sets differ.
    """
    _refuse_other_measurement(first, second)
    shared = [key for key in first.images if key in second.images]
    _refuse_other_pixels(first, second, shared)
    differences = "; ".join(filter(None, (_only_in(first, shared), _only_in(second, shared))))
    if not shared:
        raise IncomparableError(f"{first.cell} and {second.cell} share no images: compare runs on the same copy.")
    if differences and not intersect:
        raise IncomparableError(
            f"{first.label} and {second.label} have different images ({differences}): finish the runs, or compare the "
            f"{len(shared)} shared ones with --intersect."
        )
    reduced = f"Only the {len(shared)} shared images are compared ({differences})." if differences else ""
    notes = (
        reduced,
        quantiser_note(first, second, shared),
        *(_failures(*sides, shared) for sides in ((first, second), (second, first))),
    )
    return shared, tuple(note for note in notes if note)


def _refuse_other_measurement(first: Measured, second: Measured) -> None:
    for what, one, other in (
        ("data set", first.dataset, second.dataset),
        ("protocol", first.protocol, second.protocol),
    ):
        if one != other:
            raise IncomparableError(
                f"{first.cell} and {second.cell} are not comparable: the {what} is {one} in the first and {other} in "
                "the second; run both with the same settings."
            )


def shared_metrics(first: Measured, second: Measured, asked: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The metrics that two sides share, and a sentence about each that only seems to be the same.

    Args:
        first: one side; its order is kept.
        second: the other.
        asked: only these; empty for all.

    Raises:
        UnknownNameError: a metric was asked for that a side does not have.
        IncomparableError: a metric was asked for that other code computed on the other side.
    """
    named = [name for name in first.metrics if name in second.metrics]
    for name in asked:
        if name not in named:
            raise UnknownNameError("metric", name, named)
    wanted = list(asked) or named
    other = {name for name in wanted if not first.facts(name).same_measure(second.facts(name))}
    notes = tuple(
        f"{first.facts(name).title} is not compared: {first.label} and {second.label} computed it by different code."
        for name in wanted
        if name in other
    )
    if asked and other:
        raise IncomparableError(
            f"{first.cell} and {second.cell} have two metrics called {min(other)!r}, computed by different code: run"
            " both with the same file."
        )
    return [name for name in wanted if name not in other], notes


def _refuse_other_pixels(first: Measured, second: Measured, keys: Sequence[str]) -> None:
    changed = [key for key in keys if not same_content(first.images[key].pair, second.images[key].pair)]
    if changed:
        raise IncomparableError(
            f"{first.cell} and {second.cell} used different pixels under the same name in {len(changed)} of "
            f"{len(keys)} pairs, starting with {changed[0]}: they used different copies of {first.dataset}; run both "
            "on the same one."
        )


def same_content(one: str, other: str) -> bool:
    """Whether two possibly shortened hashes are compatible; an unknown one, `""`, matches everything.

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
    return f"{side.label} failed on {counted(len(lost), 'image')}, excluded here; the first is {lost[0]}: {reason}."


SAVES = {
    "half-even": "rounds to the nearest grey level",
    "half-up": "rounds to the nearest grey level",
    "truncate": "truncates to the grey level below",
    "none": "is scored without rounding",
}
"""Effect of each quantiser on a restored image, in words."""


def quantiser_note(first: Measured, second: Measured, shared: Sequence[str]) -> str:
    """Caveat about two sides that quantise their images differently; `""` if their images cannot show it.

    Rounding halves up or to even is one rule in all but exact halves, and images that are equal as scored, such as
    those of a model that returns whole grey levels, are equal by either rule.

    Args:
        first: one side.
        second: the other side.
        shared: keys of the images that both have.
    """
    if SAVES.get(first.quantiser, first.quantiser) == SAVES.get(second.quantiser, second.quantiser):
        return ""
    if all(_restored_alike(first.images[key], second.images[key]) for key in shared):
        return ""
    effect = "about 0.04 dB" if "truncate" in (first.quantiser, second.quantiser) else "less than 0.01 dB"
    rules = ", ".join(
        f"{side.label} {SAVES.get(side.quantiser, 'is saved')} ({side.quantiser})" for side in (first, second)
    )
    return f"The images are quantised differently, which alone changes PSNR by {effect} at 30 dB: {rules}."


def _restored_alike(first: MeasuredImage, second: MeasuredImage) -> bool:
    return bool(first.restored) and first.restored == second.restored


SAME = 1e-6
"""Relative difference between two values of an image up to which they count as equal."""


@dataclass(frozen=True, slots=True, eq=False)
class PairedValues:
    """Values of one metric on the images that have one on both sides."""

    keys: tuple[str, ...]
    first: NDArray[np.float64]
    """Values of the first side, shape (images,), possibly infinite."""

    second: NDArray[np.float64]
    groups: tuple[str, ...]
    missing: tuple[int, int]
    """Number of images without a value on the first and on the second side."""

    @property
    def differences(self) -> NDArray[np.float64]:
        """Second minus first; see `subtract_values`."""
        return subtract_values(self.first, self.second)


def subtract_values(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Second minus first; 0 where both are equally infinite, and for changes in the seventh digit.

    Such changes come from the arithmetic of other library versions; LPIPS is computed in float32.
    """
    equal = np.isclose(first, second, rtol=SAME, atol=0)
    return np.subtract(second, first, out=np.zeros_like(first), where=~equal)


def paired_values(first: Measured, second: Measured, keys: Sequence[str], metric: str) -> PairedValues:
    """Collect the values of one metric for the keys with a value on both sides; NaN counts as no value."""
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
