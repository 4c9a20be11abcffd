"""From pairs to records: load, restore and score each image of a cell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..contracts import ImagePair, QuantiserName, UInt8Image
from ..errors import RestorebenchError
from ..files.fingerprints import PAIR_DIGITS, pixel_sha256
from ..metrics.quantise import quantise
from ..protocols.joint import JointScorer
from ..protocols.scorer import Scores
from ..runs.pictures import Pictures, first_value
from ..runs.records import ProtocolScores, ScoreRecord, is_no_number
from .loaded import ImageFailure, LoadedPair, Restoration, interleaved
from .pipeline import Pipeline
from .sources import Begun, Loaded, Source

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["as_picture", "records_of", "rounded", "score_image"]

NO_NUMBER = "{metric} gave {value}, which is no number."
NO_MEMORY = "The memory of this machine is too small to score this image: crop it, or use a machine with more."


def records_of(
    pairs: Iterable[ImagePair],
    source: Source[Loaded],
    scorer: JointScorer,
    keeper: Pictures,
    *,
    workers: int | None = None,
) -> Iterator[ScoreRecord]:
    """The records of pairs, in their order.

    Args:
        pairs: to restore and score.
        source: of the restored images.
        scorer: of the cell's protocols.
        keeper: is offered every restored image.
        workers: threads for loading and, again, for scoring.
    """
    rule = scorer.rounding

    def restore(pair: ImagePair, loaded: Loaded | ImageFailure) -> Restoration | ImageFailure | Begun:
        return loaded if isinstance(loaded, ImageFailure) else source.begin(pair, loaded, rule)

    def score(pair: ImagePair, loaded: Loaded | ImageFailure, begun: Restoration | ImageFailure | Begun) -> ScoreRecord:
        return score_image(pair, loaded, source.finish(pair, begun), scorer, keeper)

    yield from Pipeline(source.load, restore, score, workers=workers).run(pairs)


def score_image(
    pair: ImagePair,
    loaded: LoadedPair | ImageFailure,
    restoration: Restoration | ImageFailure,
    scorer: JointScorer,
    keeper: Pictures,
) -> ScoreRecord:
    """Score one restored image by every protocol, and keep its picture as the first one rounds it."""
    metrics = scorer.metrics
    if isinstance(loaded, ImageFailure):
        return ScoreRecord.failed(pair.key, loaded.reason, metrics, group=pair.group)
    height, width = loaded.target.shape[:2]
    if isinstance(restoration, ImageFailure):
        return ScoreRecord.failed(
            pair.key, restoration.reason, metrics, group=pair.group, size=(height, width), pair=loaded.pixels
        )
    try:
        # Where all protocols round alike, planes are rounded first: a quarter of the bytes is left to interleave.
        images = [interleaved(rounded(image, scorer.rounding)) for image in restoration.images]
        samples = [scorer.score(image, loaded.target) for image in images]
    except (RestorebenchError, MemoryError) as error:
        return ScoreRecord.failed(
            pair.key,
            NO_MEMORY if isinstance(error, MemoryError) else str(error),
            metrics,
            seconds=restoration.seconds,
            group=pair.group,
            size=(height, width),
            pair=loaded.pixels,
            tile=restoration.tile,
        )
    finals = {
        name: images[0] if scores.restored_u8 is None else scores.restored_u8 for name, scores in samples[0].items()
    }
    digests = _digests(finals)
    first = next(iter(finals))
    scores = {
        name: replace(
            _protocol_scores([sample[name] for sample in samples]),
            restored="" if digests[name] == digests[first] else digests[name],
        )
        for name in finals
    }
    record = ScoreRecord(
        pair.key,
        scores,
        restoration.seconds,
        group=pair.group,
        size=(height, width),
        pair=loaded.pixels,
        restored=digests[first],
        tile=restoration.tile,
        read_as=restoration.read_as,
    )
    keeper.offer(pair.key, first_value(record), lambda: as_picture(finals[first]))
    return record


def _digests(finals: Mapping[str, NDArray[np.float32] | UInt8Image]) -> dict[str, str]:
    """The digest of each image; protocols that round alike have the same one, which is hashed once."""
    different = {id(image): image for image in finals.values()}
    hashed = {number: pixel_sha256(image)[:PAIR_DIGITS] for number, image in different.items()}
    return {name: hashed[id(image)] for name, image in finals.items()}


def _protocol_scores(samples: Sequence[Scores]) -> ProtocolScores:
    """The mean of each metric over the samples, and its value in each where there are several."""
    nulls: dict[str, str] = {}
    each: dict[str, tuple[float | None, ...]] = {}
    for name in samples[0].metrics:
        row = [sample.metrics[name] for sample in samples]
        for value in row:
            if value is not None and is_no_number(value):
                nulls[name] = NO_NUMBER.format(metric=name, value="NaN" if math.isnan(value) else value)
        each[name] = tuple(None if value is None or is_no_number(value) else value for value in row)
    for sample in samples:
        nulls = {**sample.nulls, **nulls}
    values = {name: None if None in row else _mean(row) for name, row in each.items()}
    return ProtocolScores(
        values, nulls, each if len(samples) > 1 else {}, samples[0].alignment, details=samples[0].details
    )


def _mean(row: Sequence[float | None]) -> float:
    known = [value for value in row if value is not None]
    return sum(known) / len(known)


def rounded(image: NDArray[np.float32] | UInt8Image, rule: QuantiserName | None) -> NDArray[np.float32] | UInt8Image:
    """The image by a rule, whatever its layout in memory; as it is if it has 8 bits already, or by no rule."""
    return image if rule is None or image.dtype == np.uint8 else quantise(image.astype(np.float32, copy=False), rule)


def as_picture(image: NDArray[np.float32] | UInt8Image) -> UInt8Image:
    """The 8-bit image that is kept of a scored one."""
    return rounded(image, "half-even").astype(np.uint8, copy=False)
