"""A look at the first image of a run: whether the network repeats itself, and whether its values are an image's."""

from __future__ import annotations

import numpy as np

from ..contracts import UInt8Image
from .inference import Restored, Restorer
from .outputs import likely_range, range_text
from .sizes import twin

__all__ = ["preflight"]

ROUNDING = 1e-5
"""Largest difference that the summation order of a GPU explains."""


def preflight(restorer: Restorer, degraded: UInt8Image, key: str, first: Restored) -> tuple[str, ...]:
    """What a reader of the numbers must know of a network, one predicate each: `draws random numbers ...`.

    Costs one more restoration, in a copy of the network, which is left as it is. A network that cannot be copied is
    not asked to repeat itself.

    Args:
        restorer: has restored the image.
        degraded: (H, W, 3), the image.
        key: of the image.
        first: what came out.
    """
    name = restorer.card.name
    findings = [*_random(restorer, first), *_values(restorer, degraded, first)]
    if first.changed:
        findings.append(f"changes {' and '.join(first.changed)} when it restores; put back after each image.")
    difference = _repeated(restorer, degraded, key, first)
    if difference:
        cause = (
            "the arithmetic of this device is not deterministic"
            if difference <= ROUNDING and restorer.device.type != "cpu"
            else "it is random in a way that no seed reaches, or keeps something from image to image; "
            f"`restorebench models test {name}` says which"
        )
        findings.append(
            f"restored {key or 'the first image'} differently the second time (by up to {difference:.2g}): {cause}."
        )
    return tuple(findings)


def _random(restorer: Restorer, first: Restored) -> list[str]:
    if not first.drew_from or restorer.card.stochastic or hasattr(restorer.network, "manual_seed"):
        return []
    sources = " and ".join(first.drew_from)
    return [
        (
            f"draws random numbers ({sources}) when it restores: each image is seeded from --seed "
            f"({restorer.settings.seed}) and its key; --samples N averages over seeds and shows their spread."
        )
    ]


def _values(restorer: Restorer, degraded: UInt8Image, first: Restored) -> list[str]:
    likely = likely_range(first.planes, degraded)
    if likely is None:
        return []
    name, low, high = restorer.card.name, float(first.planes.min()), float(first.planes.max())
    return [
        (
            f"returned values from {low:.3g} to {high:.3g}, which fit {range_text(likely)} better than 0..1: if that "
            f"is what they are, write -m '{name}[output_range={range_text(likely)}]'."
        )
    ]


def _repeated(restorer: Restorer, degraded: UInt8Image, key: str, first: Restored) -> float:
    """The largest difference of a second restoration; 0 where the network cannot be copied or fails in the copy."""
    try:
        again = twin(restorer).restore(degraded, key)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 -- a network that cannot be copied, or fails, is judged by its own restorations
        return 0.0
    return float(np.abs(again.planes - first.planes).max())
