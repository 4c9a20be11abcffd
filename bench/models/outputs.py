"""The output of a network: which item of it is the image, whether it is one, and what its values mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..contracts import UNIT_RANGE, ImageForm, UInt8Image, ValueRange
from ..errors import RestorationError
from .host_memory import holds_only_finite

__all__ = ["NOT_FINITE", "check_finite", "likely_range", "output_image", "range_text"]

BRIGHT_RANGES: tuple[ValueRange, ...] = ((0.0, 255.0),)
SIGNED_RANGES: tuple[ValueRange, ...] = ((-1.0, 1.0), (-0.5, 0.5))
"""Ranges that networks of the field use instead of 0..1."""

NOT_FINITE = "The restored image holds NaN or infinite values."

MOST_NAMED = 8
"""Items of a list or dictionary that a message describes."""


def output_image(output: object, padded: Tensor, form: ImageForm) -> Tensor:
    """The image in what a network returned, as it was returned.

    Args:
        output: what the network returned.
        padded: what it was given, (N, 3, H, W).
        form: which item is the image; integers are accepted where it declares a range of values.

    Raises:
        RestorationError: there is no such item, or it is not an image of the size of the input; the message says what
            it is and what to declare.
    """
    image = output if form.output is None else _item(output, form.output)
    if not isinstance(image, Tensor):
        raise RestorationError(_no_tensor(image, padded))
    if image.shape != padded.shape:
        raise RestorationError(
            f"The network returned the shape {tuple(image.shape)} for {tuple(padded.shape)}: it must keep the size of "
            "its input."
        )
    if image.is_complex():
        raise RestorationError(
            f"The network returned complex values ({_dtype(image)}): return the real part, or the magnitude, as floats."
        )
    if image.dtype == torch.bool:
        raise RestorationError("The network returned true and false (bool): return the image as floats.")
    if not image.is_floating_point() and form.output_range == UNIT_RANGE:
        raise RestorationError(
            f"The network returned integers ({_dtype(image)}), which between 0 and 1 hold no image: return floats in "
            "0..1, or declare what they mean with the option [output_range=0..255]."
        )
    return image


def check_finite(output: Tensor) -> Tensor:
    """The output itself.

    Raises:
        RestorationError: it holds values that no image has.
    """
    if not holds_only_finite(output):
        raise RestorationError(NOT_FINITE)
    return output


def range_text(values: ValueRange) -> str:
    """A range as the option has it.

    >>> range_text((-1.0, 1.0))
    '-1..1'
    """
    return f"{values[0]:g}..{values[1]:g}"


def likely_range(planes: NDArray[np.float32], degraded: UInt8Image) -> ValueRange | None:
    """The range of values that a raw output seems to have, when another one fits it better than 0..1.

    A restored image resembles its input. So the right range is the one that brings the output close to it.

    Args:
        planes: (3, H, W), what the network returned, by the range that is declared.
        degraded: (H, W, 3), what it was given.
    """
    step = max(1, min(degraded.shape[:2]) // 64)
    given = degraded[::step, ::step].transpose(2, 0, 1).astype(np.float64) / 255
    made = planes[:, ::step, ::step].astype(np.float64)
    low, high = np.quantile(made, (0.01, 0.99))
    candidates: list[ValueRange] = []
    if high > 2:  # noqa: PLR2004 -- twice the white of 0..1
        candidates += BRIGHT_RANGES
    if low < -0.1:  # noqa: PLR2004 -- beyond the ringing of a restored image
        candidates += SIGNED_RANGES
    if not candidates or not _alike(made, given):
        return None
    error = _distance(made, given, UNIT_RANGE)
    best = min(candidates, key=lambda values: _distance(made, given, values))
    return best if _distance(made, given, best) < min(0.5 * error, 0.2) else None


def _distance(made: NDArray[np.float64], given: NDArray[np.float64], values: ValueRange) -> float:
    low, high = values
    return float(np.abs((made - low) / (high - low) - given).mean())


def _alike(made: NDArray[np.float64], given: NDArray[np.float64]) -> bool:
    """Whether the two are the same image up to brightness and contrast, more or less."""
    if not (made.std() and given.std()):
        return False
    return float(np.corrcoef(made.ravel(), given.ravel())[0, 1]) > 0.5  # noqa: PLR2004 -- noise against noise has 0


def _item(output: object, key: int | str) -> object:
    """The item of a list, tuple or dictionary, or the attribute of an object, that an option names."""
    attributes: object = output
    if isinstance(output, Mapping):
        items = cast("Mapping[object, object]", output)
        named = {str(name): value for name, value in items.items()}
        if str(key) in named:
            return named[str(key)]
        if isinstance(key, int) and key < len(named):
            return list(named.values())[key]
    elif isinstance(output, Sequence) and not isinstance(output, str) and isinstance(key, int):
        sequence = cast("Sequence[object]", output)
        if -len(sequence) <= key < len(sequence):
            return sequence[key]
    elif isinstance(key, str) and hasattr(attributes, key):
        return cast("object", getattr(attributes, key))
    raise RestorationError(f"The network's output has no item {key!r}: it returned {_described(attributes)}.")


def _no_tensor(image: object, padded: Tensor) -> str:
    fitting = _fitting(image, padded)
    advice = "return the restored (N, 3, H, W) alone"
    if fitting is not None:
        advice += f", or choose it with the option [output={fitting}]"
    return f"The network returned {_described(image)}, not a tensor: {advice}."


def _fitting(image: object, padded: Tensor) -> str | None:
    """The first item that has the shape of the input."""
    for name, value in _items(image):
        if isinstance(value, Tensor) and value.shape == padded.shape:
            return name
    return None


def _items(output: object) -> list[tuple[str, object]]:
    if isinstance(output, Mapping):
        items = cast("Mapping[object, object]", output)
        return [(str(name), value) for name, value in items.items()]
    if isinstance(output, (list, tuple)):
        return [(str(index), value) for index, value in enumerate(cast("Sequence[object]", output))]
    return []


def _described(output: object) -> str:
    """`a tuple of 2 (0: tensor (1, 3, 8, 8), 1: float)`."""
    items = _items(output)
    if not items:
        return f"a {type(output).__name__}" if output is not None else "nothing (None)"
    shown = [f"{name}: {_kind(value)}" for name, value in items[:MOST_NAMED]]
    more = f" and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else ""
    return f"a {type(output).__name__} of {len(items)} ({', '.join(shown)}{more})"


def _kind(value: object) -> str:
    if isinstance(value, Tensor):
        return f"tensor {tuple(value.shape)}" + ("" if value.dtype == torch.float32 else f" {_dtype(value)}")
    items = _items(value)
    return f"{type(value).__name__} of {len(items)}" if items else type(value).__name__


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
