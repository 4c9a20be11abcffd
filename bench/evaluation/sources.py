"""Where restored images come from: a model, or a folder of images."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..contracts import ImagePair, JsonValue, UInt8Image
from ..errors import ImageError, RestorationError, RestorebenchError
from ..files.images import FileImage
from ..models.physics.layers import physics_layers
from ..models.physics.maps import KEPT_SIDE, FieldMaps, mean_fields
from ..models.physics.observe import observe
from .programs import prepare_folder, seconds_of_program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..models.inference import Restored, Restorer


__all__ = ["Loaded", "Restoration", "Source", "folder_source", "model_source"]


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

    prepare: Callable[[Sequence[ImagePair]], None] | None = None
    """Restores the pairs that are about to be asked for, where that is cheaper than one at a time; `None` if not."""


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
        seconds = seconds_of_program(restorer) or (time.perf_counter() - started) / len(restored)
        notes: dict[str, JsonValue] = {} if restored[0].tile is None else {"tile": restored[0].tile}
        return Restoration(tuple(restored), seconds=seconds, notes=notes)

    def look(pair: ImagePair) -> FieldMaps:
        degraded = pair.degraded.read()
        with _boundary():
            return mean_fields(observe(restorer, degraded, pair.key), side=KEPT_SIDE)

    def prepare(pairs: Sequence[ImagePair]) -> None:
        prepare_folder(restorer, pairs)

    return Source(_load_pair, restore, look if physics_layers(restorer.network) else None, prepare)


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


def _one_line(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{lines[0][:300]}{' ...' if len(lines) > 1 else ''}"
