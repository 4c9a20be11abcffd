"""Velocities of trained physics layers against the motion that a data set knows of its images."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..contracts import PairedDataset
from ..files.atomic import write_atomic
from ..files.codec import decode, encode, parse_json
from ..files.fingerprints import file_sha256
from ..models.loading import load_model
from ..models.physics.layers import physics_layers
from ..models.physics.motion import ImageMotion, image_motions
from ..slices.slicing import slice_at
from ..statistics.correlation import correlate
from ..statistics.seeds import interval_over_seeds
from ..terminal.progress import Progress
from .results import MotionAgreement

__all__ = ["compare_motions", "find_motions"]

EXTENT_DIGITS = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file of one network's motions."""

    weights_sha256: str
    listing_sha256: str
    """Of the data set."""

    images: tuple[ImageMotion, ...]


def find_motions(
    model: str, weights: Path, dataset: PairedDataset, *, kept: Path, device: str, progress: Progress
) -> tuple[ImageMotion, ...]:
    """The motion that a network's physics layer finds in every image; empty if it has no such layer.

    Args:
        model: name with options.
        weights: of the training.
        dataset: knows the motion.
        kept: file that keeps the result, and has it if it was found before.
        device: cpu, cuda or cuda:N.
        progress: receives every image.

    Raises:
        DatasetError: the data set does not know the motion.
        RestorationError: see `observe`.
        OSError: `kept` cannot be written.
    """
    identity = file_sha256(weights), dataset.report.listing_sha256
    known = _read(kept)
    if known is not None and (known.weights_sha256, known.listing_sha256) == identity:
        return known.images
    restorer = load_model(model, weights, device=device)
    if not physics_layers(restorer.network):
        return ()
    found: list[ImageMotion] = []
    progress.start(f"motion in {dataset.card.title} by {model}", len(dataset), 0)
    try:
        for motion in image_motions(restorer, dataset):
            found.append(motion)
            progress.advance()
    finally:
        progress.finish()
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(kept, json.dumps(encode(_Kept(*identity, tuple(found)))) + "\n")
    return tuple(found)


def compare_motions(
    dataset: str, found: Mapping[str, Sequence[Sequence[ImageMotion]]], edges: Sequence[float]
) -> Iterator[MotionAgreement]:
    """How far velocities agree with the known motion, on all images and by extent.

    Args:
        dataset: name in the results.
        found: arm to what its trainings found, each with the same images; those without a physics layer are left out.
        edges: extents in pixels at which parts end; none for no parts.
    """
    for model, trainings in found.items():
        if not all(trainings):
            continue
        yield _agreement(dataset, model, trainings)
        extents: dict[str, float | str] = {image.key: image.extent for image in trainings[0]}
        for part in slice_at(extents, edges, digits=EXTENT_DIGITS) if edges else ():
            keys = set(part.keys)
            cut = [[image for image in images if image.key in keys] for images in trainings]
            yield _agreement(f"{dataset}, extent {part.label}", model, cut)


def _agreement(dataset: str, model: str, trainings: Sequence[Sequence[ImageMotion]]) -> MotionAgreement:
    first = trainings[0]
    groups = [image.group for image in first]
    cosines = np.array([[image.agreement for image in images] for images in trainings])
    distances = np.array([[image.distance for image in images] for images in trainings])
    extents = np.array([image.extent for image in first])
    coefficients, interval = correlate(extents, distances, groups)
    return MotionAgreement(
        dataset=dataset,
        model=model,
        images=len(first),
        distance=float(distances.mean()),
        cosine=float(cosines.mean()),
        cosine_interval=interval_over_seeds(cosines, groups, within=(-1.0, 1.0)),
        cosine_per_seed=tuple(map(float, cosines.mean(axis=1))),
        correlation=float(coefficients.mean()),
        correlation_interval=interval,
        correlation_per_seed=tuple(map(float, coefficients)),
    )


def _read(path: Path) -> _Kept | None:
    """What is kept; `None` if nothing is, or not whole."""
    try:
        return decode(_Kept, parse_json(path.read_bytes()))
    except (OSError, ValueError):
        return None
