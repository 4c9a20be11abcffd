"""Evaluate a model, or a folder of restored images, on a data set: the two ways to a run folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .cell import Cell, Control, run_cell
from .contracts import JsonValue, ModelCard, PairedDataset, QuantiserName
from .evaluation import folder_source, model_source
from .plan import InferenceSettings, Plan, plan_settings
from .protocols import Protocol, get_protocol
from .restored_folder import match_restored
from .runs import Run, WeightsFacts
from .specs import parse_spec, with_path

if TYPE_CHECKING:
    from .inference import Restorer
    from .models import LoadedModel

__all__ = ["evaluate", "model_cell", "score_images"]


def evaluate(
    model: str | Restorer,
    dataset: PairedDataset,
    protocol: str | Protocol | None = None,
    *,
    out: str | Path,
    weights: str | Path | None = None,
    settings: InferenceSettings | None = None,
    quantiser: QuantiserName | None = None,
    control: Control | None = None,
    dataset_name: str | None = None,
) -> Run:
    """Restore every image of a data set, score it by a protocol, and record it. Call again to resume.

    Args:
        model: a name (see `load_model`) or a `Restorer`.
        dataset: from `open_dataset`.
        protocol: a name or a protocol; by default the one that papers use on this data set.
        out: the run folder is `out/<dataset>/<model>`.
        weights: a checkpoint, for a model given by name.
        settings: device, precision, tiles, seed; ignored for a `Restorer`, which has its own.
        quantiser: the 8-bit rounding; by default the model's official one, or else the protocol's.
        control: limit, pictures to keep, threads, progress.
        dataset_name: the data set's name with its options, if it has any.

    Raises:
        RestorebenchError: see its tree; a single image that fails is recorded, not raised.
    """
    from .inference import Restorer
    from .models import loaded_restorer, open_model

    if isinstance(model, Restorer):
        loaded, restorer = loaded_restorer(model), model
        options = model.card.settings  # its name does not tell them
    else:
        options = None
        loaded = open_model(with_path(parse_spec(model), weights))
        restorer = Restorer(loaded.network, loaded.card, settings)
    name = dataset_name or dataset.card.name
    settings = replace(restorer.settings, device=str(restorer.device))
    cell = model_cell(
        loaded, settings, dataset, protocol, quantiser=quantiser, dataset_name=name, model_options=options
    )
    return run_cell(cell, model_source(restorer), Path(out), control or Control())


def model_cell(
    loaded: LoadedModel,
    inference: InferenceSettings,
    dataset: PairedDataset,
    protocol: str | Protocol | None,
    *,
    quantiser: QuantiserName | None,
    dataset_name: str,
    model_options: Mapping[str, JsonValue] | None = None,
) -> Cell:
    """The cell of a loaded model on a data set; `model_options` are those that its name does not tell."""
    chosen = _protocol(protocol, dataset)
    settings = plan_settings(inference, stochastic=loaded.card.stochastic)
    if loaded.code_sha256:
        settings["code_sha256"] = loaded.code_sha256
    if model_options:
        settings["model_options"] = dict(model_options)
    rounding = _quantiser(chosen, loaded.card, quantiser)
    listing = dataset.report.listing_sha256
    return Cell(
        plan=Plan(loaded.name, loaded.weights_sha256, dataset_name, listing, chosen.id, rounding, settings),
        dataset=dataset,
        card=loaded.card,
        weights=WeightsFacts("" if loaded.weights is None else str(loaded.weights), loaded.weights_sha256),
        protocol=chosen,
        quantiser=rounding,
        device=inference.device,
    )


def score_images(
    folder: str | Path,
    dataset: PairedDataset,
    protocol: str | Protocol | None = None,
    *,
    name: str,
    out: str | Path,
    partial: bool = False,
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
        partial: score the images that are there, when some are missing or have no pair.
        control: pictures to keep, threads, progress.
        dataset_name: the data set's name with its options, if it has any.

    Raises:
        PairingError: images are missing or have no pair; the message lists both.
    """
    chosen = _protocol(protocol, dataset)
    control = control or Control()
    match = match_restored(Path(folder), dataset, partial=partial)
    if match.left_over:
        control.progress.note(match.left_over)
    files = match.files
    listing = dataset.report.listing_sha256
    images: dict[str, JsonValue] = {"images_sha256": _listing(files)}
    cell = Cell(
        plan=Plan(name, "", dataset_name or dataset.card.name, listing, chosen.id, chosen.quantiser, images),
        dataset=dataset,
        card=ModelCard(name, name, "restoration", needs_weights=False, variant="images restored elsewhere"),
        weights=WeightsFacts(),
        protocol=chosen,
        quantiser=chosen.quantiser,
        device=None,
        keys=frozenset(files),
    )
    return run_cell(cell, folder_source(files), Path(out), control)


def _protocol(protocol: str | Protocol | None, dataset: PairedDataset) -> Protocol:
    if protocol is None:
        return get_protocol(dataset.card.default_protocol)
    return get_protocol(protocol) if isinstance(protocol, str) else protocol


def _quantiser(protocol: Protocol, card: ModelCard, asked: QuantiserName | None) -> QuantiserName:
    """A protocol that scores the float output quantises nothing; otherwise the model's official save decides."""
    if protocol.quantiser == "none":
        return "none"
    return asked or card.quantiser or protocol.quantiser


def _listing(files: Mapping[str, Path]) -> str:
    """Over keys and file contents' sizes and times: a changed image is another plan."""
    lines = [f"{key} {(stat := path.stat()).st_size} {stat.st_mtime_ns}" for key, path in sorted(files.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
