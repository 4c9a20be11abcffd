"""Protocols as combinations of the pieces in `ways`, so that an answer can name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import RestorebenchError
from ..metrics.psnr import PsnrSpec
from ..metrics.ssim_spec import SsimSpec
from ..protocols.protocol import PROTOCOLS, Protocol, Source
from .ways import MOST_CROP, PSNR_FORMS, SSIM_FORMS

__all__ = ["ProtocolWay", "known_protocols", "protocol_way"]

_COLOURS = {
    "rgb": "rgb",
    "y": "y",
    "y-float32": "y",
    "y-float32-sum": "y",
    "y-rounded": "y-rounded",
    "y-full-range": "y-full-range",
}
"""A protocol's colour to the one that is searched; those in float32 are the unrounded Y to 4e-6 dB."""


@dataclass(frozen=True, slots=True)
class ProtocolWay:
    """What a protocol does to 8-bit images, piece by piece."""

    id: str
    colour: str
    region: str
    psnr: str
    ssim: str | None
    """`None`: the protocol has no SSIM."""

    lpips: str | None


def known_protocols() -> list[Protocol]:
    """Every registered protocol that can be loaded."""
    found: list[Protocol] = []
    for name in PROTOCOLS.names():
        try:
            found.append(PROTOCOLS.get(name))
        except RestorebenchError:  # a plug-in's; `protocols` says what is wrong with it
            continue
    return found


def protocol_way(protocol: Protocol) -> ProtocolWay | None:
    """The protocol in pieces; `None` if it does anything that no piece does, such as aligning images.

    Its rounding does not matter: restored images are already rounded, or a float is measured that no protocol rounds.
    """
    if protocol.psnr is None:
        return None
    colour = _COLOURS.get(protocol.colour)
    psnr = _form(protocol.psnr, ((name, form.spec) for name, form in PSNR_FORMS.items() if not form.peak_of_target))
    ssim = None
    if protocol.ssim is not None:
        # In float32 the same form, to 1e-4 on photographs.
        double = replace(protocol.ssim, arithmetic="float64")
        ssim = _form(double, ((name, form.spec) for name, form in SSIM_FORMS.items()))
    unknown = protocol.ssim is not None and ssim is None
    if colour is None or psnr is None or unknown or protocol.crop > MOST_CROP or not _is_plain(protocol):
        return None
    lpips = None if protocol.lpips is None else protocol.lpips.net
    return ProtocolWay(protocol.id, colour, f"crop{protocol.crop}", psnr, ssim, lpips)


def _form(spec: PsnrSpec | SsimSpec, known: Iterable[tuple[str, PsnrSpec | SsimSpec]]) -> str | None:
    return next((name for name, candidate in known if candidate == spec), None)


def _is_plain(protocol: Protocol) -> bool:
    """Whether nothing is left of a protocol without its pieces: fields that this module does not know of count."""
    neutral = Protocol(name="", version=1, title="", source=Source("", ""))
    rest = replace(
        protocol,
        name="",
        version=1,
        title="",
        source=Source("", ""),
        notes=(),
        added=(),
        quantiser=neutral.quantiser,
        clamp=neutral.clamp,
        colour=neutral.colour,
        crop=neutral.crop,
        # Differs from the fixed peak for an all-black 8-bit image only.
        peak=neutral.peak,
        psnr=neutral.psnr,
        ssim=neutral.ssim,
        lpips=neutral.lpips,
    )
    return rest == neutral
