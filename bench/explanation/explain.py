"""Explain a claimed number: of a run, of a folder of restored images, or from what a run folder keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ..contracts import PairedDataset
from ..errors import RunFolderError, UsageError
from ..runs.run import Run
from ..terminal.progress import Progress, Silent
from .averages import Images
from .claims import Claim, parse_claims
from .material import Material, as_kept, folder_material, recorded_values, run_material
from .measurements import Measurements
from .measuring import measure, measure_placed, rulers_for, stored_measurements
from .other_data import OtherData, Trial
from .protocol_ways import known_protocols, protocol_way
from .readings import recorded_views, views
from .rulers import Ruler
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
    others: Sequence[OtherData] = (),
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
        others: variants and copies of the data set, from `other_data`, that are tried before that: the images against
            their targets, and the first variant of the model on their degraded images.
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
    aligned = _aligns(own) if aligned is None else aligned
    rulers = rulers_for({claim.metric for claim in claims}, aligned=aligned)
    if isinstance(target, Run):
        given = _of_run(as_kept(target), dataset, rulers, aligned=aligned, workers=workers, progress=progress)
    else:
        given = _of_folder(Path(target), dataset, rulers, partial=partial, workers=workers, progress=progress)
    explanation = explain_claims(claims, given.searched, prefer=own)
    if explanation.verdict == "explained":
        return explanation
    if variants and dataset is None:
        raise UsageError("Restoring the images again needs the degraded ones: name the data set, as in -d NAME=ROOT.")
    trial = Trial(given.keys, given.material, rulers, variants[0] if variants else None, workers, progress)
    obstacles = {other.name: trial.obstacle(other) for other in others}
    searched = [*given.searched]
    for stage in (
        chain.from_iterable(trial.measure(other) for other in others if not obstacles[other.name]),
        _restored_again(variants, dataset, given.keys, rulers, progress),
    ):
        if further := [searched_views(measured) for measured in stage]:
            searched += further
            explanation = explain_claims(claims, searched, prefer=own)
        if explanation.verdict == "explained":
            return explanation
    untried = (*_others_of(target), *_untried(obstacles, variants=bool(variants), aligned=aligned))
    return replace(explanation, untried=untried)


def explain_stored(run: Run, claims: Sequence[Claim]) -> Explanation:
    """Explain a claimed number from the run folder alone: from stored measurements, if any, and the records.

    No image is read, so that a report can ask.
    """
    run = as_kept(run)
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


@dataclass(frozen=True, slots=True)
class _Given:
    """The restored images that were given, measured."""

    keys: Sequence[str]
    material: Material | None
    """`None` if the images are gone."""

    searched: Sequence[Searched]


def _of_run(
    run: Run,
    dataset: PairedDataset | None,
    rulers: Sequence[Ruler],
    *,
    aligned: bool,
    workers: int | None,
    progress: Progress,
) -> _Given:
    keys = [record.key for record in run.records if record.status == "ok"]
    if dataset is not None and dataset.report.listing_sha256 != run.info.plan.listing_sha256:
        # Another copy than the one that was restored: what the folder keeps was measured against other targets.
        material = run_material(run, dataset)
        measured = measure_placed(material, rulers, workers=workers, progress=progress)
        return _Given(keys, material, [searched_views(each) for each in measured])
    material = _kept_material(run, dataset)
    known = stored_measurements(run, rulers)
    if known is None and not aligned and not run.restored_folder.is_dir():
        # The images are gone: what was measured of them, perhaps before a protocol was added, has to do.
        known = stored_measurements(run)
    if known is None:
        material = material or run_material(run, dataset)
        known = measure(material, rulers, folder=run.path, workers=workers, progress=progress)
    return _Given(keys, material, [searched_views(known, run)])


def _kept_material(run: Run, dataset: PairedDataset | None) -> Material | None:
    """The images that a run kept; `None` if it did not keep all."""
    try:
        return run_material(run, dataset)
    except RunFolderError:
        return None


def _of_folder(
    folder: Path,
    dataset: PairedDataset | None,
    rulers: Sequence[Ruler],
    *,
    partial: bool,
    workers: int | None,
    progress: Progress,
) -> _Given:
    if dataset is None:
        raise UsageError("A folder of images needs the targets: name the data set, as in -d NAME=ROOT.")
    material, left_over = folder_material(folder, dataset, partial=partial)
    if left_over:
        progress.note(left_over)
    measured = measure_placed(material, rulers, workers=workers, progress=progress)
    return _Given(material.keys, material, [searched_views(each) for each in measured])


def _restored_again(
    variants: Sequence[Variant],
    dataset: PairedDataset | None,
    keys: Sequence[str],
    rulers: Sequence[Ruler],
    progress: Progress,
) -> Iterator[Measurements]:
    """Measurements of each variant of a model; none if there is no model."""
    if variants and dataset is not None:
        from .variants import measure_variants

        yield from measure_variants(variants, dataset, keys, rulers, progress=progress)


def _others_of(target: Run | str | Path) -> Iterator[str]:
    """A sentence about images of the data set that a run lacks: a mean over all of them is another number."""
    pairs = target.info.copy.found_pairs if isinstance(target, Run) else 0
    good = target.summary.images - target.summary.failed if isinstance(target, Run) else 0
    if good < pairs:
        yield f"The other {pairs - good} of {pairs} images: run the same command without --limit to measure all."


def _untried(obstacles: Mapping[str, str], *, variants: bool, aligned: bool) -> Iterator[str]:
    """Sentences about what could still give a number."""
    for name, obstacle in obstacles.items():
        if obstacle:
            yield f"{name}: {obstacle}."
    if not variants:
        yield "The model run in other ways, such as tiles: name it and the data, as in -m NAME=WEIGHTS -d NAME=ROOT."
    if not aligned:
        yield "Protocols that align the images first: give --align."


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
