"""`restorebench datasets overlap`: images that two data sets share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ..errors import few
from ..evaluation.completers import complete_datasets
from ..terminal.wording import counted
from .common_options import with_verbosity

if TYPE_CHECKING:
    from ...datasets.copies.overlap import Overlap

__all__ = ["overlap"]

SHOWN = 20
"""Number of pairs printed; --json lists all."""


@with_verbosity
def overlap(
    first: Annotated[str, Parameter(completer=complete_datasets)],
    second: Annotated[str | None, Parameter(completer=complete_datasets)] = None,
    /,
    *,
    most_bits: int | None = None,
    json: bool = False,
) -> int:
    """Find near-duplicates among the targets of two data sets, such as one for training and one for tests.

    Pictures are compared by a perceptual hash of 255 bits, which survives small crops, resizing and compression.
    Unrelated photographs differ in about half of them, near-duplicates in fewer than twenty.

    For example:
      restorebench datasets overlap unpaired=/data/RainTrainH/norain rain100h=/data/Rain100H
      restorebench datasets overlap rain100h=/data/Rain100H
      restorebench datasets overlap 'paired[degraded=low,target=high]=/data/LOL/our485' lol-v2-real=LOL-v2.zip --json

    Exit code: 0 if there are none, 1 if there are some, 2 if a data set cannot be opened.

    Args:
        first: NAME=FOLDER; unpaired=FOLDER for a folder of clean training images.
        second: NAME=FOLDER of the other data set (default: the first one, compared with itself).
        most_bits: Bits in which near-duplicates may differ (default: 40).
        json: Print everything as JSON.
    """
    from ...datasets.copies.overlap import MOST_BITS, find_overlap
    from ...datasets.copies.perceptual_hash import BITS
    from ..datasets import open_copy
    from ..errors import UsageError
    from ..files.codec import encode
    from ..registry.specs import parse_spec
    from ..terminal.display import RunProgress, print_json, print_lines

    limit = MOST_BITS if most_bits is None else most_bits
    if not 0 <= limit <= BITS // 3:
        raise UsageError(f"--most-bits is {limit}, but must be 0 to {BITS // 3}: beyond, unrelated images would match.")
    specs = [parse_spec(text) for text in (first, second) if text]
    opened = [open_copy(spec) for spec in specs]
    other = opened[1] if len(opened) > 1 else None
    result = find_overlap(opened[0], other, most_bits=limit, progress=RunProgress())
    if json:
        print_json(encode(result))
    else:
        print_lines(list(_told(result)))
    return 1 if result.pairs else 0


def _told(result: Overlap) -> Iterator[str]:
    if result.within:
        yield f"{result.first}: {counted(result.first_images, 'image')}, {result.distinct} distinct"
    else:
        yield (
            f"{len(result.second_keys)} of {counted(result.second_images, 'image')} of {result.second} have a "
            f"near-duplicate among the {result.first_images} of {result.first}"
        )
        yield f"{len(result.first_keys)} of {counted(result.first_images, 'image')} of {result.first} have one there"
    for pair in result.pairs[:SHOWN]:
        how = "equal" if pair.bits == 0 else f"{pair.bits} bits apart"
        yield f"  {pair.first} and {pair.second}, {how}"
    if len(result.pairs) > SHOWN:
        yield f"  and {counted(len(result.pairs) - SHOWN, 'more pair')}: see --json"
    if result.problems:
        yield f"  {counted(len(result.problems), 'image')} not compared: {few(result.problems, 1)}"
