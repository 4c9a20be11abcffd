"""Downloading a data set from its authors, resumed where it broke off, and unpacked if asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from ...bench.contracts import DatasetCard
from ...bench.errors import CheckpointError, DatasetError
from ...bench.files.archives import is_archive, within_archive
from ...bench.models.downloads import DownloadProgress, download
from .addresses import ADDRESSES, Download

__all__ = ["fetch_dataset", "unpack"]

MOST_BYTES = 64 << 30
GIGA = 1e9


def fetch_dataset(
    card: DatasetCard,
    folder: Path,
    *,
    progress: Callable[[str], DownloadProgress] | None = None,
    note: Callable[[str], None] | None = None,
) -> Path:
    """Download a data set into a folder; files that are there already are kept.

    Args:
        card: of the data set.
        folder: is created.
        progress: called with a file's name before it is downloaded, for a function that is called after each piece.
        note: called with a sentence if another address is tried, or a file could not be verified.

    Returns:
        What to give to `-d`: an archive, or the folder.

    Raises:
        DatasetError: it cannot be fetched by a program, there is no room, or every address failed. What was received is
            kept for the next attempt where the server says which file it is.
    """
    known = ADDRESSES.get(card.name)
    if known is None:
        if card.demonstration or not card.homepage:
            raise DatasetError(f"There is nothing to download for {card.name}: {card.how_to_get}")
        how = card.how_to_get.rstrip(".")
        raise DatasetError(
            f"{card.title} is not fetched by a program, because its licence does not say that it may be, or a login or "
            f"a form stands before it; {how[:1].lower()}{how[1:]} ({card.homepage})."
        )
    _check_room(known, folder, card.title)
    tell = note or _quiet
    digests = known.sha256 or ("",) * len(known.files)
    for name, sha256 in zip(known.files, digests, strict=True):
        if not (folder / name).exists():
            _fetch_file(known, folder / name, sha256, progress(name) if progress else None, tell)
            if not sha256:
                tell(f"The authors publish no sha256 of {name}: `restorebench datasets verify` checks every image.")
    return folder / known.root


def unpack(archive: Path) -> Path:
    """Unpack an archive into a folder of its name beside it; files that are there with the right size are kept.

    Raises:
        DatasetError: the archive is damaged, or has names that lead out of it.
        OSError: the disk is full, or the folder cannot be written.
    """
    if not is_archive(archive):
        return archive
    inside = within_archive(archive)
    folder = archive.with_name(archive.name.partition(".")[0])
    for path in inside.rglob("*"):
        target = folder / path.relative_to(inside)
        if path.is_file() and not (target.is_file() and target.stat().st_size == path.stat().st_size):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder


def _fetch_file(
    known: Download, place: Path, sha256: str, progress: DownloadProgress | None, note: Callable[[str], None]
) -> None:
    failures: list[CheckpointError] = []
    for address in known.addresses:
        if failures:
            note(str(failures[-1]))
        try:
            download(f"{address}{place.name}", place, sha256, progress=progress, most=MOST_BYTES, resume_by_tag=True)
        except CheckpointError as failure:
            failures.append(failure)
        else:
            return
    raise DatasetError(f"{failures[-1]} Put what you download yourself at {place}.") from failures[-1]


def _check_room(known: Download, folder: Path, title: str) -> None:
    present = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    free = shutil.disk_usage(present).free / GIGA
    if free < known.gigabytes and not all((folder / name).exists() for name in known.files):
        raise DatasetError(
            f"{title} takes about {known.gigabytes:g} GB, and {present} has {free:.1f} GB free: choose another --out."
        )


def _quiet(_: str) -> None:
    """Say nothing."""
