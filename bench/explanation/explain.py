"""Explain a claimed number: of a run, of a folder of restored images, or from what a run folder keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import PairedDataset
from ..errors import UsageError
from ..runs.run import Run
from ..terminal.progress import Progress, Silent
from .averages import Images
from .claims import Claim, parse_claims
from .material import Material, folder_material, recorded_values, run_material
from .measurements import Measurements
from .measuring import measure, rulers_for, stored_measurements
from .protocol_ways import known_protocols, protocol_way
from .readings import recorded_views, views
from .search import Explanation, Searched, explain_claims

if TYPE_CHECKING:
    from .variants import Variant

__all__ = ["explain", "explain_stored", "searched_views"]


def explain(
    target: Run | str | Path,
    claimed: Sequence[str | Claim],
    dataset: PairedDataset | None = None,
    *,
    digits: str = "auto",
    aligned: bool | None = None,
    partial: bool = False,
    variants: Sequence[Variant] = (),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Find the ways of measuring restored images that give a claimed number.

    A run folder keeps what was measured, so that the next number is explained at once, by a report too.

    Args:
        target: a run whose restored images were all kept, or a folder of images named as for `score_images`.
        claimed: numbers of one source: `psnr=29.46`, or claims.
        dataset: has the targets; not needed for a run that kept them.
        digits: after the point that count; `auto` takes as many as are printed.
        aligned: whether protocols that align images are tried too; by default only if the data set's own does.
        partial: measure the matching images of a folder even if some are missing or match no pair.
        variants: of the model; the images are restored again in these ways if nothing explains the numbers otherwise.
        workers: threads.
        progress: shows it.

    Raises:
        UsageError: a claim is no number, or there is no data set.
        RunFolderError: the run did not keep its images.
        PairingError: images are missing or have no pair.
    """
    claims = _claims(claimed, digits)
    progress = progress or Silent()
    own = _own_protocol(target, dataset)
    rulers = rulers_for({claim.metric for claim in claims}, aligned=_aligns(own) if aligned is None else aligned)
    if isinstance(target, Run):
        keys = [record.key for record in target.records if record.status == "ok"]
        measured = stored_measurements(target, rulers)
        if measured is None and not aligned and not target.restored_folder.is_dir():
            # The images are gone: what was measured of them, perhaps before a protocol was added, has to do.
            measured = stored_measurements(target)
        if measured is None:
            material = run_material(target, dataset)
            measured = measure(material, rulers, folder=target.path, workers=workers, progress=progress)
        searched = [searched_views(measured, target)]
    else:
        material = _folder(Path(target), dataset, progress, partial=partial)
        keys = material.keys
        searched = [searched_views(measure(material, rulers, workers=workers, progress=progress))]
    explanation = explain_claims(claims, searched, prefer=own)
    if not variants or explanation.verdict == "explained":
        return explanation
    if dataset is None:
        raise UsageError("Restoring the images again needs the degraded ones: name the data set, as in -d NAME=ROOT.")
    from .variants import measure_variants

    further = measure_variants(variants, dataset, keys, rulers, progress=progress)
    return explain_claims(claims, [*searched, *map(searched_views, further)], prefer=own)


def explain_stored(run: Run, claims: Sequence[Claim]) -> Explanation:
    """Explain a claimed number from the run folder alone: from stored measurements, if any, and the records.

    No image is read, so that a report can ask.
    """
    good = [record for record in run.records if record.status == "ok"]
    pixels = tuple(record.size[0] * record.size[1] if record.size else 1 for record in good)
    images = Images(tuple(record.group for record in good), pixels, len(run.records) - len(good))
    measured = stored_measurements(run) or Measurements(images, {})
    return explain_claims(claims, [searched_views(measured, run)], prefer=_own_protocol(run, None))


def searched_views(measured: Measurements, run: Run | None = None) -> Searched:
    """Everything that can be read off measurements and, of a run, off its records."""
    ways = [way for protocol in known_protocols() if (way := protocol_way(protocol)) is not None]
    recorded = recorded_views(recorded_values(run)) if run is not None else ()
    return Searched(measured, (*views(measured, ways), *recorded))


def _folder(folder: Path, dataset: PairedDataset | None, progress: Progress, *, partial: bool) -> Material:
    if dataset is None:
        raise UsageError("A folder of images needs the targets: name the data set, as in -d NAME=ROOT.")
    material, left_over = folder_material(folder, dataset, partial=partial)
    if left_over:
        progress.note(left_over)
    return material


def _claims(claimed: Sequence[str | Claim], digits: str) -> tuple[Claim, ...]:
    ready = tuple(claim for claim in claimed if isinstance(claim, Claim))
    return ready or parse_claims((claim for claim in claimed if isinstance(claim, str)), digits)


def _own_protocol(target: Run | str | Path, dataset: PairedDataset | None) -> str:
    """The protocol to name first: the one that papers use on the data set."""
    if isinstance(target, Run):
        return target.info.dataset.default_protocol or target.protocol
    return "" if dataset is None else dataset.card.default_protocol


def _aligns(protocol: str) -> bool:
    known = {each.id: each for each in known_protocols()}
    return protocol in known and known[protocol].alignment != "none"
