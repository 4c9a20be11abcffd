"""Restore the images again in every way that a model is run in, for numbers that no way of measuring gives.

Full image or tiles, self-ensemble, half precision, registered forms of the same weights (with and without TLC), each
saved by every rounding and measured as a float.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contracts import InferenceSettings, PairedDataset, Precision, QuantiserName, UInt8Image
from ..errors import RestorebenchError
from ..evaluation.pipeline import default_workers
from ..metrics.quantise import quantise
from ..metrics.shared_work import SharedWork
from ..models.entries import MODELS
from ..models.inference import Restorer
from ..models.loading import open_model
from ..registry.specs import Spec
from ..terminal.progress import Progress, Silent
from .measurements import ImageLine, Measurements, collect
from .rulers import Ruler

__all__ = ["Variant", "measure_variants", "variants_of"]

Float: TypeAlias = NDArray[np.float32]

TILE = 256
"""Side in pixels of HINet's and of most other tiles."""

ROUNDINGS: dict[QuantiserName, str] = {
    "half-even": "rounded to 8 bits",
    "truncate": "truncated to 8 bits",
    "none": "unrounded",
}
"""Ways to save a float image; rounding half up differs at exact ties only."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to restore an image."""

    words: str
    restore: Callable[[UInt8Image, str], Float]
    """(H, W, 3) uint8 and the key of the image to (H, W, 3) float32."""


def variants_of(spec: Spec, settings: InferenceSettings) -> tuple[Variant, ...]:
    """Every variant of a model on a device, the one that its card names first.

    Args:
        spec: name, options and weights.
        settings: device and precision of the first variant.

    Raises:
        UsageError: an unknown name, option or device.
        CheckpointError: weights that are missing, unsafe, or made for another model.
    """
    loaded = open_model(spec)
    plain = Restorer(loaded.network, loaded.card, settings)
    found = [
        Variant(loaded.card.variant, _restoring(plain)),
        *([Variant("self-ensemble of 8", _ensemble(plain))] if loaded.card.scheme.ensemble == "none" else []),
        Variant(f"tiles of {TILE}", _restoring(_changed(plain, tile=TILE))),
    ]
    if plain.device.type == "cuda":
        found += [
            Variant(precision, _restoring(_changed(plain, precision=precision)))
            for precision in ("fp16", "bf16", "tf32")
            if precision != settings.precision
        ]
    return (*found, *_siblings(spec, settings))


def measure_variants(
    variants: Sequence[Variant],
    dataset: PairedDataset,
    keys: Sequence[str],
    rulers: Sequence[Ruler],
    *,
    of: str = "",
    progress: Progress | None = None,
) -> Iterator[Measurements]:
    """Restore and measure, one variant after the other; each yields one set of measurements for each rounding.

    Args:
        variants: from `variants_of`.
        dataset: has the degraded images and the targets.
        keys: images to restore.
        rulers: from `rulers_for`.
        of: name of the data in answers, if they are not those that were given.
        progress: shows it.

    Raises:
        RestorationError: an image cannot be restored.
        ImageError: an image cannot be read.
    """
    progress = progress or Silent()
    groups = {key: dataset[key].group for key in keys}
    with ThreadPoolExecutor(workers := default_workers()) as pool:
        for variant in variants:
            progress.start(f"{variant.words} on {of or dataset.card.title}", len(keys), 0)
            lines: dict[QuantiserName, list[ImageLine]] = {rounding: [] for rounding in ROUNDINGS}
            waiting: deque[Future[dict[QuantiserName, ImageLine]]] = deque()
            try:
                for key in keys:
                    pair = dataset[key]
                    restored, target = variant.restore(pair.degraded.read(), key), pair.target.read()
                    waiting += [pool.submit(_measure, key, restored, target, ruler) for ruler in rulers]
                    # Measuring goes on while the model restores, a few images behind.
                    _take(waiting, lines, leave=len(rulers) * workers)
                    progress.advance()
                _take(waiting, lines, leave=0)
            finally:
                progress.finish()
            for rounding, known in lines.items():
                words = ", ".join(filter(None, (of, variant.words, ROUNDINGS[rounding])))
                yield collect(known, keys, groups, label=words, again=True)


def _measure(key: str, restored: Float, target: UInt8Image, ruler: Ruler) -> dict[QuantiserName, ImageLine]:
    """Every rounding of an image by one ruler, which looks at the target once."""
    of_target, pixels = SharedWork(), target.shape[0] * target.shape[1]
    return {
        rounding: ImageLine(key, ruler.group, pixels, ruler.measure(_saved(restored, rounding), target, of_target))
        for rounding in ROUNDINGS
    }


def _saved(restored: Float, rounding: QuantiserName) -> NDArray[Any]:
    return np.clip(restored, 0, 1) if rounding == "none" else quantise(restored, rounding)


def _take(
    waiting: deque[Future[dict[QuantiserName, ImageLine]]],
    lines: Mapping[QuantiserName, list[ImageLine]],
    *,
    leave: int,
) -> None:
    while len(waiting) > leave:
        for rounding, line in waiting.popleft().result().items():
            lines[rounding].append(line)


def _restoring(restorer: Restorer) -> Callable[[UInt8Image, str], Float]:
    return lambda degraded, key: restorer.restore(degraded, key).image


def _ensemble(restorer: Restorer) -> Callable[[UInt8Image, str], Float]:
    scheme = replace(restorer.card.scheme, ensemble="x8")
    return _restoring(Restorer(restorer.network, replace(restorer.card, scheme=scheme), restorer.settings))


def _changed(restorer: Restorer, *, tile: int | None = None, precision: Precision | None = None) -> Restorer:
    settings = restorer.settings
    changed = replace(settings, tile=tile or settings.tile, precision=precision or settings.precision)
    return Restorer(restorer.network, restorer.card, changed)


def _siblings(spec: Spec, settings: InferenceSettings) -> Iterator[Variant]:
    """Registered models that take the same weights and run them differently."""
    if spec.name not in MODELS.names():
        return
    card = MODELS.get(spec.name).card
    for name in MODELS.names():
        try:
            other = MODELS.get(name).card
        except RestorebenchError:  # a plug-in's; `models` says what is wrong with it
            continue
        if name != spec.name and card.checkpoints and other.checkpoints == card.checkpoints:
            loaded = open_model(replace(spec, name=name, options={}))
            yield Variant(f"{name} ({other.variant})", _restoring(Restorer(loaded.network, loaded.card, settings)))
