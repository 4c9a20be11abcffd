"""The evaluation of one cell: one model on one data set by one protocol, recorded image by image."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .contracts import ImagePair, JsonValue, UInt8Image
from .errors import ImageError, RestorationError, RestorebenchError
from .fields import KEPT_SIDE, FieldMaps, mean_fields
from .fingerprints import PAIR_DIGITS, pixel_sha256
from .images import FileImage, save_png
from .metrics.quantise import quantise
from .metrics.scorer import Scorer
from .physics import observe, physics_layers
from .pictures import Pictures, picture_path
from .records import ScoreRecord, encode_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .inference import Restored, Restorer

__all__ = ["Loaded", "Restoration", "Source", "folder_source", "model_source", "save_pair_pictures", "score_image"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The decoded images of one pair, or why they could not be had."""

    degraded: UInt8Image | None = None
    target: UInt8Image | None = None
    restored: UInt8Image | None = None
    """Only where restored images are read from disk."""

    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Restoration:
    """What the model made of one image, or why it failed."""

    samples: tuple[Restored, ...] = ()
    """What a model made; more than one only of a stochastic model."""

    saved: UInt8Image | None = None
    """What was read from a folder instead."""

    seconds: float | None = None
    """Per sample."""

    failure: str | None = None
    notes: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])

    def images(self) -> list[NDArray[np.float32] | UInt8Image]:
        """Every restored image (H, W, 3); none if the model failed."""
        return [sample.image for sample in self.samples] if self.saved is None else [self.saved]


@dataclass(frozen=True, slots=True)
class Source:
    """Where restored images come from: a model, or a folder."""

    load: Callable[[ImagePair], Loaded]
    restore: Callable[[ImagePair, Loaded], Restoration]
    observe: Callable[[ImagePair], FieldMaps] | None = None
    """What the model's physics layer does to an image, by restoring it once more; `None` without such a layer.

    Raises `ImageError` or `RestorationError` where there is nothing to see.
    """


def model_source(restorer: Restorer) -> Source:
    """Restored images from a model."""

    def restore(pair: ImagePair, loaded: Loaded) -> Restoration:
        if loaded.degraded is None:
            return Restoration(failure=loaded.failure)
        started = time.perf_counter()
        try:
            with _boundary():
                restored = [restorer.restore(loaded.degraded, pair.key, sample=n) for n in range(restorer.samples)]
        except RestorationError as error:
            return Restoration(failure=str(error))
        seconds = (time.perf_counter() - started) / len(restored)
        notes: dict[str, JsonValue] = {} if restored[0].tile is None else {"tile": restored[0].tile}
        return Restoration(tuple(restored), seconds=seconds, notes=notes)

    def look(pair: ImagePair) -> FieldMaps:
        degraded = pair.degraded.read()
        with _boundary():
            return mean_fields(observe(restorer, degraded, pair.key), side=KEPT_SIDE)

    return Source(_load_pair, restore, look if physics_layers(restorer.network) else None)


@contextlib.contextmanager
def _boundary() -> Generator[None]:
    """Turn whatever a model raises into a RestorationError."""
    try:
        yield
    except RestorationError:
        raise
    except Exception as error:  # the one boundary: a user's network may raise anything
        raise RestorationError(f"The model raised {type(error).__name__}: {_one_line(error)}") from error


def folder_source(files: Mapping[str, Path]) -> Source:
    """Restored images from files, by key."""

    def load(pair: ImagePair) -> Loaded:
        loaded = _load_pair(pair)
        if loaded.failure is not None:
            return loaded
        try:
            return Loaded(loaded.degraded, loaded.target, FileImage(files[pair.key]).read())
        except (RestorebenchError, OSError) as error:
            return Loaded(failure=str(error))

    return Source(load, lambda _, loaded: Restoration(saved=loaded.restored, failure=loaded.failure))


def score_image(
    pair: ImagePair, loaded: Loaded, restoration: Restoration, scorer: Scorer, keeper: Pictures
) -> ScoreRecord:
    """Score one restored image and keep its picture if it is to be kept."""
    metrics = scorer.protocol.metrics
    notes: dict[str, JsonValue] = {"group": pair.group} if pair.group else {}
    images = restoration.images()
    if loaded.degraded is None or loaded.target is None or not images:
        nothing = dict.fromkeys(metrics)
        return ScoreRecord(pair.key, nothing, restoration.seconds, "failed", restoration.failure, notes)
    height, width = loaded.target.shape[:2]
    notes |= {
        "size": [height, width],
        "pair": pixel_sha256(loaded.degraded, loaded.target)[:PAIR_DIGITS],
        **restoration.notes,
    }
    try:
        scores, *others = [scorer.score(image, loaded.target) for image in images]
    except RestorebenchError as error:
        return ScoreRecord(pair.key, dict.fromkeys(metrics), restoration.seconds, "failed", str(error), notes)
    notes |= scores.notes
    values = _average([scores.metrics, *(other.metrics for other in others)], notes) if others else scores.metrics
    if scores.nulls:
        notes["null"] = dict(scores.nulls)
    final = images[0] if scores.restored_u8 is None else scores.restored_u8
    notes["restored"] = pixel_sha256(final)[:PAIR_DIGITS]
    keeper.offer(pair.key, next(iter(values.values()), None), lambda: _as_picture(final))
    return ScoreRecord(pair.key, values, restoration.seconds, notes=notes)


def _average(samples: Sequence[Mapping[str, float | None]], notes: dict[str, JsonValue]) -> dict[str, float | None]:
    """The mean of each metric over the samples, whose values are noted; `None` if a sample has none."""
    each = {name: [sample[name] for sample in samples] for name in samples[0]}
    notes["samples"] = {name: [encode_number(value) for value in values] for name, values in each.items()}
    known = {name: [value for value in values if value is not None] for name, values in each.items()}
    return {name: sum(values) / len(values) if len(values) == len(samples) else None for name, values in known.items()}


def save_pair_pictures(folder: Path, pairs: Mapping[str, ImagePair], keys: list[str]) -> None:
    """Put the degraded and target images of the keys beside the runs of their data set, once."""
    for key in keys:
        for kind, source in (("degraded", pairs[key].degraded), ("target", pairs[key].target)):
            path = picture_path(folder / kind, key)
            if not path.is_file():
                save_png(path, source.read())


def _load_pair(pair: ImagePair) -> Loaded:
    try:
        degraded, target = pair.degraded.read(), pair.target.read()
        if degraded.shape != target.shape:
            raise ImageError(
                f"{pair.degraded.name} is {degraded.shape[1]}x{degraded.shape[0]} but its target {pair.target.name} is "
                f"{target.shape[1]}x{target.shape[0]}: use a copy of the data set whose pairs agree."
            )
    except (RestorebenchError, OSError) as error:
        return Loaded(failure=str(error))
    return Loaded(degraded, target)


def _as_picture(image: NDArray[np.float32] | UInt8Image) -> UInt8Image:
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    return quantise(image.astype(np.float32, copy=False), "half-even")


def _one_line(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{lines[0][:300]}{' ...' if len(lines) > 1 else ''}"
