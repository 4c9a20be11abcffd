"""Scores images by one protocol: everything that can be decided once is decided when the scorer is made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..contracts import AlignmentFacts, QuantiserName, UInt8Image
from ..errors import MetricUnavailableError
from ..metrics.alignment import Alignment, AlignmentName, align, clipped, require_opencv
from ..metrics.colour import Colour
from ..metrics.gain import GainRule, scale_to_mean
from ..metrics.images import ImageLike, as_image, as_target, check_shapes, to_unit
from ..metrics.kept_features import KeptFeatures
from ..metrics.lpips import LpipsSpec
from ..metrics.metric import Detailed, Measure, Metric
from ..metrics.quantise import quantise, refuse_nan
from ..metrics.scored_pair import AlignedPair, DirectPair, PeakRule, PixelPair, ScoredPair, UncomparablePair
from ..metrics.shared_work import SharedWork
from .inputs import InputRule, fit_restored, prepare_input

__all__ = ["Scorer", "Scores", "ScoringRules"]


class ScoringRules(Protocol):
    """Everything that a scorer reads of a protocol; see `protocol.Protocol` for each field."""

    @property
    def id(self) -> str: ...  # noqa: D102 -- described in protocol.Protocol, as is each of the following
    @property
    def input(self) -> InputRule: ...  # noqa: D102
    @property
    def gain(self) -> GainRule: ...  # noqa: D102
    @property
    def quantiser(self) -> QuantiserName: ...  # noqa: D102
    @property
    def clamp(self) -> bool: ...  # noqa: D102
    @property
    def colour(self) -> Colour: ...  # noqa: D102
    @property
    def crop(self) -> int: ...  # noqa: D102
    @property
    def alignment(self) -> AlignmentName: ...  # noqa: D102
    @property
    def peak(self) -> PeakRule: ...  # noqa: D102
    @property
    def metrics(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def measured(self) -> Mapping[Metric, object]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Scores:
    """What one image scored."""

    metrics: Mapping[str, float | None]
    """Every metric of the protocol; `None` where there is no number."""

    nulls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why a metric is `None`: one sentence each."""

    alignment: AlignmentFacts | None = None
    """Of a protocol that aligns the images first; `None` where they could not be aligned."""

    restored_u8: UInt8Image | None = None
    """The 8-bit image that was scored; `None` if the protocol scored the float output."""

    details: Mapping[str, Mapping[str, int | str]] = field(default_factory=dict[str, Mapping[str, int | str]])
    """What a metric says of its value, such as the number of blocks it comes from."""


class Scorer:
    """A protocol made ready. May be used from several threads.

    Args:
        protocol: what to compute.
        quantiser: replaces the protocol's, unless that is `none`.
        threads: for the SSIM of one image.
        kept: features of targets that scorers of other models share.

    Raises:
        MissingDependencyError: the protocol aligns images and OpenCV is not installed.
    """

    def __init__(
        self,
        protocol: ScoringRules,
        *,
        quantiser: QuantiserName | None = None,
        threads: int = 1,
        kept: KeptFeatures | None = None,
    ) -> None:
        self.protocol = protocol
        own = protocol.quantiser
        self.quantiser: QuantiserName = own if own == "none" or quantiser is None else quantiser
        """The rule in force."""
        self.unavailable: dict[str, str] = {}
        """Metrics that cannot be computed in this environment, and why."""
        self._threads = threads
        self._kept = kept or KeptFeatures()
        self._measures = dict(self._prepared(protocol.measured))
        if protocol.alignment != "none":
            require_opencv()

    @property
    def sees_only(self) -> QuantiserName:
        """The rule by which an image may be rounded before it is scored; `none` if a metric sees the float output."""
        float_seen = any(
            isinstance(spec, LpipsSpec) and spec.image != "scored" for spec in self.protocol.measured.values()
        )
        return "none" if float_seen else self.quantiser

    def score(self, restored: ImageLike, target: ImageLike, *, shared: SharedWork | None = None) -> Scores:
        """Compare one image with its target; arguments as in `Protocol.score`.

        Args:
            restored: the restored image.
            target: its target.
            shared: what scorers of other protocols have computed of the same two images, and leave to this one.

        Raises:
            ImageError: the images differ in size, or are not images.
            RestorationError: the restored image holds NaN.
        """
        work = SharedWork() if shared is None else shared
        rules = self.protocol
        given = work.once("restored", lambda: as_image(restored))
        whole = work.once("target", lambda: as_target(target))
        raw = work.once(("restored", rules.input), lambda: fit_restored(given, whole, rules.input))
        reference = work.once(("target", rules.input), lambda: prepare_input(whole, rules.input))
        check_shapes(raw, reference)
        seen = (rules.input, self._rounding(raw))
        scored = work.once(seen, lambda: self._scored(raw, reference))
        compared = (seen, rules.alignment, rules.crop, rules.colour, rules.peak)
        of_target = work.once(("of target", rules.input), SharedWork)
        aligned = partial(work.once, (seen, "aligned"))
        pixels = work.once(compared, lambda: self._pixels(scored, reference, of_target, aligned))
        pair = ScoredPair(raw, scored, reference, pixels, of_target, self._kept)
        metrics, nulls, details = self._measure(pair, seen, work)
        return Scores(metrics, nulls, _alignment(pixels), scored if scored.dtype == np.uint8 else None, details)

    def _prepared(self, measured: Mapping[Metric, object]) -> Mapping[str, Measure]:
        """Every metric made ready; one that cannot be goes into `unavailable`."""
        measures: dict[str, Measure] = {}
        for metric, spec in measured.items():
            if metric.combine is not None:
                continue
            try:
                measures[metric.name] = metric.ready(spec)
            except MetricUnavailableError as reason:
                self.unavailable[metric.name] = str(reason)
        return measures

    def _rounding(self, raw: NDArray[Any]) -> Hashable:
        """What decides the pixels of `_scored`: equal for protocols that round the image alike."""
        if self.quantiser == "none":
            return "unrounded", self.protocol.clamp, self.protocol.gain
        return "8-bit", None if raw.dtype == np.uint8 else self.quantiser

    def _scored(self, raw: NDArray[Any], target: UInt8Image) -> NDArray[Any]:
        """The restored image as PSNR sees it, before crop and colour."""
        if self.quantiser == "none":
            unit = to_unit(raw)
            refuse_nan(unit)
            clamped = np.clip(unit, 0.0, 1.0) if self.protocol.clamp else unit
            return scale_to_mean(clamped, to_unit(target)) if self.protocol.gain == "target-mean" else clamped
        return np.ascontiguousarray(raw if raw.dtype == np.uint8 else quantise(raw, self.quantiser))

    def _measure(
        self, pair: ScoredPair, seen: Hashable, work: SharedWork
    ) -> tuple[dict[str, float | None], dict[str, str], dict[str, Mapping[str, int | str]]]:
        """Values, reasons for those that are missing, and details."""
        metrics: dict[str, float | None] = {}
        nulls: dict[str, str] = {}
        details: dict[str, Mapping[str, int | str]] = {}
        for metric, spec in self.protocol.measured.items():
            name, measure = metric.name, self._measures.get(metric.name)
            try:
                if metric.combine is not None:
                    metrics[name] = metric.combined(metrics)
                elif measure is None:
                    metrics[name] = None
                else:
                    key = (id(metric), spec, seen, self._compared(metric, pair))
                    found = work.once(key, partial(measure, pair))
                    metrics[name] = found.value if isinstance(found, Detailed) else found
                    if isinstance(found, Detailed) and found.details:
                        details[name] = found.details
            except MetricUnavailableError as reason:
                metrics[name], nulls[name] = None, str(reason)
            if measure is None and name in self.unavailable:
                nulls[name] = self.unavailable[name]
        return metrics, nulls, details

    def _compared(self, metric: Metric, pair: ScoredPair) -> Hashable:
        """What else decides the value of a metric: `None` for one that sees neither alignment, crop nor colour."""
        direct = isinstance(pair.pixels, DirectPair)
        if metric.uncropped or (direct and metric.compute is not None):
            return None
        peak = pair.pixels.peak if isinstance(pair.pixels, DirectPair) else self.protocol.peak
        return self.protocol.alignment, self.protocol.crop, self.protocol.colour, peak

    def _pixels(
        self,
        scored: NDArray[Any],
        target: UInt8Image,
        of_target: SharedWork,
        aligned_once: Callable[[Callable[[], Alignment]], Alignment],
    ) -> PixelPair:
        """The two images as PSNR and SSIM compare them; their alignment is kept for protocols that clip it."""
        protocol = self.protocol
        try:
            if protocol.alignment != "none":
                aligned = aligned_once(lambda: align(to_unit(scored), to_unit(target)))
                return AlignedPair(clipped(aligned) if protocol.alignment == "ecc-clipped" else aligned)
            reference = target if scored.dtype == np.uint8 else of_target.once("unit", partial(to_unit, target))
            return DirectPair.of(
                scored,
                reference,
                crop=protocol.crop,
                colour=protocol.colour,
                peak=protocol.peak,
                threads=self._threads,
                of_target=of_target,
            )
        except MetricUnavailableError as reason:
            return UncomparablePair(reason)


def _alignment(pixels: PixelPair) -> AlignmentFacts | None:
    if not isinstance(pixels, AlignedPair):
        return None
    a, b, c, d, e, f, g, h, i = (float(value) for value in pixels.alignment.homography.ravel())
    return AlignmentFacts(pixels.alignment.mask_fraction, (a, b, c, d, e, f, g, h, i))
