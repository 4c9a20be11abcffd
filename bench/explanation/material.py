"""The images that an explanation measures: those that a run kept, or a folder of restored ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contracts import ImageSource, PairedDataset
from ..errors import DatasetError, RunFolderError, UnknownNameError, few
from ..evaluation.restored_folder import match_restored
from ..files.images import FileImage
from ..runs.pictures import existing_picture
from ..runs.run import IMAGES_FOLDER, RUN_FILE, Run, read_info

__all__ = ["Material", "as_kept", "folder_material", "kept_images", "recorded_values", "run_material"]

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Material:
    """Restored images with their targets."""

    title: str
    """In progress lines."""

    keys: tuple[str, ...]
    """In the order of the data set; only images that can be measured."""

    restored: Mapping[str, ImageSource]
    target: Mapping[str, ImageSource]
    groups: Mapping[str, str]
    failed: int = 0
    """Images that could not be restored."""

    digests: Mapping[str, str] = field(default_factory=dict[str, str])
    """Key to 16 digits of the SHA-256 of the restored image, as the run recorded it."""

    pixels: int | None = None
    """Of all images together, where the run recorded their sizes."""


def folder_material(folder: Path, dataset: PairedDataset, *, partial: bool = False) -> tuple[Material, str]:
    """The images of a folder, and a sentence about those that match nothing; `""` if all do.

    Raises:
        DatasetError: the folder does not exist, or contains no image.
        PairingError: images are missing or have no pair, and `partial` is not given.
    """
    match = match_restored(folder.absolute(), dataset, partial=partial)
    pairs = {pair.key: pair for pair in dataset if pair.key in match.files}
    material = Material(
        title=f"{folder.name} on {dataset.card.title}",
        keys=tuple(pairs),
        restored={key: FileImage(match.files[key]) for key in pairs},
        target={key: pair.target for key, pair in pairs.items()},
        groups={key: pair.group for key, pair in pairs.items()},
    )
    return material, match.left_over


def kept_images(run: Run) -> bool:
    """Whether a run kept every image that it restored, and their targets."""
    good = [record.key for record in run.records if record.status == "ok"]
    return bool(good) and all(
        existing_picture(run.restored_folder, key) and existing_picture(_targets(run), key) for key in good
    )


def run_material(run: Run, dataset: PairedDataset | None = None) -> Material:
    """The images that a run kept.

    Args:
        run: with `--save-images all`.
        dataset: has the targets; those that the run kept are taken without it.

    Raises:
        RunFolderError: restored images or targets were not kept.
        DatasetError: an image of the run is not in the data set.
    """
    good = [record for record in run.records if record.status == "ok"]
    restored = {record.key: existing_picture(run.restored_folder, record.key) for record in good}
    if missing := [key for key, path in restored.items() if path is None]:
        raise RunFolderError(
            f"{run.path} kept {len(good) - len(missing)} of {len(good)} restored images ({few(missing)} are missing): "
            "run again with --save-images all and another --out, or give a folder of all restored images."
        )
    return Material(
        title=f"{run.model} on {run.info.dataset.title}",
        keys=tuple(restored),
        restored={key: FileImage(path) for key, path in restored.items() if path is not None},
        target={key: _target(run, key, dataset) for key in restored},
        groups={record.key: record.group for record in good},
        failed=sum(record.status == "failed" for record in run.records),
        digests={record.key: record.restored for record in good},
        pixels=sum(record.size[0] * record.size[1] for record in good if record.size),
    )


def as_kept(run: Run) -> Run:
    """The run read by the first protocol of its folder, in whose rounding the images are kept.

    A run out of an archive, which keeps none, stays as it is.
    """
    in_folder = run.others and (run.path / RUN_FILE).is_file()
    return run.by(read_info(run.path).protocols[0]) if in_folder else run


def recorded_values(run: Run) -> dict[str, dict[str, Array]]:
    """Protocol to metric to what the folder's records hold of every restored image.

    Metrics that lack an image are left out, as are protocols that measured other images than the run's own.
    """
    keys = [record.key for record in run.records if record.status == "ok"]
    found: dict[str, dict[str, Array]] = {}
    for each in (run, *run.others):
        good = [record for record in each.records if record.status == "ok"]
        if not good or [record.key for record in good] != keys:
            continue
        for metric in good[0].metrics:
            known = [value for record in good if (value := record.metrics.get(metric)) is not None]
            if len(known) == len(good):
                found.setdefault(each.protocol, {})[metric] = np.array(known, np.float64)
    return found


def _targets(run: Run) -> Path:
    return run.path.parent / IMAGES_FOLDER / "target"


def _target(run: Run, key: str, dataset: PairedDataset | None) -> ImageSource:
    if dataset is not None:
        try:
            return dataset[key].target
        except (KeyError, UnknownNameError) as error:
            raise DatasetError(
                f"{dataset.card.title} in {dataset.report.root} has no image {key}, which {run.path} restored: give "
                "the copy that the run used."
            ) from error
    path = existing_picture(_targets(run), key)
    if path is None:
        raise RunFolderError(
            f"{run.path} has no target of {key} beside it: name the data set, as in -d {run.dataset}=ROOT."
        )
    return FileImage(path)
