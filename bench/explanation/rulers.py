"""Measure one pair of images in every way, sharing what the ways have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contracts import UInt8Image
from ..errors import ImageError
from ..metrics.images import check_shapes, to_unit
from ..metrics.shared_work import SharedWork
from ..protocols.protocol import Protocol
from ..protocols.scorer import Scorer
from .protocol_ways import known_protocols, protocol_way
from .similarity import similarities
from .ways import COLOUR_WORDS, LPIPS_FORMS, REGIONS, SSIM_FORMS, LpipsForm, Placement, colours_of, planes

if TYPE_CHECKING:
    from torch import Tensor

    from ..metrics.kept_features import Features

__all__ = [
    "Group",
    "Ruler",
    "Values",
    "column",
    "lpips_rulers",
    "pixel_ruler",
    "placed",
    "protocol_rulers",
    "ssim_ruler",
]

Values: TypeAlias = Mapping[str, float]
"""Column to value, for one image; a column that an image does not have is absent."""

Group: TypeAlias = str
"""Columns that are measured together: `pixels`, `ssim`, `lpips`, `whole` or `aligned`."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """One group of columns, and how an image is measured in all of them."""

    group: Group
    columns: tuple[str, ...]
    measure: Callable[[NDArray[Any], UInt8Image, SharedWork], Values]
    """(restored, target, what was computed of the target so far) to values; raises `ImageError` for images of different
    sizes."""


def column(quantity: str, colour: str = "", region: str = "", form: str = "") -> str:
    """The name of a column in stored measurements.

    >>> column("ssim", "rgb", "crop4", "wang")
    'ssim rgb crop4 wang'
    """
    return " ".join(filter(None, (quantity, colour, region, form)))


def pixel_ruler() -> Ruler:
    """Mean squared errors, and the ranges of the target that some scripts take for the peak."""
    columns = tuple(
        column(quantity, colour, region)
        for colour in COLOUR_WORDS
        for region in REGIONS
        for quantity in ("mse", "range")
    )
    return Ruler("pixels", columns, _errors)


def ssim_ruler() -> Ruler:
    """SSIM in every form, colour and region."""
    columns = tuple(
        column("ssim", colour, region, form)
        for colour in COLOUR_WORDS
        for region in REGIONS
        for form in SSIM_FORMS
        if colour == "rgb" or not SSIM_FORMS[form].colour_only
    )
    return Ruler("ssim", columns, _similarities)


def lpips_rulers() -> tuple[Ruler, ...]:
    """LPIPS by every network whose weights are here; none if there are none."""
    from ..metrics.lpips import backbone_path

    columns = {
        column("lpips", form=name): form for name, form in LPIPS_FORMS.items() if backbone_path(form.net).is_file()
    }
    return (Ruler("lpips", tuple(columns), partial(_distances, columns)),) if columns else ()


def protocol_rulers(*, aligned: bool) -> tuple[Ruler, ...]:
    """Protocols that no combination of the pieces in `ways` describes, each by its own code.

    Args:
        aligned: whether those that align the images are among them, of which each takes as long as all pieces.

    Raises:
        MissingDependencyError: a protocol aligns images, and OpenCV is not installed.
    """
    whole = [protocol for protocol in known_protocols() if protocol_way(protocol) is None]
    kinds = {
        "whole": [protocol for protocol in whole if protocol.alignment == "none"],
        "aligned": [protocol for protocol in whole if aligned and protocol.alignment != "none"],
    }
    found = ((kind, _scorers(protocols)) for kind, protocols in kinds.items())
    return tuple(Ruler(kind, tuple(scorers), partial(_scored, scorers)) for kind, scorers in found if scorers)


def placed(ruler: Ruler, placement: Placement) -> Ruler:
    """The ruler for restored images and targets of different sizes, both cut to their common one."""

    def measure(restored: NDArray[Any], target: UInt8Image, of_target: SharedWork) -> Values:
        return ruler.measure(*placement.cut(restored, target), of_target)

    return replace(ruler, measure=measure)


def _scorers(protocols: Sequence[Protocol]) -> dict[str, tuple[str, Scorer]]:
    """Column to metric and protocol, for PSNR and SSIM."""
    scorers = [replace(protocol, lpips=None, added=()).prepare() for protocol in protocols]
    return {
        column(metric, form=scorer.protocol.id): (metric, scorer)
        for scorer in scorers
        for metric in scorer.protocol.metrics
        if metric in ("psnr", "ssim")
    }


def _scored(
    scorers: Mapping[str, tuple[str, Scorer]], restored: NDArray[Any], target: UInt8Image, of_target: SharedWork
) -> Values:
    del of_target  # protocols prepare the target by themselves
    found: dict[str, float] = {}
    for scorer in dict.fromkeys(scorer for _, scorer in scorers.values()):
        try:
            metrics = scorer.score(restored, target).metrics
        except ImageError:  # the protocol wants an image of another size, which a network would have to make
            continue
        for name, (metric, its) in scorers.items():
            value = metrics.get(metric) if its is scorer else None
            if value is not None:
                found[name] = value
    return found


def _boxes(image: UInt8Image) -> dict[str, tuple[int, int, int, int]]:
    height, width = image.shape[:2]
    boxes = {name: region.box(height, width) for name, region in REGIONS.items()}
    return {
        name: (top, left, bottom, right)
        for name, (top, left, bottom, right) in boxes.items()
        if bottom > top and right > left
    }


def _errors(restored: NDArray[Any], target: UInt8Image, of_target: SharedWork) -> Values:
    check_shapes(restored, target)
    found: dict[str, float] = {}
    boxes = _boxes(target)
    for colour in colours_of(restored):
        x, y = planes(restored, colour), of_target.once(("planes", colour), partial(planes, target, colour))
        squares = np.square(x - y).sum(axis=0)
        for region, (top, left, bottom, right) in boxes.items():
            inside = (slice(top, bottom), slice(left, right))
            seen = y[:, *inside]
            found[column("mse", colour, region)] = float(squares[inside].sum()) / seen.size
            found[column("range", colour, region)] = float(seen.max() - seen.min())
    return found


def _similarities(restored: NDArray[Any], target: UInt8Image, of_target: SharedWork) -> Values:
    check_shapes(restored, target)
    found: dict[str, float] = {}
    boxes = _boxes(target)
    distinct = {box: name for name, box in reversed(boxes.items())}
    for colour in colours_of(restored):
        x, y = planes(restored, colour), of_target.once(("planes", colour), partial(planes, target, colour))
        specs = {name: form.spec for name, form in SSIM_FORMS.items() if len(x) > 1 or not form.colour_only}
        values = similarities(x, y, specs, {name: box for box, name in distinct.items()})
        for name in distinct.values():  # where nothing is reduced, the form that reduces is the one that does not
            if (name, "wang") in values:
                values.setdefault((name, "wang-reduced"), values[name, "wang"])
        for region, box in boxes.items():
            for form in specs:
                if (distinct[box], form) in values:
                    found[column("ssim", colour, region, form)] = values[distinct[box], form]
    return found


def _distances(
    columns: Mapping[str, LpipsForm], restored: NDArray[Any], target: UInt8Image, of_target: SharedWork
) -> Values:
    from ..metrics.lpips import load_lpips, lpips_between

    check_shapes(restored, target)
    found: dict[str, float] = {}
    for name, form in columns.items():
        known = of_target.once(("lpips", name), partial(_features, form, target))
        found[name] = lpips_between(load_lpips(form.net), _features(form, restored), known)
    return found


def _features(form: LpipsForm, image: NDArray[Any]) -> Features:
    from ..metrics.lpips import load_lpips, lpips_features

    planes = _tensor(image)
    # `lpips_features` gives the network 2v - 1; (v + 1)/2 makes that v itself, as where the scaling was forgotten.
    return lpips_features(load_lpips(form.net), planes if form.scaled else (planes + 1) / 2)


def _tensor(image: NDArray[Any]) -> Tensor:
    import torch

    planes = np.ascontiguousarray(np.moveaxis(to_unit(np.atleast_3d(image)), -1, 0), dtype=np.float32)
    return torch.from_numpy(planes)  # pyright: ignore[reportUnknownMemberType] -- torch leaves its signature open
