"""Options that every model has beside its own: `NAME[output=0,output_range=0..255,weights_key=params_ema]`.

A model's own option of the same name comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from ..contracts import FULL_IMAGE, Ensemble, ImageForm, InferenceScheme, JsonValue, ModelCard, PaddingMode, ValueRange
from ..errors import UsageError
from ..registry.options import bind_arguments, bind_options, options_of

__all__ = ["GeneralOptions", "bind_model_options"]

RESTORES = "a function that restores an image itself annotates its parameter as torch.Tensor or numpy.ndarray"
"""Added where a function lacks an argument: it may be none that builds a network."""


@dataclass(frozen=True, slots=True)
class GeneralOptions:
    """The user's own values for a model; `None` leaves a choice to its card."""

    output: int | str | None = None
    """The item of the returned list, tuple or dictionary that is the image: 0, -1 or its name."""

    output_range: str | None = None
    """Black and white as the network returns them: `0..255` or `-1..1`."""

    input_range: str | None = None
    """Black and white as the network expects them, in the same form."""

    multiple_of: int | None = None
    """The height and width are padded to a multiple of this."""

    minimum: int | None = None
    """Smallest height and width; smaller images are padded up to it."""

    padding: PaddingMode | None = None
    weights_key: str | None = None
    """Which network of a weights file: the key of its state dict, or what all its keys begin with."""

    weights_of: str | None = None
    """The model that the weights file is known to belong to, where it is used in another one on purpose."""

    grid: int | None = None
    """Side in pixels of the cells of a grid that are restored alone; 0 for the whole image."""

    ensemble: Ensemble | None = None
    """`x8` for the mean over the rotations and reflections of an image, `none` for the image as it is."""

    tlc: int | None = None
    """Side in pixels of the windows that global operations are converted to, 1.5 times that of the training patches.

    384 for patches of 256; 0 for none.
    """

    def given(self) -> dict[str, JsonValue]:
        """Those that are not `None`."""
        values: dict[str, JsonValue] = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def applied(self, card: ModelCard) -> ModelCard:
        """The card with these options in force and noted among its settings.

        Raises:
            UsageError: a range that is none.
        """
        size = replace(
            card.size,
            multiple_of=self.multiple_of or card.size.multiple_of,
            minimum=self.minimum or card.size.minimum,
            padding=self.padding or card.size.padding,
        )
        settings = {**card.settings, **self.given()}
        scheme = InferenceScheme(
            grid=card.scheme.grid if self.grid is None else self.grid,
            ensemble=self.ensemble or card.scheme.ensemble,
            tlc=card.scheme.tlc if self.tlc is None else self.tlc,
        )
        # The new scheme adds its labels itself.
        variant = [each for each in card.variant.split(", ") if each not in card.scheme.labels]
        return replace(
            card,
            size=size,
            images=self._images(card.images),
            scheme=scheme,
            variant=", ".join(variant) or FULL_IMAGE,
            settings=settings,
        )

    def _images(self, form: ImageForm) -> ImageForm:
        return ImageForm(
            output=form.output if self.output is None else self.output,
            input_range=_range("input_range", self.input_range, form.input_range),
            output_range=_range("output_range", self.output_range, form.output_range),
        )


def bind_model_options(
    build: Callable[..., object], options: Mapping[str, JsonValue], what: str
) -> tuple[dict[str, object], GeneralOptions]:
    """Divide options between the function that builds a model and those that every model has.

    Args:
        build: its parameters are the model's own options.
        options: names and values; strings as typed by the user.
        what: how messages refer to the model: `model ./mine.py:build`.

    Raises:
        UsageError: an unknown option, a value that does not fit, or a parameter that must be given and is not.
    """
    own = options_of(build)
    names = [field.name for field in fields(GeneralOptions) if field.name not in own]
    asked = {name: value for name, value in options.items() if name.replace("-", "_") in names}
    rest = {name: value for name, value in options.items() if name not in asked}
    general = GeneralOptions(**bind_options(GeneralOptions, asked, what))  # pyright: ignore[reportArgumentType] -- bound by its own annotations
    for name in ("multiple_of", "minimum"):
        value = getattr(general, name)
        if value is not None and value < 1:
            raise UsageError(f"{name} of the {what} is {value}, but must be at least 1.")
    if "grid" in asked and (general.grid is None or general.grid < 0):
        raise UsageError(
            f"grid of the {what} is {asked['grid']}, but must be the side of a cell in pixels, or 0 for none."
        )
    if "tlc" in asked and (general.tlc is None or general.tlc < 0):
        raise UsageError(
            f"tlc of the {what} is {asked['tlc']}, but must be the side of a window in pixels, such as 384 for "
            "training patches of 256, or 0 for none."
        )
    return bind_arguments(build, rest, what, also=names, hint=RESTORES), general


def _range(name: str, text: str | None, otherwise: ValueRange) -> ValueRange:
    if text is None:
        return otherwise
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
