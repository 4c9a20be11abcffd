"""Pictures that a run did not keep: restore the images again, and keep those that are the ones that were scored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contracts import ImagePair, PairedDataset, UInt8Image
from ..errors import RestorationError, RunFolderError
from ..files.fingerprints import PAIR_DIGITS, pixel_sha256
from ..files.folder_lock import hold
from ..metrics.registry import known_facts
from ..protocols.inputs import prepared_pair
from ..protocols.protocol import get_protocol
from ..runs.pictures import PictureKeeper
from ..runs.records import ScoreRecord
from ..runs.run import IMAGES_FOLDER, RESTORED_FOLDER, Run, RunInfo, find_runs, read_info, read_records, run_folders
from ..runs.shown_images import lacking_pictures
from ..runs.writing import writing
from ..terminal.progress import Progress
from ..terminal.wording import counted
from .cell import Control
from .in_process import save_observations
from .loaded import ImageFailure, interleaved
from .pair_pictures import save_pair_pictures
from .scoring import as_picture, rounded
from .sources import Loaded, Source

__all__ = ["describe_refusals", "lacking_of", "restore_pictures"]

OTHER_PIXELS = "it was restored to an image that scores otherwise now"
Array: TypeAlias = "NDArray[np.float32] | UInt8Image"

OTHER_PAIR = "the pixels of the pair have changed since it was scored"


def lacking_of(runs: Sequence[Run], control: Control) -> dict[Path, tuple[str, ...]]:
    """Pictures that these runs lack of the images chosen over all models below the same folders, by run folder.

    Args:
        runs: that have just been finished.
        control: of their run; nothing is lacking where it keeps no or all pictures, or does a part of the images.
    """
    if control.save_images != "worst" or control.shard is not None:
        return {}
    own = {run.path for run in runs}
    others: list[Run] = []
    for folder in {run.path.parent for run in runs}:
        try:
            if beside := [path for path in run_folders(folder) if path not in own]:
                others += find_runs(*beside)
        except RunFolderError as error:
            control.progress.note(f"The pictures for reports are chosen without the other runs in {folder}: {error}")
    return {path: keys for path, keys in lacking_pictures([*runs, *others]).items() if path in own}


def restore_pictures(
    run: Run, keys: Sequence[str], dataset: PairedDataset, source: Source[Loaded], progress: Progress
) -> dict[str, str]:
    """Restore images of a finished run again and keep their pictures; its records stay as they are.

    Args:
        run: by any of its protocols.
        keys: of images that it has restored.
        dataset: the copy that the run measured.
        source: of the restored images, with the run's weights and settings.
        progress: of the work.

    Returns:
        Why not, for each image whose picture could not be kept: a clause without a full stop.

    Raises:
        RunLockedError: another process is at the run.
        JournalWriteError: the disk is full or cannot be written.
    """
    info = read_info(run.path)
    records = {record.key: record for record in read_records(run.path, info)}
    rule = get_protocol(info.protocol.id).input
    pairs = {pair.key: prepared_pair(pair, rule) for pair in dataset if pair.key in set(keys)}
    refused = {key: "the data set does not have it" for key in keys if key not in pairs}
    keeper = PictureKeeper(run.path / RESTORED_FOLDER, "all", ())
    title = f"{run.model} on {info.dataset.title or run.dataset}, pictures"
    progress.start(title, len(pairs), 0)
    try:
        with hold(run.path):
            source.prepare(list(pairs.values()))
            for key, pair in pairs.items():
                image = _restored(pair, records[key], info, source)
                progress.advance()
                if isinstance(image, str):
                    refused[key] = image
                else:
                    keeper.offer(key, None, lambda image=image: image)
            kept = [key for key in pairs if key not in refused]
            with writing(run.path, run=run.path):
                save_pair_pictures(run.path.parent / IMAGES_FOLDER, pairs, kept)
                save_observations(run.path, source, pairs, kept)
    finally:
        progress.finish()
    return refused


def describe_refusals(run: Run, refused: Mapping[str, str]) -> list[str]:
    """One sentence for each reason why pictures of a run could not be kept."""
    by_reason: dict[str, list[str]] = {}
    for key, reason in refused.items():
        by_reason.setdefault(reason, []).append(key)
    return [
        f"{run.model} on {run.dataset} lacks {counted(len(keys), 'picture')} of those that a report shows, such as "
        f"{keys[0]}: {reason}."
        for reason, keys in by_reason.items()
    ]


def _restored(pair: ImagePair, record: ScoreRecord, info: RunInfo, source: Source[Loaded]) -> UInt8Image | str:
    """The restored image as the first protocol scored it, or why it cannot be had."""
    loaded = source.load(pair)
    if isinstance(loaded, ImageFailure):
        return loaded.reason.rstrip(".")
    if record.pair and loaded.pixels != record.pair:
        return OTHER_PAIR
    restoration = source.restore(pair, loaded)
    if isinstance(restoration, ImageFailure):
        return restoration.reason.rstrip(".")
    image, rule = interleaved(restoration.images[0]), info.protocol.quantiser
    try:
        scored = rounded(image, None if rule == "none" else rule)
    except RestorationError as error:
        return str(error).rstrip(".")
    same = not record.restored or pixel_sha256(scored)[:PAIR_DIGITS] == record.restored
    return as_picture(scored) if same or _scores_alike(image, loaded.target, record, info) else OTHER_PIXELS


def _scores_alike(image: Array, target: UInt8Image, record: ScoreRecord, info: RunInfo) -> bool:
    """Whether an image scores as the recorded one did, to a tenth of the last digit that is printed.

    Another processor sums in another order, and a pixel at a step of the 8-bit grid flips; see
    docs/explanation/determinism.md.
    """
    protocol = get_protocol(info.protocol.id)
    again = protocol.prepare(quantiser=info.protocol.quantiser).score(image, target).metrics
    known = record.by(protocol.id).metrics
    shared = [name for name in protocol.metrics if again.get(name) is not None and known.get(name) is not None]
    facts = {name: known_facts(name, info.protocol.metric_facts) for name in shared}
    return bool(shared) and all(
        math.isclose(again[name] or 0, known[name] or 0, rel_tol=0, abs_tol=10.0 ** -facts[name].finer)
        for name in shared
    )
