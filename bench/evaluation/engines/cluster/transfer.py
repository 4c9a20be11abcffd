"""Files that a worker needs: by path where it sees them, otherwise sent to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path

from ....contracts import ImagePair, ImageSource, UInt8Image
from ....errors import CheckpointError, RestorebenchError
from ....files.images import FileImage, decode_image, encode_png, image_size
from ....models.checkpoints import sha256_file

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


GONE = -1
"""Instead of the size of an image that is not there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A file, or a folder of files, with this content."""

    path: Path
    """Absolute."""

    sha256: str
    """SHA-256 as computed by `checkpoints.sha256_file`."""

    beside: tuple[tuple[str, str], ...] = ()
    """Files below the same folder that go with it, by path from there, with the digests of their contents."""


def _sees(claim: Claim) -> bool:
    try:
        own = sha256_file(claim.path) == claim.sha256
        return own and all(sha256_file(claim.path.parent / name) == digest for name, digest in claim.beside)
    except CheckpointError:
        return False


@dataclass(frozen=True, slots=True)
class Parcel:
    """The content of a file, or of the files of a folder."""

    name: str
    files: Mapping[str, bytes]
    folder: bool


def pack(path: Path, beside: Iterable[str] = ()) -> Parcel:
    """Read a file and those that go with it, or the files of a folder.

    Raises:
        OSError: one cannot be read.
    """
    if path.is_dir():
        parts = {part.name: part.read_bytes() for part in sorted(path.iterdir()) if part.is_file()}
        return Parcel(path.name, parts, folder=True)
    files = {name: (path.parent / name).read_bytes() for name in (path.name, *beside)}
    return Parcel(path.name, files, folder=False)


def unpack(parcel: Parcel, folder: Path) -> Path:
    """Write a parcel below a folder; returns the path of the file or folder that was packed.

    Raises:
        OSError: it cannot be written.
    """
    place = folder / parcel.name if parcel.folder else folder
    place.mkdir(parents=True, exist_ok=True)
    for name, content in parcel.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return folder / parcel.name


@dataclass(frozen=True, slots=True)
class Listing:
    """The pairs of a data set, and how large each of their images is."""

    pairs: tuple[ImagePair, ...]
    sizes: tuple[tuple[int, int], ...]
    sample: ImagePair | None
    """The first pair that can be read."""

    @classmethod
    def of(cls, pairs: Sequence[ImagePair]) -> Listing:
        """The listing as seen by this machine; a missing or damaged image fails later, alone."""
        sample = next(filter(_reads, pairs), None)
        return cls(tuple(pairs), tuple(_sizes(pair) for pair in pairs), sample)


def _sees_pairs(listing: Listing) -> bool:
    """Every size is compared, and one pair is read."""
    if listing.sample is not None and not _reads(listing.sample):
        return False
    return all(_sizes(pair) == sizes for pair, sizes in zip(listing.pairs, listing.sizes, strict=True))


def _reads(pair: ImagePair) -> bool:
    try:
        pair.degraded.read()
        pair.target.read()
    except (RestorebenchError, OSError):
        return False
    return True


def _sizes(pair: ImagePair) -> tuple[int, int]:
    return _size(pair.degraded), _size(pair.target)


def _size(source: ImageSource) -> int:
    try:
        return source.size_bytes
    except (RestorebenchError, OSError):
        return GONE


@dataclass(frozen=True, slots=True)
class Survey:
    """Files and images of a run, as the driver sees them."""

    claims: tuple[Claim, ...]
    listings: Mapping[str, Listing]
    """By data set."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The part of a survey that a worker sees."""

    claims: frozenset[Claim]
    listings: frozenset[str]


def look(survey: Survey) -> Seen:
    """Find the files and images of a survey that this machine has under the same paths."""
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
    if not is_dataclass(source):
        return source
    values = ((field.name, getattr(source, field.name)) for field in fields(source) if field.init)
    return replace(source, **{name: value.absolute() for name, value in values if isinstance(value, Path)})


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
