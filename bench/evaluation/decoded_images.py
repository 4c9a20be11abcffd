"""Decoded images that the models of a run share, within a budget of memory."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

from ..contracts import ImagePair, ImageSource, UInt8Image
from ..files.versions import version_of
from ..machine.first_that_fit import FirstThatFit
from ..machine.memory import available_bytes
from .loaded import LoadedPair

__all__ = ["DecodedImages", "default_budget"]

SHARE = 4
"""By default, one part in so many of the available memory; a model, its images and the system need the rest."""


def default_budget() -> int:
    """Bytes for decoded images: a quarter of the memory that is available now; 0 where that is unknown."""
    return available_bytes() // SHARE


class DecodedImages:
    """Decoded images, kept for the next model; thread-safe.

    The first images that fit into the budget stay, see `FirstThatFit`; the others are decoded for each model.

    An image is kept with what its file was like before and after it was read, see `version_of`; one that has changed
    since is decoded again, and one that cannot tell is never kept.

    Args:
        budget: bytes of pixels to keep at most; 0 keeps nothing.
    """

    def __init__(self, budget: int = 0) -> None:
        self._images = FirstThatFit[UInt8Image](budget)
        self._pairs: dict[Hashable, LoadedPair] = {}

    def load(self, pair: ImagePair) -> LoadedPair:
        """The decoded images of a pair: the degraded one may be written to, the target may be shared and read-only.

        Raises:
            ImageError: an image cannot be decoded, or the two differ in size.
        """
        if self._images.is_off:
            return LoadedPair.of(pair, pair.degraded.read(), pair.target.read())
        versions = version_of(pair.degraded), version_of(pair.target)
        known = self._pairs.get(versions)
        if known is None:
            images = self._image(pair.degraded, versions[0]), self._image(pair.target, versions[1])
            known = LoadedPair.of(pair, *images)
            if all(self._images.get(each) is image for each, image in zip(versions, images, strict=True)):
                self._pairs[versions] = known
        # torch warns of memory that it must not write to.
        return known if known.degraded.flags.writeable else replace(known, degraded=known.degraded.copy())

    def _image(self, source: ImageSource, version: Hashable | None) -> UInt8Image:
        """One image: read-only if it is kept."""
        if version is None:
            return source.read()
        kept = self._images.get(version)
        if kept is not None:
            return kept
        image = source.read()
        if version != version_of(source):  # it was written to meanwhile
            return image
        kept = self._images.keep(version, image.nbytes, partial(_read_only, image))
        return image if kept is None else kept


def _read_only(image: UInt8Image) -> UInt8Image:
    """The image for several to read; what is part of another one would keep the whole of it, and is copied."""
    kept = (image if image.base is None else image.copy()).view()
    kept.flags.writeable = False
    return kept
