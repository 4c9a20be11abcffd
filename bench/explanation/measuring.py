"""Measure all images in every way, in threads, and keep what was measured in the run folder."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..errors import UsageError
from ..evaluation.pipeline import default_workers
from ..files.images import source_size
from ..metrics.shared_work import SharedWork
from ..runs.run import Run
from ..terminal.progress import Progress, Silent
from ..terminal.wording import counted
from .material import Material
from .measurements import WAYS_FILE, ImageLine, Measurements, WaysFile, collect, stored_columns
from .rulers import Ruler, lpips_rulers, pixel_ruler, placed, protocol_rulers, ssim_ruler
from .ways import PLACEMENTS

__all__ = ["measure", "measure_placed", "rulers_for", "stored_measurements"]


def rulers_for(metrics: AbstractSet[str], *, aligned: bool = False) -> tuple[Ruler, ...]:
    """The rulers that measure the claimed metrics.

    Args:
        metrics: names of the claimed ones.
        aligned: whether protocols that align images are measured too.

    Raises:
        UsageError: LPIPS is claimed and no network's weights are here.
        MissingDependencyError: a protocol aligns images, and OpenCV is not installed.
    """
    found: list[Ruler] = []
    if "psnr" in metrics:
        found.append(pixel_ruler())
    if "ssim" in metrics:
        found.append(ssim_ruler())
    if "lpips" in metrics:
        learned = lpips_rulers()
        if not learned:
            raise UsageError("LPIPS needs the weights of its network: run `restorebench fetch lpips-alex`.")
        found += learned
    if metrics & {"psnr", "ssim"}:
        found += protocol_rulers(aligned=aligned)
    return tuple(found)


def measure(
    material: Material,
    rulers: Sequence[Ruler],
    *,
    folder: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Measurements:
    """Measure every image by every ruler; what a run folder has already is not measured again.

    Args:
        material: the images.
        rulers: from `rulers_for`.
        folder: of the run, which keeps the measurements; `None` keeps nothing.
        workers: threads; by default one per core, 2 to 16.
        progress: shows it.

    Raises:
        ImageError: an image cannot be read, or differs from its target in size.
        JournalWriteError: the run folder cannot be written; what is in it stays.
    """
    progress = progress or Silent()
    store = None if folder is None else _opened(folder, rulers)
    lines: list[ImageLine] = []
    todo: list[tuple[str, tuple[Ruler, ...]]] = []
    for key in material.keys:
        known = [_known(store, material, key, ruler) for ruler in rulers]
        lines += [line for line in known if line is not None]
        if missing := tuple(ruler for ruler, line in zip(rulers, known, strict=True) if line is None):
            todo.append((key, missing))
    if todo:
        progress.start(f"measuring {material.title}", len(material.keys), len(material.keys) - len(todo))
        try:
            for measured in _in_threads(material, todo, workers or default_workers()):
                for line in measured:
                    lines.append(line)
                    if store is not None:
                        store.append(line)
                progress.advance()
        finally:
            progress.finish()
    return collect(lines, material.keys, material.groups, failed=material.failed)


def measure_placed(
    material: Material,
    rulers: Sequence[Ruler],
    *,
    label: str = "",
    workers: int | None = None,
    progress: Progress | None = None,
) -> list[Measurements]:
    """Measure every image: as it is or, where sizes differ from those of the targets, in every placement.

    Args:
        material: the images.
        rulers: from `rulers_for`.
        label: what distinguishes the material from the images and targets that were given.
        workers: as for `measure`.
        progress: as for `measure`.

    Raises:
        ImageError: an image cannot be read.
    """
    different = _of_other_sizes(material)
    if not different:
        return [replace(measure(material, rulers, workers=workers, progress=progress), label=label)]
    found: list[Measurements] = []
    for number, placement in enumerate(PLACEMENTS.values(), start=1):
        cut = [placed(ruler, placement) for ruler in rulers]
        words = "; ".join(filter(None, (label, placement.words)))
        titled = replace(material, title=f"{material.title}, placement {number} of {len(PLACEMENTS)}")
        found.append(replace(measure(titled, cut, workers=workers, progress=progress), label=words))
    if progress is not None:
        progress.note(f"{material.title}: {different}.")
    return found


def _of_other_sizes(material: Material) -> str:
    """A clause about images whose targets have other sizes; `""` if there are none."""
    sizes = {key: (source_size(material.restored[key]), source_size(material.target[key])) for key in material.keys}
    different = {key: pair for key, pair in sizes.items() if pair[0] != pair[1]}
    if not different:
        return ""
    key, (restored, target) = next(iter(different.items()))
    return (
        f"{len(different)} of {counted(len(sizes), 'restored image')} differ in size from the target, such as {key}"
        f" ({restored[1]}x{restored[0]}, target {target[1]}x{target[0]}); the larger one was cut in"
        f" {len(PLACEMENTS)} ways"
    )


def stored_measurements(run: Run, rulers: Sequence[Ruler] | None = None) -> Measurements | None:
    """What a run folder keeps of all restored images; `None` if it does not have all of them.

    Args:
        run: whose folder it is.
        rulers: by which every image must have been measured; by default whatever is complete is taken.
    """
    good = [record for record in run.records if record.status == "ok"]
    columns: Mapping[str, Sequence[str]] = stored_columns(run.path / WAYS_FILE)
    if rulers is not None:
        columns = {ruler.group: ruler.columns for ruler in rulers}
    store = WaysFile(run.path, columns)
    complete: list[ImageLine] = []
    for ruler in columns:
        lines = [line for record in good if (line := store.line(record.key, ruler, record.restored)) is not None]
        if len(lines) == len(good):
            complete += lines
        elif rulers is not None:
            return None
    groups = {record.key: record.group for record in good}
    return collect(complete, list(groups), groups, failed=len(run.records) - len(good)) if complete else None


def _opened(folder: Path, rulers: Sequence[Ruler]) -> WaysFile:
    """The run folder's file, with the columns of rulers that are not asked for kept as they are."""
    columns = stored_columns(folder / WAYS_FILE) | {ruler.group: list(ruler.columns) for ruler in rulers}
    store = WaysFile(folder, columns)
    store.start()
    return store


def _known(store: WaysFile | None, material: Material, key: str, ruler: Ruler) -> ImageLine | None:
    return None if store is None else store.line(key, ruler.group, material.digests.get(key, ""))


def _in_threads(
    material: Material, todo: Iterable[tuple[str, tuple[Ruler, ...]]], workers: int
) -> Iterator[list[ImageLine]]:
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(partial(_measure_image, material), *zip(*todo, strict=True))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _measure_image(material: Material, key: str, rulers: Sequence[Ruler]) -> list[ImageLine]:
    restored, target = material.restored[key].read(), material.target[key].read()
    pixels = math.prod(target.shape[:2])
    digest = material.digests.get(key, "")
    of_target = SharedWork()
    return [ImageLine(key, ruler.group, pixels, ruler.measure(restored, target, of_target), digest) for ruler in rulers]
