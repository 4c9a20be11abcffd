"""The evaluation of one cell: one model on one data set by one protocol, recorded image by image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..contracts import ImagePair, JsonValue, UInt8Image
from ..errors import RestorebenchError
from ..files.fingerprints import PAIR_DIGITS, pixel_sha256
from ..files.images import save_png
from ..metrics.quantise import quantise
from ..protocols.scorer import Scorer
from ..runs.pictures import Pictures, picture_path
from ..runs.records import ScoreRecord, encode_number
from .sources import Loaded, Restoration

if TYPE_CHECKING:
    from numpy.typing import NDArray


__all__ = ["save_pair_pictures", "score_image"]


def score_image(
    pair: ImagePair, loaded: Loaded, restoration: Restoration, scorer: Scorer, keeper: Pictures
) -> ScoreRecord:
    """Score one restored image and keep its picture if it is to be kept."""
    metrics = scorer.protocol.metrics
    notes: dict[str, JsonValue] = {"group": pair.group} if pair.group else {}
    images = restoration.images()
    if loaded.degraded is None or loaded.target is None or not images:
        nothing = dict.fromkeys(metrics)
        return ScoreRecord(pair.key, nothing, restoration.seconds, "failed", restoration.failure, notes)
    height, width = loaded.target.shape[:2]
    notes |= {
        "size": [height, width],
        "pair": pixel_sha256(loaded.degraded, loaded.target)[:PAIR_DIGITS],
        **restoration.notes,
    }
    try:
        scores, *others = [scorer.score(image, loaded.target) for image in images]
    except RestorebenchError as error:
        return ScoreRecord(pair.key, dict.fromkeys(metrics), restoration.seconds, "failed", str(error), notes)
    notes |= scores.notes
    values = _average([scores.metrics, *(other.metrics for other in others)], notes) if others else scores.metrics
    if scores.nulls:
        notes["null"] = dict(scores.nulls)
    final = images[0] if scores.restored_u8 is None else scores.restored_u8
    notes["restored"] = pixel_sha256(final)[:PAIR_DIGITS]
    keeper.offer(pair.key, next(iter(values.values()), None), lambda: _as_picture(final))
    return ScoreRecord(pair.key, values, restoration.seconds, notes=notes)


def _average(samples: Sequence[Mapping[str, float | None]], notes: dict[str, JsonValue]) -> dict[str, float | None]:
    """The mean of each metric over the samples, whose values are noted; `None` if a sample has none."""
    each = {name: [sample[name] for sample in samples] for name in samples[0]}
    notes["samples"] = {name: [encode_number(value) for value in values] for name, values in each.items()}
    known = {name: [value for value in values if value is not None] for name, values in each.items()}
    return {name: sum(values) / len(values) if len(values) == len(samples) else None for name, values in known.items()}


def save_pair_pictures(folder: Path, pairs: Mapping[str, ImagePair], keys: list[str]) -> None:
    """Put the degraded and target images of the keys beside the runs of their data set, once."""
    for key in keys:
        for kind, source in (("degraded", pairs[key].degraded), ("target", pairs[key].target)):
            path = picture_path(folder / kind, key)
            if not path.is_file():
                save_png(path, source.read())


def _as_picture(image: NDArray[np.float32] | UInt8Image) -> UInt8Image:
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    return quantise(image.astype(np.float32, copy=False), "half-even")
