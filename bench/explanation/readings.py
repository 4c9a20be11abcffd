"""Everything that may be printed of one set of measurements: a value for each metric, view, form and average."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..metrics.psnr import psnr
from .averages import Average, Images
from .measurements import Measurements
from .protocol_ways import ProtocolWay
from .rulers import column
from .ways import COLOUR_WORDS, LPIPS_FORMS, PSNR_FORMS, REGIONS, SSIM_FORMS, PsnrForm

__all__ = ["Reading", "View", "recorded_views", "views"]

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric by one form, over all images."""

    form: str
    words: str
    """`""` for the usual form."""

    values: Array
    """One for each image."""

    errors: Array | None = None
    """The mean squared errors, where the values are PSNRs of them."""

    peaks: Array | None = None
    psnr_form: PsnrForm | None = None

    def mean(self, average: Average, images: Images) -> float:
        """The number that would be printed, before it is rounded."""
        if average.pooled and self.errors is not None and self.psnr_form is not None and self.peaks is not None:
            error = average.pooled_error(self.errors, images)
            return _psnr(self.psnr_form, error, float(self.peaks.max()))
        return average.mean(self.values, images)


@dataclass(frozen=True, slots=True)
class View:
    """Both images seen in one way, and everything that can be read off them."""

    words: str
    readings: Mapping[str, Sequence[Reading]]
    """By metric, the usual form first."""

    protocols: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict[str, Mapping[str, "str | None"]])
    """Protocols that see the images so: metric to its form."""

    departures: int = 0
    """In how many respects the view is not the plain one; orders answers that are equally good."""


def views(measured: Measurements, protocols: Iterable[ProtocolWay]) -> Iterator[View]:
    """Every view in which something was measured; those of protocols that no piece describes come last."""
    by_view: dict[tuple[str, str], dict[str, Mapping[str, str | None]]] = {}
    for way in protocols:
        forms = {"psnr": way.psnr, "ssim": way.ssim, "lpips": way.lpips}
        by_view.setdefault((way.colour, way.region), {})[way.id] = forms
    learned = tuple(_lpips(measured))
    for colour, colour_words in COLOUR_WORDS.items():
        for region in REGIONS.values():
            readings = {
                "psnr": tuple(_psnrs(measured, colour, region.name)),
                "ssim": tuple(_ssims(measured, colour, region.name)),
                "lpips": learned,
            }
            # LPIPS sees whole RGB images in every view.
            if any(readings[metric] for metric in ("psnr", "ssim")) or (colour, region.name) == ("rgb", "crop0"):
                words = ", ".join(filter(None, (colour_words, region.words)))
                known = by_view.get((colour, region.name), {})
                yield View(words, readings, known, bool(region.words) + (colour not in ("rgb", "y")))
    yield from _whole_protocols(measured, learned)


def recorded_views(recorded: Mapping[str, Mapping[str, Array]]) -> Iterator[View]:
    """What the records of a run hold already.

    Args:
        recorded: protocol to metric to the values of all images.
    """
    for protocol, metrics in recorded.items():
        readings = {metric: (Reading("recorded", "", values),) for metric, values in metrics.items()}
        yield View(f"as recorded by {protocol}", readings, {protocol: dict.fromkeys(metrics, "recorded")}, 1)


def _psnrs(measured: Measurements, colour: str, region: str) -> Iterator[Reading]:
    errors = measured.columns.get(column("mse", colour, region))
    ranges = measured.columns.get(column("range", colour, region))
    if errors is None or ranges is None or not 0 <= errors.min() <= errors.max() < np.inf:
        return
    for name, form in PSNR_FORMS.items():
        peaks = ranges if form.peak_of_target else np.full(len(errors), 255.0)
        if peaks.min() > 0:
            pairs = zip(errors.tolist(), peaks.tolist(), strict=True)
            values = np.array([_psnr(form, error, peak) for error, peak in pairs])
            yield Reading(name, form.words, values, errors, peaks, form)


def _psnr(form: PsnrForm, error: float, peak: float) -> float:
    return psnr(error + form.spec.mse_offset * peak**2, peak, identical=form.spec.identical)


def _ssims(measured: Measurements, colour: str, region: str) -> Iterator[Reading]:
    for name, form in SSIM_FORMS.items():
        values = measured.columns.get(column("ssim", colour, region, name))
        if values is not None:
            yield Reading(name, form.words, values)


def _lpips(measured: Measurements) -> Iterator[Reading]:
    for name, form in LPIPS_FORMS.items():
        values = measured.columns.get(column("lpips", form=name))
        if values is not None:
            yield Reading(name, form.words, values)


def _whole_protocols(measured: Measurements, learned: Sequence[Reading]) -> Iterator[View]:
    found: dict[str, dict[str, Sequence[Reading]]] = {}
    for name, values in measured.columns.items():
        metric, _, protocol = name.partition(" ")
        if "@" in protocol:
            found.setdefault(protocol, {})[metric] = (Reading("whole", "", values),)
    for protocol, readings in found.items():
        forms: dict[str, str | None] = dict.fromkeys(readings, "whole")
        yield View(f"as {protocol} does", {"lpips": learned, **readings}, {protocol: forms | {"lpips": "alex"}}, 1)
