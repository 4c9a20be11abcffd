"""Evaluate a model, or a folder of restored images, on a data set: the two ways to a run folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import InferenceSettings, JsonValue, ModelCard, PairedDataset, QuantiserName
from ..errors import UsageError
from ..metrics.metric import Metric
from ..metrics.registry import choose_metrics
from ..protocols.joint import AppliedProtocol
from ..protocols.protocol import Protocol
from ..registry.specs import parse_spec, with_path
from ..runs.plan import Plan
from ..runs.run import Run, WeightsFacts
from .cell import Cell, Control
from .in_process import run_cell
from .missing_pictures import describe_refusals, lacking_of, restore_pictures
from .model_cell import metric_settings, model_cell, protocols_for
from .restored_folder import match_restored
from .sources import FolderSource, Loaded, ModelSource, Source

if TYPE_CHECKING:
    from torch import nn

    from ..models.inference import Restorer

__all__ = ["evaluate", "score_images"]


def evaluate(
    model: str | Restorer | nn.Module | Callable[..., object],
    dataset: PairedDataset,
    protocol: str | Protocol | None = None,
    *,
    protocols: Sequence[str | Protocol] = (),
    out: str | Path,
    weights: str | Path | None = None,
    settings: InferenceSettings | None = None,
    quantiser: QuantiserName | None = None,
    metrics: Sequence[str | Metric] = (),
    control: Control | None = None,
    dataset_name: str | None = None,
) -> Run:
    """Restore every image of a data set, score it by its protocols, and record it. Call again to resume.

    A protocol may join a finished run: name those of the run and the new one. Images are measured as they were kept
    where that is enough, see `Control.save_images`, and restored again where it is not.

    Args:
        model: a name (see `load_model`), a `Restorer`, a torch module, or a function of (N, 3, H, W) float32 RGB in
            [0, 1] or of one image (H, W, 3) uint8 RGB. A function says by an annotation which it takes, or is tried
            on a small image; see `on_tensors` and `on_arrays`.
        dataset: from `open_dataset`.
        protocol: a name or a protocol; by default the one that papers use on this data set.
        protocols: several, in place of one: every image is restored once and scored by each.
        out: the run folder is `out/<dataset>/<model>`.
        weights: a checkpoint, for a model given by name.
        settings: device, precision, tiles, seed; ignored for a `Restorer`, which has its own.
        quantiser: the 8-bit rounding; by default the model's official one, or else the protocol's.
        metrics: measured besides those of the protocol: a `Metric`, a registered name, or `./mine.py:MAE`.
        control: limit, pictures to keep, threads, progress.
        dataset_name: the data set's name with its options, if it has any.

    Returns:
        The run by the first protocol; `Run.by` reads it by the others.

    Raises:
        UsageError: the model is none of these, or both `protocol` and `protocols` were given.
        RestorebenchError: see its tree; a single image that fails is recorded, not raised.
    """
    from ..models.inference import Restorer
    from ..models.loading import as_restorer, loaded_restorer, open_model

    place = Path(out).absolute()  # a model may change the working directory
    if not isinstance(model, str):
        if weights is not None:
            raise UsageError("Weights go with a model that is given by name: load them into the network yourself.")
        restorer = model if isinstance(model, Restorer) else as_restorer(model, settings)
        loaded = loaded_restorer(restorer)
        options = restorer.card.settings  # its name does not tell them
    else:
        options = None
        loaded = open_model(with_path(parse_spec(model), weights))
        restorer = Restorer(loaded.network, loaded.card, settings)
    name = dataset_name or dataset.card.name
    settings = replace(restorer.settings, device=str(restorer.device))
    cell = model_cell(
        loaded,
        settings,
        dataset,
        _asked(protocol, protocols),
        quantiser=quantiser,
        dataset_name=name,
        model_options=options,
        metrics=tuple(choose_metrics(metrics).values()),
    )
    return _run(cell, ModelSource(restorer), place, control or Control())


def score_images(
    folder: str | Path,
    dataset: PairedDataset,
    protocol: str | Protocol | None = None,
    *,
    name: str,
    out: str | Path,
    protocols: Sequence[str | Protocol] = (),
    partial: bool = False,
    metrics: Sequence[str | Metric] = (),
    control: Control | None = None,
    dataset_name: str | None = None,
) -> Run:
    """Score a folder of images that any method restored, by the same pairing and protocols.

    Args:
        folder: images named like the data set's keys, or like its degraded or target files.
        dataset: from `open_dataset`.
        protocol: a name or a protocol; by default the one that papers use on this data set.
        name: how tables call the method.
        out: the run folder is `out/<dataset>/<name>`.
        protocols: several, in place of one, as in `evaluate`.
        partial: score the images that are there, when some are missing or have no pair.
        metrics: measured besides those of the protocol, as in `evaluate`.
        control: pictures to keep, threads, progress.
        dataset_name: the data set's name with its options, if it has any.

    Returns:
        The run by the first protocol; `Run.by` reads it by the others.

    Raises:
        PairingError: images are missing or have no pair; the message lists both.
        UsageError: both `protocol` and `protocols` were given.
    """
    chosen = protocols_for(_asked(protocol, protocols), dataset, tuple(choose_metrics(metrics).values()))
    applied = tuple(AppliedProtocol(each, each.quantiser) for each in chosen)
    control = control or Control()
    match = match_restored(Path(folder).absolute(), dataset, partial=partial)
    if match.left_over:
        control.progress.note(match.left_over)
    files = match.files
    listing = dataset.report.listing_sha256
    images: dict[str, JsonValue] = {"images_sha256": _listing(files), **metric_settings(chosen)}
    cell = Cell(
        plan=Plan(name, "", dataset_name or dataset.card.name, listing, applied[0].id, applied[0].quantiser, images),
        dataset=dataset,
        card=ModelCard(name, name, "restoration", needs_weights=False, variant="images restored elsewhere"),
        weights=WeightsFacts(),
        protocols=applied,
        device=None,
        keys=frozenset(files),
    )
    return _run(cell, FolderSource(files), Path(out).absolute(), control)


def _run(cell: Cell, source: Source[Loaded], out: Path, control: Control) -> Run:
    """Do what is left of a cell, and keep its pictures of the images chosen with the models that are there already."""
    runs = run_cell(cell, source, out, control)
    for keys in lacking_of(runs, control).values():
        refused = restore_pictures(runs[0], keys, cell.dataset, source, control.progress)
        for sentence in describe_refusals(runs[0], refused):
            control.progress.note(sentence)
    return runs[0]


def _asked(protocol: str | Protocol | None, protocols: Sequence[str | Protocol]) -> Sequence[str | Protocol]:
    """One protocol, several, or none for the data set's own.

    Raises:
        UsageError: one and several.
    """
    if protocol is not None and protocols:
        raise UsageError("Both protocol and protocols were given: give one of them.")
    if isinstance(protocols, str):  # a sequence of letters otherwise
        return (protocols,)
    return protocols if protocol is None else (protocol,)


def _listing(files: Mapping[str, Path]) -> str:
    """Over keys and file contents' sizes and times: a changed image is another plan."""
    lines = [f"{key} {(stat := path.stat()).st_size} {stat.st_mtime_ns}" for key, path in sorted(files.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
