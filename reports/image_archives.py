"""Restored images for submission: a zip file beside the archive of their run, from which anyone can score it again.

The images are those that were scored, pixel by pixel: their digests stand in the records, so that the archive needs no
manifest. Names are those of the run's folder of restored images; the files can be unpacked and scored by other means.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..bench.contracts import UInt8Image
from ..bench.errors import ImageError, RunFolderError, few
from ..bench.files.atomic import replacing
from ..bench.files.fingerprints import PAIR_DIGITS, pixel_sha256
from ..bench.files.images import decode_image, encode_png
from ..bench.files.key_paths import key_path
from ..bench.runs.pictures import existing_picture
from ..bench.runs.records import ScoreRecord
from ..bench.runs.run import RESTORED_FOLDER, Run
from ..bench.terminal.wording import counted

__all__ = ["image_limits", "image_name", "images_beside", "pack_images", "scored_digests"]

SUFFIX = ".images.zip"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""Constant timestamp, so that the same images give the same archive."""

CHANNELS = 3
SPARE = 1 << 20
"""Bytes that a PNG may have beside its pixels; uncompressed ones need a byte for each row."""


def images_beside(archive: Path) -> Path:
    """Path of the images of a run's archive: `run.images.zip` beside `run.zip`."""
    return archive.with_name(archive.name.removesuffix(".zip") + SUFFIX)


def image_name(key: str) -> str:
    """Name of an image in the archive."""
    return key_path(Path(RESTORED_FOLDER), key, ".png").as_posix()


def image_limits(records: Iterable[ScoreRecord]) -> dict[str, int]:
    """Name of each image that an archive has to hold, and the most bytes that its file may have."""
    limits: dict[str, int] = {}
    for record in records:
        height, width = record.size or (0, 0)
        limits[image_name(record.key)] = height * (width * CHANNELS + 1) + SPARE
    return limits


def scored_digests(run: Run) -> dict[str, frozenset[str]]:
    """By key, the digests of the restored image as the protocols of a folder scored it, which differ by rounding."""
    digests: dict[str, set[str]] = {}
    for each in (run, *run.others):
        for record in each.records:
            digests.setdefault(record.key, set()).add(record.restored)
    return {key: frozenset(known - {""}) for key, known in digests.items()}


def pack_images(run: Run, archive: Path) -> Path:
    """Write the restored images of a run, without loss, to a zip file.

    Args:
        run: whose images were kept by `--save-images all`.
        archive: to be written.

    Raises:
        RunFolderError: images were not kept, are not those that were scored, or have more than 4 GB.
        OSError: the archive cannot be written; an older one is unchanged.
    """
    paths = _kept(run)
    digests = scored_digests(run)
    archive.parent.mkdir(parents=True, exist_ok=True)
    try:
        with replacing(archive) as partial, zipfile.ZipFile(partial, "w", allowZip64=False) as stream:
            for key, path in paths.items():
                png = encode_png(_scored_image(run, path, digests[key]))
                stream.writestr(zipfile.ZipInfo(image_name(key), EPOCH), png, zipfile.ZIP_STORED)
    except zipfile.LargeZipFile as error:
        raise RunFolderError(
            f"The restored images of {run.path} have more than the 4 GB that an archive holds: submit without "
            f"--images, and publish {run.restored_folder} elsewhere."
        ) from error
    return archive


def _kept(run: Run) -> Mapping[str, Path]:
    found = {record.key: existing_picture(run.restored_folder, record.key) for record in run.records}
    missing = [key for key, path in found.items() if path is None]
    if missing:
        raise RunFolderError(
            f"{run.path} cannot be submitted with images: {len(missing)} of {counted(len(found), 'image')} were not "
            f"kept ({few(missing)}); run again into another folder with --save-images all."
        )
    return {key: path for key, path in found.items() if path is not None}


def _scored_image(run: Run, path: Path, digests: frozenset[str]) -> UInt8Image:
    """A kept image, if it is one that was scored.

    Raises:
        RunFolderError: it is damaged or another image, or the float output was scored.
    """
    try:
        image = decode_image(path, str(path))
    except ImageError as error:
        raise RunFolderError(f"{run.path} cannot be submitted with images: {error}") from error
    if pixel_sha256(image)[:PAIR_DIGITS] not in digests:
        floats = all(each.info.protocol.quantiser == "none" for each in (run, *run.others))
        why = "protocols of the float output were used, which no image holds" if floats else "it is not what was scored"
        raise RunFolderError(f"{run.path} cannot be submitted with images: {path} is of no use, because {why}.")
    return image
