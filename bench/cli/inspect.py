"""`restorebench inspect`: which input pixels decide an output pixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..evaluation.completers import complete_models
from .common_options import with_verbosity

if TYPE_CHECKING:
    from ...reports.figures.influence import Inspected
    from ..contracts import JsonValue

__all__ = ["inspect"]

SHARES = (0.5, 0.9, 0.99)
"""Shares of the gradient for which the side of a square is given."""


@with_verbosity
def inspect(
    *model: Annotated[str, Parameter(completer=complete_models)],
    image: Annotated[Path, Parameter(name=["--image", "-i"])],
    out: Path = Path("influence.png"),
    at: tuple[int, int] | None = None,
    side: int = 16,
    device: str = "cpu",
    json: bool = False,
) -> int:
    """Draw the effective receptive field and the local attribution map of models on an image.

    The receptive field is the gradient of one output pixel (Luo et al. 2016), drawn on a logarithmic scale. The
    attribution says which input pixels the edges in a square of the output come from (Gu and Dong, CVPR 2021). The
    table lists the side of the square around the pixel that holds half, 90 % and 99 % of its gradient, and the index of
    diffusion of the attribution, from 0 (one pixel) to 100 (all alike).

    For example:
      restorebench inspect nafnet-nano-deblur nafnet-nano-deblur+pde -i blurred.png
      restorebench inspect nafnet-width32=NAFNet-GoPro-width32.pth -i blurred.png --at 320 200 --out field.svg

    Args:
        model: Models, each as NAME, NAME=WEIGHTS, or ./file.py:name; a row each.
        image: The degraded image.
        out: Output file: PNG, SVG or PDF.
        at: Column and row of the output pixel, and of the middle of the square (default: the middle of the image).
        side: Side of the square in pixels.
        device: cpu, cuda or cuda:N.
        json: Print the numbers as JSON.
    """
    from ...reports.figures.influence import Inspected, draw_influence
    from ..errors import UsageError
    from ..files.images import decode_image
    from ..models.attribution import Patch, effective_receptive_field, local_attribution
    from ..models.loading import load_model

    if not model:
        raise UsageError("Name at least one model to inspect: restorebench inspect nafnet-nano-deblur -i blurred.png.")
    if not image.is_file():
        raise UsageError(f"There is no image {image}: give the path of a degraded image with -i.")
    place = out.absolute()  # a model may change the working directory
    pixels = decode_image(image, str(image))
    height, width, _ = pixels.shape
    column, row = at or (width // 2, height // 2)
    square = Patch(row - side // 2, column - side // 2, side)
    inspected: list[Inspected] = []
    for name in model:
        restorer = load_model(name, device=device)
        field = effective_receptive_field(restorer, pixels, Patch(row, column))
        inspected.append(Inspected(restorer.card.title, field, local_attribution(restorer, pixels, square)))
    draw_influence(pixels, inspected, place)
    _show(model, inspected, out, json=json)
    return 0


def _show(models: Sequence[str], inspected: Sequence[Inspected], out: Path, *, json: bool) -> None:
    from ..terminal.display import new_table, print_json, print_table, print_text
    from ..terminal.paths import shown_path

    if json:
        rows: list[JsonValue] = [
            {
                "model": name,
                "sides": {f"{share:g}": each.field.side(share) for share in SHARES},
                "diffusion": each.attribution.diffusion,
                "picture": str(out),
            }
            for name, each in zip(models, inspected, strict=True)
        ]
        print_json(rows)
        return
    numbers = (*(f"{100 * share:.0f} % in, px" for share in SHARES), "diffusion")
    table = new_table("model", *numbers, right=numbers)
    for name, each in zip(models, inspected, strict=True):
        table.add_row(name, *(str(each.field.side(share)) for share in SHARES), f"{each.attribution.diffusion:.1f}")
    print_table(table)
    print_text(shown_path(out))
