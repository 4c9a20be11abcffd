"""Options that every model has beside its own: `NAME[output=0,output_range=0..255,multiple_of=8]`.

A model's own option of the same name comes first.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast, get_args

from ..contracts import ImageForm, JsonValue, ModelCard, PaddingMode, SizeRequirements, ValueRange
from ..errors import UsageError, did_you_mean

__all__ = ["GENERAL_OPTIONS", "split_options", "with_general_options"]

GENERAL_OPTIONS: dict[str, str] = {
    "output": "the item of the returned list, tuple or dictionary that is the image: 0, -1 or its name",
    "output_range": "black and white as the network returns them: 0..255 or -1..1",
    "input_range": "black and white as the network expects them: 0..255 or -1..1",
    "multiple_of": "the height and width are padded to a multiple of this",
    "minimum": "smallest height and width; smaller images are padded up to it",
    "padding": "reflect, replicate or zeros",
}
"""Name to meaning."""


def split_options(
    options: Mapping[str, str], build: Callable[..., object], model: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The options of the model itself, and the general ones.

    Raises:
        UsageError: a name that is nearly a general one.
    """
    own = inspect.signature(build).parameters
    general = {
        name: value for name, value in options.items() if _plain(name) in GENERAL_OPTIONS and _plain(name) not in own
    }
    rest = {name: value for name, value in options.items() if name not in general}
    for name in rest:
        known = [*own, *GENERAL_OPTIONS]
        nearest = difflib.get_close_matches(_plain(name), known, n=1)
        if _plain(name) not in own and nearest and nearest[0] in GENERAL_OPTIONS:
            raise UsageError(f"The model {model} has no option {name!r}{did_you_mean(_plain(name), known)}")
    return rest, {_plain(name): value for name, value in general.items()}


def with_general_options(card: ModelCard, options: Mapping[str, str]) -> ModelCard:
    """The card of a model with general options applied and noted among its settings.

    Raises:
        UsageError: a value that makes no sense.
    """
    if not options:
        return card
    noted: dict[str, JsonValue] = {**card.settings, **options}
    return replace(card, images=_image_form(card.images, options), size=_size(card.size, options), settings=noted)


def _image_form(form: ImageForm, options: Mapping[str, str]) -> ImageForm:
    if "output" in options:
        text = options["output"]
        form = replace(form, output=int(text) if text.removeprefix("-").isdigit() else text)
    if "input_range" in options:
        form = replace(form, input_range=_range("input_range", options["input_range"]))
    if "output_range" in options:
        form = replace(form, output_range=_range("output_range", options["output_range"]))
    return form


def _size(size: SizeRequirements, options: Mapping[str, str]) -> SizeRequirements:
    for name in ("multiple_of", "minimum"):
        if name in options:
            text = options[name]
            if not text.isdigit() or int(text) < 1:
                raise UsageError(f"{name}={text} must be a whole number of pixels, such as {name}=8.")
            size = replace(size, **{name: int(text)})
    if "padding" in options:
        text = options["padding"]
        modes = cast("tuple[str, ...]", get_args(PaddingMode))
        if text not in modes:
            raise UsageError(f"padding={text} is not a way to pad{did_you_mean(text, modes)}")
        size = replace(size, padding=cast("PaddingMode", text))
    return size


def _range(name: str, text: str) -> ValueRange:
    low, dots, high = text.partition("..")
    try:
        values = float(low), float(high)
    except ValueError as error:
        raise UsageError(_range_message(name, text)) from error
    if not dots or not values[0] < values[1]:
        raise UsageError(_range_message(name, text))
    return values


def _range_message(name: str, text: str) -> str:
    return f"{name}={text} is not a range: write black and white as numbers, such as {name}=0..255 or {name}=-1..1."


def _plain(name: str) -> str:
    return name.replace("-", "_")
