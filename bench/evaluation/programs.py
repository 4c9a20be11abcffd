"""Programs that restore a folder of images at a time: all waiting images are handed over before the first is scored."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..contracts import ImagePair, UInt8Image
from ..errors import RestorebenchError

if TYPE_CHECKING:
    from ..models.inference import Restorer

__all__ = ["prepare_folder", "seconds_of_program"]


def prepare_folder(restorer: Restorer, pairs: Sequence[ImagePair]) -> None:
    """Let a program restore the degraded images of these pairs in one run; nothing for other models.

    An image that cannot be read is left out, and fails where it is scored.
    """
    from ..models.program_network import ProgramNetwork

    network = restorer.network
    if not isinstance(network, ProgramNetwork) or not network.program.by_folder or _in_parts(restorer):
        return
    images: list[UInt8Image] = []
    for pair in pairs:
        with contextlib.suppress(RestorebenchError, OSError):
            images.append(pair.degraded.read())
    network.prepare(images)


def _in_parts(restorer: Restorer) -> bool:
    """Whether a program gets other images than those of the data set."""
    return restorer.settings.tile is not None or bool(restorer.card.scheme.labels)


def seconds_of_program(restorer: Restorer) -> float | None:
    """How long a program took for the latest image, or its share of a folder; `None` for other models.

    Of an image that it restored in parts, the program knows the last part alone: `None` as well.
    """
    from ..models.program_network import ProgramNetwork

    network = restorer.network
    return network.seconds if isinstance(network, ProgramNetwork) and not _in_parts(restorer) else None
