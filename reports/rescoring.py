"""Submitted images scored again: whether they give the numbers that were submitted with them."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..bench.contracts import PairedDataset, UInt8Image
from ..bench.errors import RunFolderError, few
from ..bench.evaluation.scoring import records_of
from ..bench.evaluation.sources import FolderSource
from ..bench.metrics.metric import MetricFacts
from ..bench.protocols.inputs import prepared_pair
from ..bench.protocols.joint import AppliedProtocol, JointScorer
from ..bench.protocols.protocol import PROTOCOLS, Protocol, get_protocol
from ..bench.runs.records import ScoreRecord
from ..bench.runs.run import Run
from ..bench.runs.trust import Trust
from ..bench.terminal.progress import Progress
from ..bench.terminal.wording import counted
from .archives import BROKEN, open_archive, open_member
from .image_archives import image_limits, image_name, scored_digests

__all__ = ["Rescoring", "rescore", "trusting"]


@dataclass(frozen=True, slots=True)
class Rescoring:
    """A run, as far as its images bear it out."""

    run: Run
    """With the trust in each metric, by every protocol."""

    reasons: tuple[str, ...]
    """Why results remain claimed, one sentence each."""

    final: bool
    """Whether the same archives show the same another time; not where this machine lacks data or weights."""


class _NoPictures:
    """Keeps nothing: the pictures are there."""

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Ignore a picture."""
        del key, value, image


def rescore(run: Run, images: Path, dataset: PairedDataset, progress: Progress) -> Rescoring:
    """Score the submitted images of a run again and compare, image by image.

    Nothing that the run names is imported: only registered protocols are used, and only their own metrics.

    Args:
        run: from `check_archive`, with the run's other protocols.
        images: written by `pack_images`.
        dataset: opened by whoever scores again; it decides by its pixels whether it is the one that was measured.
        progress: of the work.

    Raises:
        RunFolderError: the archive is damaged, an image is not one that was scored, or an image gives another value.
        MissingDependencyError: a protocol aligns images and OpenCV is not installed.
    """
    reasons: list[str] = []
    usable: dict[str, AppliedProtocol] = {}
    for each in (run, *run.others):
        protocol = _known_protocol(each)
        if isinstance(protocol, str):
            reasons.append(protocol)
        else:
            usable[each.protocol] = AppliedProtocol(protocol, each.info.protocol.quantiser)
    claimed = {record.key: record for record in run.records}
    obstacle = _other_data(run, dataset)
    if obstacle or not usable:
        return Rescoring(trusting(run, {}), (*reasons, *obstacle), final=not obstacle)
    again = _scored_again(run, images, dataset, tuple(usable.values()), progress)
    other = [key for key, record in again.items() if claimed[key].pair and record.pair != claimed[key].pair]
    if other:
        reasons.append(
            f"The data set has other pixels in {counted(len(other), 'pair')} of the run, such as {other[0]}."
        )
        return Rescoring(trusting(run, {}), tuple(reasons), final=False)
    _refuse_other_images(run, again, images)
    levels: dict[str, dict[str, Trust]] = {}
    lacking: list[str] = []
    for each in (run, *run.others):
        if each.protocol in usable:
            lacking += _not_measured(each, again)
            levels[each.protocol] = _compared(each, again, images, reasons)
    return Rescoring(trusting(run, levels), (*reasons, *lacking), final=not lacking)


def _other_data(run: Run, dataset: PairedDataset) -> tuple[str, ...]:
    """Why a data set is not the one that a run says it measured, by its keys alone."""
    absent = sorted({record.key for record in run.records} - {pair.key for pair in dataset})
    if absent:
        return (f"The data set lacks {counted(len(absent), 'image')} of the run, such as {absent[0]}.",)
    if len(dataset) != run.info.copy.found_pairs:
        return (f"The data set has {len(dataset)} pairs, but the run says {run.info.copy.found_pairs}.",)
    return ()


def _known_protocol(run: Run) -> Protocol | str:
    """The protocol of a run, or why its images cannot be scored by it again."""
    name = run.protocol
    if name not in PROTOCOLS.names():
        return f"{name} is no registered protocol."
    if run.info.protocol.quantiser == "none":
        return f"{name} scores the float output, which no image holds."
    if any(record.first.samples for record in run.records):
        return f"{name} measured several samples of each image, of which one was submitted."
    return get_protocol(name)


def _scored_again(
    run: Run, images: Path, dataset: PairedDataset, protocols: Sequence[AppliedProtocol], progress: Progress
) -> dict[str, ScoreRecord]:
    """The records of the submitted images."""
    pairs = [prepared_pair(dataset[record.key], protocols[0].protocol.input) for record in run.records]
    again: dict[str, ScoreRecord] = {}
    with TemporaryDirectory() as folder:
        source = FolderSource(_unpacked(run, images, Path(folder)))
        progress.start(f"{run.model} on {run.dataset}, re-scored", len(pairs), 0)
        try:
            for record in records_of(pairs, source, JointScorer(protocols), _NoPictures()):
                if record.status == "failed":
                    raise RunFolderError(f"{images} is rejected: {record.key}: {record.reason}")
                again[record.key] = record
                progress.advance()
        finally:
            progress.finish()
    return again


def _unpacked(run: Run, images: Path, folder: Path) -> Mapping[str, Path]:
    """Every image of an archive as a file whose name is not the archive's choice, by key."""
    files: dict[str, Path] = {}
    try:
        with open_archive(images, image_limits(run.records)) as stream:
            for number, record in enumerate(run.records):
                path = folder / f"{number}.png"
                with open_member(stream, image_name(record.key)) as member, path.open("wb") as file:
                    shutil.copyfileobj(member, file)
                files[record.key] = path
    except BROKEN as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise RunFolderError(f"{images} does not hold the images of {run.path}: {reason}.") from error
    return files


def _refuse_other_images(run: Run, again: Mapping[str, ScoreRecord], images: Path) -> None:
    digests = scored_digests(run)
    other = [key for key, record in again.items() if record.restored not in digests[key]]
    if other:
        raise RunFolderError(
            f"{images} is rejected: {counted(len(other), 'image')} of {len(again)} "
            f"{'is' if len(other) == 1 else 'are'} not what the records say was scored ({few(other)})."
        )


def _compared(run: Run, again: Mapping[str, ScoreRecord], images: Path, reasons: list[str]) -> dict[str, Trust]:
    """The trust in each metric of one protocol; adds why one remains claimed.

    Raises:
        RunFolderError: an image gives another value.
    """
    rounded = [record.key for record in run.records if again[record.key].restored != record.restored]
    if rounded:
        reasons.append(f"{run.protocol} scored images of another rounding than the submitted ones.")
        return {}
    levels: dict[str, Trust] = {}
    known = get_protocol(run.protocol).metric_facts  # those of the run are its author's
    for metric, recorded in run.metric_facts.items():
        values = [(record, again[record.key]) for record in run.records if record.metrics.get(metric) is not None]
        if metric not in known or recorded.code_sha256:
            reasons.append(f"{metric} by {run.protocol} is not measured again: it is no metric of the protocol.")
        elif values and all(new.of(run.protocol).values[metric] is not None for _, new in values):
            for record, new in values:
                _refuse_other_value(run.protocol, known[metric], record, new, images)
            levels[metric] = "re-scored"
    return levels


def _not_measured(run: Run, again: Mapping[str, ScoreRecord]) -> list[str]:
    """Why metrics that were submitted have no value here, one sentence each."""
    reasons: dict[str, str] = {}
    for record in run.records:
        new = again[record.key].of(run.protocol)
        for metric, value in record.metrics.items():
            if value is not None and (why := new.nulls.get(metric)):
                reasons[metric] = f"{metric} by {run.protocol} is not measured again: {why}"
    return list(reasons.values())


def _refuse_other_value(
    protocol: str, facts: MetricFacts, record: ScoreRecord, again: ScoreRecord, images: Path
) -> None:
    old, new = record.metrics[facts.name], again.of(protocol).values[facts.name]
    if old is None or new is None or old == new or math.isclose(old, new, rel_tol=0, abs_tol=10.0**-facts.stored):
        return
    raise RunFolderError(
        f"{images} is rejected: {record.key} has {facts.title} {new:.{facts.stored}f} by {protocol}, but "
        f"{old:.{facts.stored}f} was submitted."
    )


def trusting(run: Run, levels: Mapping[str, Mapping[str, Trust]], otherwise: Trust = "claimed") -> Run:
    """A run with the trust in each of its metrics, by all its protocols.

    Args:
        run: with the run's other protocols.
        levels: by protocol and metric.
        otherwise: of every other metric.
    """
    assessed: list[Run] = []
    for each in (run, *run.others):
        known = levels.get(each.protocol, {})
        trust = {name: known.get(name, otherwise) for name in each.info.protocol.metrics}
        assessed.append(replace(each, trust=trust))
    return replace(assessed[0], others=tuple(assessed[1:]))
