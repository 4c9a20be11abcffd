"""A user's own data set: two folders of images."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ..bench.contracts import DatasetCard, ImagePair, ImageSource, PairedDataset
from ..bench.datasets import register_dataset
from ..bench.errors import PairingError, UsageError
from ..bench.files.images import FileImage
from .layouts.layout import Contents, Found, Layout, image_files
from .layouts.paired_list import open_pairs
from .layouts.recognition import Recogniser

__all__ = ["paired"]

FOLDERS = (
    ("input", "target"),
    ("blur", "sharp"),
    ("blur", "gt"),
    ("blurry", "gt"),
    ("lq", "gt"),
    ("LQ", "HQ"),
    ("rain", "norain"),
    ("rainy", "clean"),
    ("degraded", "target"),
)
"""Common names of the two folders, in the order in which they are tried."""

CARD = DatasetCard(
    name="paired",
    title="paired folders",
    task="restoration",
    expected_pairs=None,
    default_protocol="rgb@1",
    layouts=tuple(f"{{{degraded},{target}}}/NAME.png" for degraded, target in FOLDERS),
    licence="yours",
    homepage="",
    how_to_get=(
        "Put degraded images and targets with equal names in two folders; for other names use "
        "paired[degraded=PATTERN,target=PATTERN], where each * matches a part of the key. "
        "paired[title=NAME] gives the data set a name."
    ),
)


@register_dataset(CARD)
def paired(
    root: Path | None, *, degraded: str | None = None, target: str | None = None, title: str | None = None
) -> PairedDataset:
    """Open two folders of images as pairs.

    Args:
        root: the folder containing both.
        degraded: a folder under `root`, whose images are paired by their relative path without suffix; or a file
            pattern such as `*/blur_*.png`, paired by the parts matched by `*`.
        target: the same for the targets. Without both, the usual names are tried (`CARD.layouts`).
        title: what tables, figures and reports call the data set; by default `paired folders`.

    Raises:
        UsageError: only one of the two options, or patterns with different numbers of `*`.
        DatasetError: the folders do not exist, or are empty.
        PairingError: images without a partner.
    """
    if (degraded is None) != (target is None):
        raise UsageError("Give both patterns or none: paired[degraded=PATTERN,target=PATTERN]=FOLDER.")
    if degraded is None or target is None:
        layouts = [_layout(*folders) for folders in FOLDERS]
    elif degraded.count("*") != target.count("*"):
        raise UsageError(f"The patterns {degraded} and {target} must have the same number of *, which form the key.")
    else:
        layouts = [_layout(degraded, target)]
    card = CARD if title is None else replace(CARD, title=title)
    found = Recogniser(card, layouts).find(root)
    return open_pairs(card, _pairs(found, explain=degraded is None), layout=found.layout.name, root=str(root))


def _pairs(found: Found, *, explain: bool) -> list[ImagePair]:
    """The pairs; an error also says how file names that differ are paired, if asked to explain."""
    try:
        return list(found.pairs())
    except PairingError as error:
        if not explain:
            raise
        sides = (found.layout.degraded.where, found.layout.target.where)
        example = f"paired[degraded={sides[0]}/*_in.png,target={sides[1]}/*_gt.png]"
        said = str(error).rstrip(".")
        raise PairingError(f"{said}; if only their names differ, give patterns, as in '{example}=FOLDER'.") from error


def _layout(degraded: str, target: str) -> Layout:
    return Layout(f"{degraded} with {target}", _Tree(degraded), _Tree(target))


@dataclass(frozen=True, slots=True)
class _Tree:
    """A `Side` with the images below a folder, or those matching a pattern."""

    where: str

    def read(self, base: Path) -> Contents | None:
        """List the images.

        Raises:
            PairingError: two images have the same key.
        """
        keyed = _matches(base, self.where) if "*" in self.where else _below(base / self.where)
        images: dict[str, ImageSource] = {}
        for key, path in keyed or ():
            if key in images:
                raise PairingError(f"{images[key].name} and {path} have the same key {key}: remove one of them.")
            images[key] = FileImage(path)
        return None if keyed is None else Contents(images)


def _below(folder: Path) -> list[tuple[str, Path]] | None:
    if not folder.is_dir():
        return None
    folders = [folder, *(child for child in folder.rglob("*") if child.is_dir() and not _is_junk(child, folder))]
    files = (path for place in folders for path in image_files(place))
    return [(path.relative_to(folder).with_suffix("").as_posix(), path) for path in files]


def _matches(base: Path, pattern: str) -> list[tuple[str, Path]]:
    expression = re.compile("([^/]*)".join(map(re.escape, pattern.split("*"))))
    folders = {path.parent for path in base.glob(pattern) if not _is_junk(path.parent, base)}
    files = (path for folder in folders for path in image_files(folder))
    found = ((expression.fullmatch(path.relative_to(base).as_posix()), path) for path in files)
    return [("/".join(match.groups()), path) for match, path in found if match is not None]


def _is_junk(folder: Path, base: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in folder.relative_to(base).parts)
