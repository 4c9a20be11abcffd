"""Which file of a folder of restored images belongs to which pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..contracts import ImagePair, PairedDataset
from ..errors import DatasetError, PairingError
from ..files.images import IMAGE_SUFFIXES
from ..terminal.wording import counted

__all__ = ["Match", "match_restored"]

SHOWN = 5
"""Names shown of each list in a message."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which files belong to which pairs, and what was left over."""

    files: dict[str, Path]
    """By key."""

    left_over: str = ""
    """What did not match, as a person would say it; `""` if everything did."""


def match_restored(folder: Path, dataset: PairedDataset, *, partial: bool = False) -> Match:
    """Map keys to files, by name and never by position.

    A file belongs to a pair if its path below `folder`, without extension, is the pair's key, the key
    with `/` written as `-` or `_`, or the name of the pair's degraded or target file.

    Raises:
        DatasetError: there is no such folder, or no image in it.
        PairingError: pairs without a file, files without a pair, or two files for one pair.
    """
    if not folder.is_dir():
        raise DatasetError(f"There is no folder {folder}: give the folder that holds the restored images.")
    files = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    )
    if not files:
        raise DatasetError(f"There is no image in {folder}: it should hold one restored image per pair.")
    by_name = _names(dataset)
    matched: dict[str, Path] = {}
    strangers: list[Path] = []
    for path in files:
        key = by_name.get(path.relative_to(folder).with_suffix("").as_posix())
        if key is None:
            strangers.append(path)
        elif key in matched:
            raise PairingError(f"{matched[key]} and {path} are both the image {key}: keep one of them.")
        else:
            matched[key] = path
    missing = [pair.key for pair in dataset if pair.key not in matched]
    left_over = _left_over(dataset, missing, [path.relative_to(folder).as_posix() for path in strangers])
    if not matched or (left_over and not partial):
        example = next(iter(dataset)).key
        raise PairingError(
            f"{folder} has {left_over}: name the images by key, as in {example}.png, or score only what matches with "
            "--partial."
        )
    return Match(matched, left_over and f"{folder} has {left_over}.")


def _names(dataset: PairedDataset) -> dict[str, str]:
    """Every name that a pair's file may have, dropping those that would fit two pairs."""
    found: dict[str, str | None] = {}
    for pair in dataset:
        for name in _candidates(pair):
            found[name] = pair.key if found.get(name, pair.key) == pair.key else None
    return {name: key for name, key in found.items() if key is not None}


def _candidates(pair: ImagePair) -> set[str]:
    sources = {PurePosixPath(source.name.replace("\\", "/")).stem for source in (pair.degraded, pair.target)}
    return {pair.key, pair.key.replace("/", "-"), pair.key.replace("/", "_"), *sources}


def _left_over(dataset: PairedDataset, missing: list[str], strangers: list[str]) -> str:
    parts: list[str] = []
    if missing:
        parts.append(f"no image for {len(missing)} of {len(dataset)} pairs ({_some(missing)})")
    if strangers:
        parts.append(f"no pair for {counted(len(strangers), 'image')} ({_some(strangers)})")
    return " and ".join(parts)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:SHOWN]) + (", ..." if len(listed) > SHOWN else "")
