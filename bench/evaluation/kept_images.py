"""Protocols that join a run: measure the restored images that it has kept, and say which are to be restored again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..contracts import ImagePair, UInt8Image
from ..protocols.joint import AppliedProtocol, JointScorer
from ..runs.pictures import existing_picture
from ..runs.records import ScoreRecord
from ..runs.run import RESTORED_FOLDER
from ..terminal.wording import counted
from .cell import Control, OpenCell
from .scoring import records_of
from .sources import FolderSource

__all__ = ["measure_kept"]


class _NoPictures:
    """Keeps nothing: the pictures are there."""

    def offer(self, key: str, value: float | None, image: Callable[[], UInt8Image]) -> None:
        """Ignore a picture."""
        del key, value, image


def measure_kept(opened: OpenCell, control: Control) -> None:
    """Measure by the protocols that are new to a run whatever its kept images allow; nothing is restored.

    A kept image stands in for the restored one if a protocol with the same 8-bit rounding has scored exactly its
    pixels. What is left is restored again, and one sentence says why.

    Args:
        opened: the cell of a model; left as it is where no protocol has joined a run.
        control: progress and threads.

    Raises:
        JournalWriteError: the disk is full.
    """
    joining = [pair for pair in opened.waiting if opened.recorded(pair.key) is not None]
    if not joining:
        return
    groups: dict[tuple[AppliedProtocol, ...], list[ImagePair]] = {}
    for pair in joining:
        groups.setdefault(_suited(opened, pair), []).append(pair)
    for protocols, pairs in groups.items():
        if protocols and (measured := _measure(opened, protocols, pairs, control)):
            control.progress.note(
                f"{opened.cell.title}: {counted(measured, 'kept image')} measured by {_names(protocols)}; nothing was "
                "restored for it."
            )
    left = [pair for pair in joining if opened.lacking(pair.key)]
    if left:
        control.progress.note(
            f"{opened.cell.title}: {counted(len(left), 'image')} will be restored again to be measured by "
            f"{_names(opened.lacking(left[0].key))}, because {_obstacle(opened, left[0])}."
        )


def _names(protocols: Sequence[AppliedProtocol]) -> str:
    return " and ".join(each.id for each in protocols)


def _suited(opened: OpenCell, pair: ImagePair) -> tuple[AppliedProtocol, ...]:
    """The protocols that lack an image and can be measured on its kept picture."""
    record = opened.recorded(pair.key)
    if record is None or _picture(opened, pair.key) is None or _sampled(record):
        return ()
    roundings = _roundings(opened, record)
    return tuple(each for each in opened.lacking(pair.key) if each.quantiser in roundings)


def _measure(
    opened: OpenCell, protocols: Sequence[AppliedProtocol], pairs: Sequence[ImagePair], control: Control
) -> int:
    """Measure the kept pictures of pairs; return how many of them were what had been scored."""
    files = {pair.key: path for pair in pairs if (path := _picture(opened, pair.key)) is not None}
    scorer, measured = JointScorer(protocols), 0
    control.progress.start(f"{opened.cell.title}, kept images", len(pairs), 0)
    try:
        for record in records_of(pairs, FolderSource(files), scorer, _NoPictures(), workers=control.workers):
            if _is_what_was_scored(opened, record):
                opened.record(record)
                measured += 1
    finally:
        control.progress.finish()
    return measured


def _is_what_was_scored(opened: OpenCell, record: ScoreRecord) -> bool:
    """Whether the kept picture has the very pixels that protocols with the same rounding have scored."""
    known = opened.recorded(record.key)
    if known is None or record.status == "failed":
        return False
    roundings = _roundings(opened, known)
    needed = {each.quantiser for each in opened.cell.protocols if each.id in record.scores}
    return all(roundings.get(quantiser) == record.restored for quantiser in needed)


def _roundings(opened: OpenCell, record: ScoreRecord) -> dict[str, str]:
    """The 8-bit roundings in which an image was scored, each with the digest of its pixels."""
    return {
        each.protocol.quantiser: record.digest(each.protocol.id)
        for each in opened.info.measurements
        if each.protocol.id in record.scores and each.protocol.quantiser != "none"
    }


def _obstacle(opened: OpenCell, pair: ImagePair) -> str:
    """Why the kept picture of an image is not enough."""
    protocol, record = opened.lacking(pair.key)[0], opened.recorded(pair.key)
    if protocol.quantiser == "none":
        return f"{protocol.id} scores the float output, which is not kept"
    if record is not None and _sampled(record):
        return "it is measured on several samples an image, of which one is kept"
    if record is not None and protocol.quantiser not in _roundings(opened, record):
        return f"no image was kept in the rounding of {protocol.id}, {protocol.quantiser}"
    if _picture(opened, pair.key) is None:
        return "they were not kept, as --save-images all does"
    return "what was kept of them is not what was scored"


def _sampled(record: ScoreRecord) -> bool:
    return any(scores.samples for scores in record.scores.values())


def _picture(opened: OpenCell, key: str) -> Path | None:
    return existing_picture(opened.folder / RESTORED_FOLDER, key)
