"""Where restored images come from: a model, or a folder."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..contracts import ImagePair, Observation, QuantiserName, UInt8Image
from ..errors import ImageError, RestorationError, RestorebenchError
from ..files.conversions import conversions
from ..files.images import FileImage
from ..models.observers import observer_of
from ..protocols.inputs import PreparedImage, fit_restored
from ..terminal.tracebacks import describe_fault
from .decoded_images import DecodedImages
from .loaded import ImageFailure, LoadedPair, LoadedTriple, Restoration
from .programs import prepare_folder, seconds_of_program
from .remarks import Remarks

if TYPE_CHECKING:
    from ..models.inference import Restored, Restorer
    from ..models.overlap import Overlap, Underway
    from ..models.transfers import Upload

__all__ = ["FolderSource", "ModelSource", "Source"]


RESTORED_WHOLE = (
    "restored whole images, which were cropped for the protocol: its script crops the input of the network, so that"
    " these are not quite its numbers"
)


@dataclass(frozen=True, slots=True)
class UploadedPair(LoadedPair):
    """A pair whose degraded image was sent to the device ahead, if there was room."""

    upload: Upload | None


@dataclass(frozen=True, slots=True)
class Begun:
    """An image that a device may still be working on."""

    samples: tuple[Underway, ...]
    """Several only of a stochastic model, one for each seed."""


Loaded = TypeVar("Loaded", bound=LoadedPair)


class Source(Protocol[Loaded]):
    """Loads images and has them restored, one pair at a time."""

    def prepare(self, pairs: Sequence[ImagePair]) -> None:
        """Restore the pairs that are about to be asked for, where that is cheaper than one at a time."""
        ...

    def load(self, pair: ImagePair) -> Loaded | ImageFailure:
        """Read what the pair needs; called from several threads."""
        ...

    def restore(self, pair: ImagePair, loaded: Loaded) -> Restoration | ImageFailure:
        """The restored image; called from one thread."""
        ...

    def begin(self, pair: ImagePair, loaded: Loaded, rule: QuantiserName | None) -> Restoration | ImageFailure | Begun:
        """As `restore`, but a device may be left at work; called from the same thread.

        Args:
            pair: the pair.
            loaded: from `load`.
            rule: that rounds everything that is seen of the image, which a device may then do; `None`: it may not.
        """
        ...

    def finish(self, pair: ImagePair, begun: Restoration | ImageFailure | Begun) -> Restoration | ImageFailure:
        """Wait for what `begin` left; called from any thread."""
        ...

    def observe(self, pair: ImagePair) -> tuple[Observation, ...]:
        """What else is to be kept of an image, at the cost of restoring it once more or for each sample."""
        ...

    def remarks(self, key: str) -> Remarks | None:
        """What is to be said of an image that was restored; asked once for each."""
        ...


class ModelSource:
    """Restored images from a model.

    Args:
        restorer: the model.
        preflight: whether the first image is restored twice, to notice what a model should not do. Workers of a
            cluster leave it to the first run on one machine.
        images: shared with other models; none are by default.
    """

    def __init__(self, restorer: Restorer, *, preflight: bool = True, images: DecodedImages | None = None) -> None:
        self._restorer = restorer
        self._images = images or DecodedImages()
        self._observer = observer_of(restorer)
        self._overlap = _overlap_of(restorer)
        self._remarks: dict[str, Remarks] = {}
        self._looked = not preflight
        self._kinds: set[str] = set()

    def prepare(self, pairs: Sequence[ImagePair]) -> None:
        """Hand the degraded images to a program that restores a folder at a time; nothing for other models."""
        prepare_folder(self._restorer, pairs)

    def load(self, pair: ImagePair) -> LoadedPair | ImageFailure:
        """Decode the degraded image and its target, and send the former to a GPU."""
        loaded = _load(pair, self._images)
        if self._overlap is None or isinstance(loaded, ImageFailure):
            return loaded
        return UploadedPair(loaded.degraded, loaded.target, loaded.pixels, self._overlap.upload(loaded.degraded))

    def restore(self, pair: ImagePair, loaded: LoadedPair) -> Restoration | ImageFailure:
        """Run the model, as often as its settings sample; look closer at the first image."""
        started = time.perf_counter()
        try:
            with _boundary():
                restored = self._samples(loaded.degraded, pair.key)
        except RestorationError as error:
            self._remark_fault(pair.key, error)
            return ImageFailure(str(error))
        seconds = seconds_of_program(self._restorer) or (time.perf_counter() - started) / len(restored)
        self._remark(pair.key, loaded.degraded, restored[0])
        # Views: another thread than the model's puts the channels side by side.
        return Restoration(tuple(each.planes.transpose(1, 2, 0) for each in restored), seconds, restored[0].tile)

    def begin(
        self, pair: ImagePair, loaded: LoadedPair, rule: QuantiserName | None
    ) -> Restoration | ImageFailure | Begun:
        """Queue the restoration on a GPU; restore without one, and the first image, which is looked at closer."""
        if self._overlap is None or not self._looked:
            return self.restore(pair, loaded)
        upload = loaded.upload if isinstance(loaded, UploadedPair) else None
        try:
            with _boundary():
                samples = self._overlap.restore(loaded.degraded, pair.key, upload, rule)
        except RestorationError as error:
            self._remark_fault(pair.key, error)
            return ImageFailure(str(error))
        if samples[0].drew_from:
            self._remarks[pair.key] = Remarks(random=True)
        return Begun(samples)

    def finish(self, pair: ImagePair, begun: Restoration | ImageFailure | Begun) -> Restoration | ImageFailure:
        """Wait for the GPU."""
        if not isinstance(begun, Begun):
            return begun
        samples = begun.samples
        try:
            with _boundary():
                images = tuple(sample.image() for sample in samples)
                seconds = sum(sample.seconds for sample in samples) / len(samples)
        except RestorationError as error:
            self._remarks[pair.key] = Remarks(describe_fault(error.__cause__ or error))
            return ImageFailure(str(error))
        return Restoration(images, seconds, samples[0].tile)

    def remarks(self, key: str) -> Remarks | None:
        """What was noticed when an image was restored."""
        return self._remarks.pop(key, None)

    def _samples(self, degraded: UInt8Image, key: str) -> list[Restored]:
        restored = [self._restorer.restore(degraded, key)]
        while len(restored) < self._restorer.samples:  # which grows when the first shows that the network is random
            restored.append(self._restorer.restore(degraded, key, sample=len(restored)))
        return restored

    def _remark(self, key: str, degraded: UInt8Image, restored: Restored) -> None:
        from ..models.preflight import preflight

        findings: tuple[str, ...] = ()
        if not self._looked:
            self._looked = True
            findings = preflight(self._restorer, degraded, key, restored)
        if findings or restored.drew_from:
            self._remarks[key] = Remarks(findings=findings, random=bool(restored.drew_from))

    def _remark_fault(self, key: str, error: RestorationError) -> None:
        from ..models.sizes import size_advice

        fault = describe_fault(error.__cause__ or error)
        advice = "" if fault.kind in self._kinds else size_advice(self._restorer, fault)
        self._kinds.add(fault.kind)
        self._remarks[key] = Remarks(fault, advice)

    def observe(self, pair: ImagePair) -> tuple[Observation, ...]:
        """What the model's observer sees: nothing without one, or where the image cannot be read or restored."""
        if self._observer is None:
            return ()
        try:
            degraded = pair.degraded.read()
            with _boundary():
                return self._observer.observe(degraded, pair.key)
        except (RestorationError, ImageError):
            return ()


class FolderSource:
    """Restored images from files.

    Args:
        files: by key.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._cropped: set[str] = set()

    def prepare(self, pairs: Sequence[ImagePair]) -> None:
        """Nothing: the images are restored."""
        del pairs

    def load(self, pair: ImagePair) -> LoadedTriple | ImageFailure:
        """Decode the degraded image, its target and the restored one."""
        loaded = _load(pair, DecodedImages())
        if isinstance(loaded, ImageFailure):
            return loaded
        try:
            file = FileImage(self._files[pair.key])
            restored, changes = file.read(), conversions(file.path, file.name)
            if isinstance(pair.target, PreparedImage) and restored.shape != loaded.target.shape:
                restored = self._fitted(pair.key, restored, pair.target)
            return LoadedTriple(loaded.degraded, loaded.target, loaded.pixels, restored, changes)
        except (RestorebenchError, OSError) as error:
            return ImageFailure(str(error))

    def restore(self, pair: ImagePair, loaded: LoadedTriple) -> Restoration | ImageFailure:
        """The restored image as it was read."""
        del pair
        return Restoration((loaded.restored,), read_as=loaded.read_as)

    def begin(
        self, pair: ImagePair, loaded: LoadedTriple, rule: QuantiserName | None
    ) -> Restoration | ImageFailure | Begun:
        """The restored image as it was read."""
        del rule
        return self.restore(pair, loaded)

    def finish(self, pair: ImagePair, begun: Restoration | ImageFailure | Begun) -> Restoration | ImageFailure:
        """The same: nothing was left."""
        if isinstance(begun, Begun):
            raise TypeError(f"{pair.key} was begun by a model.")
        return begun

    def observe(self, pair: ImagePair) -> tuple[Observation, ...]:
        """Nothing: there is no model."""
        del pair
        return ()

    def remarks(self, key: str) -> Remarks | None:
        """That an image had been restored whole, where the protocol crops the input of the network."""
        return Remarks(findings=(RESTORED_WHOLE,)) if key in self._cropped else None

    def _fitted(self, key: str, restored: UInt8Image, target: PreparedImage) -> UInt8Image:
        fitted = fit_restored(restored, target.whole.read(), target.rule)
        if fitted.shape != restored.shape:
            self._cropped.add(key)
        return fitted


def _overlap_of(restorer: Restorer) -> Overlap | None:
    from ..models.overlap import overlap_of

    return overlap_of(restorer)


@contextlib.contextmanager
def _boundary() -> Generator[None]:
    """Turn whatever a model raises into a RestorationError."""
    try:
        yield
    except RestorationError:
        raise
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the one boundary: a user's network may raise anything, or end the program
        raise RestorationError(f"The model raised {describe_fault(error).sentence}.") from error


def _load(pair: ImagePair, images: DecodedImages) -> LoadedPair | ImageFailure:
    try:
        return images.load(pair)
    except (RestorebenchError, OSError) as error:
        return ImageFailure(str(error))
