"""Files that a worker needs: by path where it sees them, otherwise sent to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..checkpoints import sha256_file
from ..contracts import ImagePair, ImageSource, UInt8Image
from ..errors import CheckpointError, RestorebenchError
from ..images import FileImage, decode_image, encode_png, image_size

__all__ = [
    "Claim",
    "Listing",
    "Parcel",
    "Seen",
    "SentImage",
    "Survey",
    "absolute_pair",
    "look",
    "pack",
    "send_pair",
    "unpack",
]


@dataclass(frozen=True, slots=True)
class Claim:
    """A file, or a folder of files, with this content."""

    path: Path
    """Absolute."""

    sha256: str
    """As `checkpoints.sha256_file` computes it."""


def _sees(claim: Claim) -> bool:
    try:
        return sha256_file(claim.path) == claim.sha256
    except CheckpointError:
        return False


@dataclass(frozen=True, slots=True)
class Parcel:
    """The content of a file, or of the files of a folder."""

    name: str
    files: Mapping[str, bytes]
    folder: bool


def pack(path: Path) -> Parcel:
    """Read a file or the files of a folder.

    Raises:
        OSError: one cannot be read.
    """
    if path.is_dir():
        parts = {part.name: part.read_bytes() for part in sorted(path.iterdir()) if part.is_file()}
        return Parcel(path.name, parts, folder=True)
    return Parcel(path.name, {path.name: path.read_bytes()}, folder=False)


def unpack(parcel: Parcel, folder: Path) -> Path:
    """Write a parcel below a folder; returns the path of the file or folder that was packed.

    Raises:
        OSError: it cannot be written.
    """
    place = folder / parcel.name if parcel.folder else folder
    place.mkdir(parents=True, exist_ok=True)
    for name, content in parcel.files.items():
        (place / name).write_bytes(content)
    return folder / parcel.name


@dataclass(frozen=True, slots=True)
class Listing:
    """The pairs of a data set, and how large each of their images is."""

    pairs: tuple[ImagePair, ...]
    sizes: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, pairs: Sequence[ImagePair]) -> Listing:
        """As this machine sees them.

        Raises:
            ImageError: a file is gone.
        """
        return cls(tuple(pairs), tuple(_sizes(pair) for pair in pairs))


def _sees_pairs(listing: Listing) -> bool:
    """Every size is compared, and the first pair is read."""
    try:
        for pair in listing.pairs[:1]:
            pair.degraded.read()
            pair.target.read()
        return all(_sizes(pair) == sizes for pair, sizes in zip(listing.pairs, listing.sizes, strict=True))
    except (RestorebenchError, OSError):
        return False


def _sizes(pair: ImagePair) -> tuple[int, int]:
    return pair.degraded.size_bytes, pair.target.size_bytes


@dataclass(frozen=True, slots=True)
class Survey:
    """What a run needs, as the driver sees it."""

    claims: tuple[Claim, ...]
    listings: Mapping[str, Listing]
    """By data set."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What of it a worker sees."""

    claims: frozenset[Claim]
    listings: frozenset[str]


def look(survey: Survey) -> Seen:
    """What of a survey this machine has under the same paths."""
    return Seen(
        frozenset(claim for claim in survey.claims if _sees(claim)),
        frozenset(name for name, listing in survey.listings.items() if _sees_pairs(listing)),
    )


@dataclass(frozen=True, slots=True)
class SentImage:
    """An `ImageSource` that carries its content with it."""

    name: str
    content: bytes

    @property
    def size_bytes(self) -> int:
        """Size of the encoded image."""
        return len(self.content)

    def read(self) -> UInt8Image:
        """Decode the content; see `decode_image`."""
        return decode_image(self.content, self.name)

    def size(self) -> tuple[int, int]:
        """(height, width) from the header."""
        return image_size(self.content, self.name)


def absolute_pair(pair: ImagePair) -> ImagePair:
    """The same pair for a process that works in another folder."""
    return replace(pair, degraded=_absolute(pair.degraded), target=_absolute(pair.target))


def _absolute(source: ImageSource) -> ImageSource:
    return FileImage(source.path.absolute()) if isinstance(source, FileImage) else source


def send_pair(pair: ImagePair) -> ImagePair:
    """The same pair with its content; an image that cannot be read stays as it is, and fails where it is read."""
    return replace(pair, degraded=_send(pair.degraded), target=_send(pair.target))


def _send(source: ImageSource) -> ImageSource:
    try:
        if isinstance(source, FileImage):
            return SentImage(source.name, source.path.read_bytes())
        return SentImage(source.name, encode_png(source.read()))
    except (RestorebenchError, OSError):
        return source
