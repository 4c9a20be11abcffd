"""`restorebench protocols`: list and show evaluation protocols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from ..evaluation.completers import complete_protocols
from .common_options import with_verbosity
from .mistakes import explain

if TYPE_CHECKING:
    from ..protocols.protocol import Protocol

__all__ = ["protocols"]

protocols = App(name="protocols", help_format="plaintext", error_formatter=explain)


@protocols.default
@with_verbosity
def list_protocols(*, json: bool = False) -> None:
    """List every protocol: colour, PSNR, SSIM, LPIPS, and the script it reproduces.

    For example:
      restorebench protocols
      restorebench protocols show gopro@1
      restorebench protocols --json

    Args:
        json: Print full descriptions of all protocols as JSON.
    """
    from ..protocols.catalogue import PROTOCOLS as CATALOGUE
    from ..protocols.protocol import PROTOCOLS
    from ..terminal.display import hint, new_table, print_json, print_table

    others = [name for name in PROTOCOLS.names() if name not in CATALOGUE]
    known = [PROTOCOLS.get(name) for name in (*CATALOGUE, *others)]
    if json:
        print_json([protocol.to_json() for protocol in known])
        return
    table = new_table("Protocol", "Colour", "Saved", "PSNR", "SSIM", "LPIPS", "Source")
    for protocol in known:
        table.add_row(
            protocol.id,
            protocol.colour,
            protocol.quantiser,
            _psnr(protocol),
            _ssim(protocol),
            _lpips(protocol),
            str(protocol.source),
        )
    print_table(table)
    hint("`restorebench protocols show NAME` shows formulas and caveats.")


@protocols.command
@with_verbosity
def show(name: Annotated[str, Parameter(completer=complete_protocols)], *, json: bool = False) -> None:
    """Show the complete definition of one protocol.

    For example:
      restorebench protocols show gopro@1
      restorebench protocols show rain100h

    Args:
        name: NAME@VERSION, or NAME for its newest version.
        json: Print it as JSON.
    """
    from ..protocols.protocol import get_protocol
    from ..terminal.display import print_json, print_lines

    protocol = get_protocol(name)
    if json:
        print_json(protocol.to_json())
        return
    lines = [
        f"{protocol.id}: {protocol.title}",
        f"source: {protocol.source}",
        f"used for: {protocol.source.used_for}",
        *protocol.formula.splitlines(),
        "mean: over per-image values"
        + (f"; identical images make it {protocol.infinite_psnr}" if protocol.psnr is not None else ""),
        *(f"note: {note}" for note in protocol.notes),
    ]
    print_lines([line for line in lines if not line.endswith(": ")])


def _psnr(protocol: Protocol) -> str:
    parts = [] if protocol.input == "whole" else [f"input {protocol.input}"]
    if protocol.alignment != "none":
        parts.append("ECC-aligned" + (", clipped" if protocol.alignment == "ecc-clipped" else ""))
    if protocol.gain != "none":
        parts.append("target's mean")
    if protocol.crop:
        parts.append(f"crop {protocol.crop}")
    if protocol.peak == "from-restored":
        parts.append("peak from image")
    if protocol.quantiser == "none":
        parts.append("clamped float" if protocol.clamp else "raw float")
    if protocol.psnr is None:
        return "-"
    if protocol.psnr.mse_offset:
        parts.append(f"MSE+{protocol.psnr.mse_offset:g}")
    return ", ".join(parts) or "plain"


def _ssim(protocol: Protocol) -> str:
    spec = protocol.ssim
    if spec is None:
        return "-"
    parts = [f"{spec.window} {spec.size}{' 3-D' if spec.over_channels else ''}", spec.border]
    if spec.eight_bit and protocol.quantiser == "none":
        parts.append("8-bit")
    if spec.pooled:
        parts.append("pooled")
    if spec.downsample:
        parts.append("downsampled")
    if spec.data_range != 1:
        parts.append(f"L={spec.data_range:g} of 1")
    if spec.arithmetic == "float32":
        parts.append("float32")
    return ", ".join(parts)


def _lpips(protocol: Protocol) -> str:
    spec = protocol.lpips
    return "-" if spec is None else spec.net if spec.image == "scored" else f"{spec.net}, {spec.image} output"
