"""Matching of restored image files to the pairs of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..contracts import ImagePair, PairedDataset
from ..errors import DatasetError, PairingError, visible
from ..files.images import IMAGE_SUFFIXES
from ..files.key_paths import key_path
from ..terminal.paths import shown_path
from ..terminal.wording import counted

__all__ = ["Match", "match_restored"]

SHOWN = 5
"""Number of names shown per list in a message."""


@dataclass(frozen=True, slots=True)
class Match:
    """Files matched to pairs, and a description of the rest."""

    files: dict[str, Path]
    """Key of a pair to its file."""

    left_over: str = ""
    """Sentence about unmatched files and pairs; `""` if everything matched."""


def match_restored(folder: Path, dataset: PairedDataset, *, partial: bool = False) -> Match:
    """Map keys to files, by name and never by position.

    A file belongs to a pair if its path below `folder`, without extension, is where a run keeps the pair's restored
    image, or the pair's key; or else, if no other pair fits, the key with `/` written as `-` or `_`, or the name of the
    pair's degraded or target file.

    Raises:
        DatasetError: the folder does not exist, or contains no image.
        PairingError: pairs without a file, files without a pair, or two files for one pair.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {shown_path(folder)}: give the folder containing the restored images.")
    files = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    )
    if not files:
        raise DatasetError(
            f"There are no images in {shown_path(folder)}: it should contain one restored image per pair."
        )
    by_name = _names(dataset)
    matched: dict[str, Path] = {}
    unmatched: list[Path] = []
    for path in files:
        key = by_name.get(path.relative_to(folder).with_suffix("").as_posix())
        if key is None:
            unmatched.append(path)
        elif key in matched:
            raise PairingError(
                f"{shown_path(matched[key])} and {shown_path(path)} both match the pair {key}: keep one of them."
            )
        else:
            matched[key] = path
    missing = [pair.key for pair in dataset if pair.key not in matched]
    left_over = _left_over(dataset, missing, [path.relative_to(folder).as_posix() for path in unmatched])
    if not matched or (left_over and not partial):
        example = next(iter(dataset)).key
        raise PairingError(
            f"{shown_path(folder)}: {left_over}; name the images by key, as in {example}.png, or score only the "
            "matching ones with --partial."
        )
    return Match(matched, left_over and f"{shown_path(folder)}: {left_over}.")


def _names(dataset: PairedDataset) -> dict[str, str]:
    """Map every possible file name to its key, without names that fit two pairs equally well."""
    loose: dict[str, str | None] = {}
    for pair in dataset:
        for name in _loose_names(pair):
            loose[name] = pair.key if loose.get(name, pair.key) == pair.key else None
    found = {name: key for name, key in loose.items() if key is not None}
    found |= {pair.key: pair.key for pair in dataset}
    return found | {
        key_path(Path(), pair.key, "").as_posix(): pair.key for pair in dataset
    }  # as runs keep their images


def _loose_names(pair: ImagePair) -> set[str]:
    sources = {PurePosixPath(source.name.replace("\\", "/")).stem for source in (pair.degraded, pair.target)}
    return {pair.key.replace("/", "-"), pair.key.replace("/", "_"), *sources}


def _left_over(dataset: PairedDataset, missing: list[str], unmatched: list[str]) -> str:
    parts: list[str] = []
    if missing:
        have = "has" if len(missing) == 1 else "have"
        parts.append(f"{len(missing)} of {len(dataset)} pairs {have} no image ({_some(missing)})")
    if unmatched:
        match = "matches" if len(unmatched) == 1 else "match"
        parts.append(f"{counted(len(unmatched), 'image')} {match} no pair ({_some(unmatched)})")
    return " and ".join(parts)


def _some(names: list[str]) -> str:
    return ", ".join(map(visible, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
