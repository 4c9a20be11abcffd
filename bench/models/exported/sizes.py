"""Sizes that an exported graph was fixed to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...contracts import ModelCard
from ...errors import CheckpointError, RestorationError

__all__ = ["FixedSize", "fitted"]

CHANNELS = 3
RANK = 4


@dataclass(frozen=True, slots=True)
class FixedSize:
    """The size that a graph takes, if it takes one only; `None` for a dimension that may vary."""

    batch: int | None
    height: int | None
    width: int | None

    def check(self, shape: Sequence[int]) -> None:
        """Refuse another shape.

        Raises:
            RestorationError: the graph does not take it; the message says what would do.
        """
        batch, _, height, width = shape
        if self.batch is not None and batch != self.batch:
            raise RestorationError(f"The graph takes batches of {self.batch} only: export it with a dynamic batch.")
        asked = (self.height or height, self.width or width)
        if (height, width) != asked:
            tiles = f"--tile {asked[0]} restores in tiles of that size, or " if asked[0] == asked[1] else ""
            raise RestorationError(
                f"The graph takes {asked[1]}x{asked[0]} pixels only, not {width}x{height}: {tiles}export it with "
                "dynamic height and width."
            )


def fitted(card: ModelCard, path: Path, shape: Sequence[int | None]) -> tuple[ModelCard, FixedSize | None]:
    """The card of a graph with this input, and the sizes that it was fixed to, if any.

    Smaller images are padded up to a fixed square.

    Raises:
        CheckpointError: the input is no image (N, 3, H, W).
    """
    text = "x".join("?" if side is None else str(side) for side in shape)
    if len(shape) != RANK:
        raise CheckpointError(f"{path} takes {text or 'a number'}: export a network of images (N, 3, H, W).")
    batch, channels, height, width = shape
    if channels not in (None, CHANNELS):
        last = " (it looks like N, H, W, C: export it with channels first)" if width == CHANNELS else ""
        raise CheckpointError(f"{path} takes {text}, not RGB images (N, 3, H, W){last}.")
    if batch is None and height is None and width is None:
        return card, None
    if height is None and width is None:
        return card, FixedSize(batch, None, None)
    fixed = f"takes {width or 'any'}x{height or 'any'} pixels only"
    if height == width and height is not None:
        card = replace(card, size=replace(card.size, minimum=max(card.size.minimum, height)))
    return replace(card, notes=(f"The graph {fixed}.", *card.notes)), FixedSize(batch, height, width)
