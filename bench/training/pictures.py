"""Pictures of a training: images of the validation set as they are restored better and better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from ..contracts import PairedDataset, UInt8Image
from ..files.images import save_png
from ..files.key_paths import key_path, path_key
from ..files.natural_order import natural_order

__all__ = ["PICTURES", "ValidationPictures"]

PICTURES = 3
"""Images of the validation set that are kept, from the first on."""


@dataclass(frozen=True, slots=True)
class ValidationPictures:
    """The folder `validation` of a training, with a folder for each image.

    Each holds `degraded.png`, `target.png` and, for every validation, `restored-ITERATION.png`.
    """

    folder: Path

    def begin(self, dataset: PairedDataset, *, until: int) -> None:
        """Write degraded and target images, and remove what belongs to iterations after `until`, which a kill undid."""
        for pair in islice(dataset, PICTURES):
            save_png(self.degraded(pair.key), pair.degraded.read())
            save_png(self.target(pair.key), pair.target.read())
            for iteration, path in self.restored(pair.key).items():
                if iteration > until:
                    path.unlink()

    def add(self, iteration: int, restored: Mapping[str, UInt8Image]) -> None:
        """Write the restored images of a validation, by key."""
        for key, image in restored.items():
            save_png(self._place(key) / f"restored-{iteration:08d}.png", image)

    def keys(self) -> list[str]:
        """Keys of the images that are there, in natural order."""
        folders = (path.parent.relative_to(self.folder) for path in self.folder.rglob("target.png"))
        keys = (path_key(PurePosixPath(folder.as_posix())) for folder in folders)
        return sorted((key for key in keys if key is not None), key=natural_order)

    def degraded(self, key: str) -> Path:
        """Degraded image of a key."""
        return self._place(key) / "degraded.png"

    def target(self, key: str) -> Path:
        """Target of a key."""
        return self._place(key) / "target.png"

    def restored(self, key: str) -> dict[int, Path]:
        """Restored images of a key, by iteration in increasing order."""
        found = sorted(self._place(key).glob("restored-*.png"))
        return {int(path.stem.partition("-")[2]): path for path in found}

    def _place(self, key: str) -> Path:
        return key_path(self.folder, key, "")
