"""A user's own images that have no targets, such as pictures of a phone."""

from __future__ import annotations

from pathlib import Path

from ..bench.contracts import DatasetCard, ImagePair, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import DatasetError, PairingError
from ..bench.files.images import FileImage
from .layouts.layout import image_files
from .layouts.paired_list import open_pairs

__all__ = ["unpaired"]

CARD = DatasetCard(
    name="unpaired",
    title="images without targets",
    task="restoration",
    expected_pairs=None,
    default_protocol="no-target@1",
    layouts=("NAME.png", "FOLDER/NAME.png"),
    licence="yours",
    homepage="",
    how_to_get="Put the images in one folder, and measure them by metrics that need no target: --metric niqe.",
    notes=("PSNR, SSIM and LPIPS are refused, because there is nothing to compare with.",),
    has_targets=False,
)


@register_dataset(CARD)
def unpaired(root: Path | None) -> PairedDataset:
    """Open a folder of images without targets; keys are their paths without suffix.

    Args:
        root: the folder; images in its subfolders count too.

    Raises:
        DatasetError: there is no such folder, or no image in it.
        PairingError: two images differ only in their suffix.
    """
    if root is None or not root.is_dir():
        raise DatasetError(f"There is no folder {root}: give that of the images, as in -d unpaired=/data/photos.")
    folders = [root, *(folder for folder in sorted(root.rglob("*")) if folder.is_dir() and not _hidden(folder, root))]
    images: dict[str, FileImage] = {}
    for path in (path for folder in folders for path in image_files(folder)):
        key = path.relative_to(root).with_suffix("").as_posix()
        if key in images:
            raise PairingError(f"{images[key].name} and {path} have the same key {key}: remove one of them.")
        images[key] = FileImage(path)
    if not images:
        raise DatasetError(f"There are no images in {root}.")
    pairs = (ImagePair(key, image, image) for key, image in images.items())
    return open_pairs(CARD, pairs, layout="NAME.png", root=str(root))


def _hidden(folder: Path, root: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in folder.relative_to(root).parts)
