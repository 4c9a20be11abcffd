"""The image that a strip shows: one of which every model kept its picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...bench.contracts import UInt8Image
from ...bench.errors import UsageError, did_you_mean
from ...bench.files.images import decode_image
from ...bench.metrics.metric import MetricFacts
from ...bench.runs.pictures import existing_picture
from ...bench.runs.run import IMAGES_FOLDER, Run

__all__ = ["IDENTITY", "StripImage", "open_image"]

IDENTITY = "identity"
"""Name of the model that returns its input, which a strip shows anyway."""

SHOWN = 3
"""Number of keys that a message names."""


@dataclass(frozen=True, slots=True)
class StripImage:
    """One image with the pictures of all models, all of one size."""

    key: str
    degraded: UInt8Image
    target: UInt8Image
    restored: Mapping[str, UInt8Image]
    """By title of the model."""


def open_image(runs: Mapping[str, Run], metric: MetricFacts, asked: str) -> StripImage:
    """Read the pictures of an image that all models have; by default the one on which their scores differ most.

    Args:
        runs: by title of the model.
        metric: of the scores.
        asked: key of the image; `""` for the default.

    Raises:
        UsageError: no picture was kept, or a model lacks the one that was asked for, or there is none that all have.
        ImageError: a picture is damaged.
    """
    kept = {title: _kept(run) for title, run in runs.items()}
    known = set[str]().union(*kept.values())
    if not known:
        raise UsageError("These runs kept no pictures: run them again with --save-images worst.")
    if asked and asked not in known:
        raise UsageError(f"No picture of {asked!r} was kept{did_you_mean(asked, known)}")
    shared = known.intersection(*kept.values())
    key = asked or (_most_disputed(shared, runs, metric) if shared else _most_kept(kept))
    lacking = [title for title, keys in kept.items() if key not in keys]
    if lacking:
        raise UsageError(_advice(key, lacking, sorted(shared)))
    return _opened(key, runs)


def _kept(run: Run) -> set[str]:
    """Keys of which the run has its own picture, and beside it the degraded image and the target."""
    images = run.path.parent / IMAGES_FOLDER
    folders = run.restored_folder, images / "degraded", images / "target"
    return {record.key for record in run.records if all(existing_picture(folder, record.key) for folder in folders)}


def _most_disputed(keys: set[str], runs: Mapping[str, Run], metric: MetricFacts) -> str:
    """The image whose scores are furthest apart; of a single model, its worst."""
    scores = [{record.key: record.metrics.get(metric.name) for record in run.records} for run in runs.values()]

    def rank(key: str) -> tuple[float, str]:
        values = [value for score in scores if (value := score.get(key)) is not None and math.isfinite(value)]
        if len(scores) == 1:
            return (-metric.better(values[0]) if values else math.inf), key
        return (min(values) - max(values) if values else 0.0), key

    return min(keys, key=rank)


def _most_kept(kept: Mapping[str, set[str]]) -> str:
    keys = [key for each in kept.values() for key in sorted(each)]
    return max(keys, key=keys.count)


def _advice(key: str, lacking: Sequence[str], shared: Sequence[str]) -> str:
    names = " and ".join((", ".join(lacking[:-1]), lacking[-1])) if len(lacking) > 1 else lacking[0]
    kept = f"{names} kept no picture of {key!r}"
    if shared:
        some = ", ".join(shared[:SHOWN]) + (", ..." if len(shared) > SHOWN else "")
        return f"{kept}: choose an image that all models have ({some}), or run again with --save-images all."
    return (
        f"{kept}, and there is no image of which all models did: run again with --save-images all, or give only "
        "the folders of models to show."
    )


def _opened(key: str, runs: Mapping[str, Run]) -> StripImage:
    images = next(iter(runs.values())).path.parent / IMAGES_FOLDER
    degraded, target = (_read(images / role, key) for role in ("degraded", "target"))
    restored = {title: _read(run.restored_folder, key) for title, run in runs.items()}
    for title, picture in {"the degraded image": degraded, **restored}.items():
        if picture.shape != target.shape:
            (height, width), (tall, wide) = picture.shape[:2], target.shape[:2]
            raise UsageError(
                f"The picture of {key!r} by {title} has {width}x{height} pixels and its target {wide}x{tall}: "
                "choose another image with --key."
            )
    return StripImage(key, degraded, target, restored)


def _read(folder: Path, key: str) -> UInt8Image:
    path = existing_picture(folder, key)
    if path is None:  # removed since it was found
        raise UsageError(f"There is no picture of {key!r} in {folder}: run again with --save-images all.")
    return decode_image(path, str(path))
