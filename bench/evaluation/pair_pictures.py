"""Pictures of degraded images and targets beside the runs of their data set, for reports to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..contracts import ImagePair, ImageSource
from ..files.images import save_source
from ..runs.pictures import existing_picture, picture_path
from .pipeline import default_workers

__all__ = ["save_pair_pictures"]


def save_pair_pictures(folder: Path, pairs: Mapping[str, ImagePair], keys: Sequence[str]) -> None:
    """Write the degraded images of some pairs, and their targets if any, unless they are there.

    Args:
        folder: gets a folder for each kind of image.
        pairs: by key.
        keys: of those to write.

    Raises:
        ImageError: an image cannot be read.
        OSError: a picture cannot be written.
    """
    with ThreadPoolExecutor(default_workers()) as pool:
        try:
            for saved in [pool.submit(save_source, path, source) for path, source in _missing(folder, pairs, keys)]:
                saved.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _missing(folder: Path, pairs: Mapping[str, ImagePair], keys: Sequence[str]) -> Iterator[tuple[Path, ImageSource]]:
    """What is not there yet, and where it belongs."""
    for key in keys:
        pair = pairs[key]
        kinds = {"degraded": pair.degraded} | ({} if pair.target is pair.degraded else {"target": pair.target})
        for kind, source in kinds.items():
            if existing_picture(folder / kind, key) is None:
                yield picture_path(folder / kind, key), source
