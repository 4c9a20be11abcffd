"""Where restored images come from: a model, or a folder."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np

from ..contracts import ImagePair, Observation, UInt8Image
from ..errors import ImageError, RestorationError, RestorebenchError
from ..files.images import FileImage
from ..models.observers import observer_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..models.inference import Restorer


__all__ = ["FolderSource", "ImageFailure", "LoadedPair", "ModelSource", "Restoration", "Source"]


@dataclass(frozen=True, slots=True)
class LoadedPair:
    """The decoded images of one pair, of one size."""

    degraded: UInt8Image
    target: UInt8Image


@dataclass(frozen=True, slots=True)
class LoadedTriple(LoadedPair):
    """The decoded images of a pair and the restored one, read from a file."""

    restored: UInt8Image


@dataclass(frozen=True, slots=True)
class ImageFailure:
    """Why an image could not be loaded or restored."""

    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Restoration:
    """What became of one image."""

    images: tuple[NDArray[np.float32] | UInt8Image, ...]
    """(H, W, 3) each, float32 in [0, 1] or uint8; several only of a stochastic model, one for each seed."""

    seconds: float | None = None
    """Wall time of the model for one of them; `None` if no model ran."""

    tile: int | None = None
    """Side of the tiles that it was restored in; `None` for the full image."""


Loaded = TypeVar("Loaded", bound=LoadedPair)


class Source(Protocol[Loaded]):
    """Loads images and has them restored, one pair at a time."""

    def load(self, pair: ImagePair) -> Loaded | ImageFailure:
        """Read what the pair needs; called from several threads."""
        ...

    def restore(self, pair: ImagePair, loaded: Loaded) -> Restoration | ImageFailure:
        """The restored image; called from one thread."""
        ...

    def observe(self, pair: ImagePair) -> Observation | None:
        """What else is to be kept of an image, at the cost of restoring it once more; `None` if there is nothing."""
        ...


class ModelSource:
    """Restored images from a model.

    Args:
        restorer: the model.
    """

    def __init__(self, restorer: Restorer) -> None:
        self._restorer = restorer
        self._observer = observer_of(restorer)

    def load(self, pair: ImagePair) -> LoadedPair | ImageFailure:
        """Decode the degraded image and its target."""
        return _load_pair(pair)

    def restore(self, pair: ImagePair, loaded: LoadedPair) -> Restoration | ImageFailure:
        """Run the model, as often as its settings sample."""
        started = time.perf_counter()
        try:
            with _boundary():
                samples = range(self._restorer.samples)
                restored = [self._restorer.restore(loaded.degraded, pair.key, sample=sample) for sample in samples]
        except RestorationError as error:
            return ImageFailure(str(error))
        seconds = (time.perf_counter() - started) / len(restored)
        return Restoration(tuple(sample.image for sample in restored), seconds, restored[0].tile)

    def observe(self, pair: ImagePair) -> Observation | None:
        """What the model's observer sees; `None` without one, or where the image cannot be read or restored."""
        if self._observer is None:
            return None
        try:
            degraded = pair.degraded.read()
            with _boundary():
                return self._observer.observe(degraded, pair.key)
        except (RestorationError, ImageError):
            return None


class FolderSource:
    """Restored images from files.

    Args:
        files: by key.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def load(self, pair: ImagePair) -> LoadedTriple | ImageFailure:
        """Decode the degraded image, its target and the restored one."""
        loaded = _load_pair(pair)
        if isinstance(loaded, ImageFailure):
            return loaded
        try:
            return LoadedTriple(loaded.degraded, loaded.target, FileImage(self._files[pair.key]).read())
        except (RestorebenchError, OSError) as error:
            return ImageFailure(str(error))

    def restore(self, pair: ImagePair, loaded: LoadedTriple) -> Restoration | ImageFailure:
        """The restored image as it was read."""
        del pair
        return Restoration((loaded.restored,))

    def observe(self, pair: ImagePair) -> Observation | None:
        """Nothing: there is no model."""
        del pair
        return None


@contextlib.contextmanager
def _boundary() -> Generator[None]:
    """Turn whatever a model raises into a RestorationError."""
    try:
        yield
    except RestorationError:
        raise
    except Exception as error:  # the one boundary: a user's network may raise anything
        raise RestorationError(f"The model raised {type(error).__name__}: {_one_line(error)}") from error


def _load_pair(pair: ImagePair) -> LoadedPair | ImageFailure:
    try:
        degraded, target = pair.degraded.read(), pair.target.read()
        if degraded.shape != target.shape:
            raise ImageError(
                f"{pair.degraded.name} is {degraded.shape[1]}x{degraded.shape[0]} but its target {pair.target.name} is "
                f"{target.shape[1]}x{target.shape[0]}: use a copy of the data set whose pairs agree."
            )
    except (RestorebenchError, OSError) as error:
        return ImageFailure(str(error))
    return LoadedPair(degraded, target)


def _one_line(error: Exception) -> str:
    lines = str(error).splitlines() or [""]
    return f"{lines[0][:300]}{' ...' if len(lines) > 1 else ''}"
