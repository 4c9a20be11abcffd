"""Options that every model has, whatever its function takes: `NAME[multiple_of=8,weights_key=params_ema]`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

from ..contracts import JsonValue, ModelCard, PaddingMode
from ..errors import UsageError
from ..registry.options import bind_arguments, bind_options, options_of

__all__ = ["Reserved", "bind_model_options"]

RESTORES = "a function that restores an image itself annotates its parameter as torch.Tensor or numpy.ndarray"
"""Added where a function lacks an argument: it may be none that builds a network."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """What a person says about a model that its function is not asked; `None` leaves it to the card."""

    multiple_of: int | None = None
    """Height and width are padded to a multiple of this; see `SizeRequirements`."""

    minimum: int | None = None
    """Smallest height and width."""

    padding: PaddingMode | None = None
    weights_key: str | None = None
    """Which network of a weights file: the key of its state dict, or what all its keys begin with."""

    def given(self) -> dict[str, JsonValue]:
        """Those that were given."""
        values: dict[str, JsonValue] = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def applied(self, card: ModelCard) -> ModelCard:
        """The card with the sizes that were given."""
        size = replace(
            card.size,
            multiple_of=self.multiple_of or card.size.multiple_of,
            minimum=self.minimum or card.size.minimum,
            padding=self.padding or card.size.padding,
        )
        return replace(card, size=size, settings={**card.settings, **self.given()})


def bind_model_options(
    build: Callable[..., object], options: Mapping[str, JsonValue], what: str
) -> tuple[dict[str, object], Reserved]:
    """Divide options between the function that builds a model and those that every model has.

    A parameter of the function wins over a reserved option of its name.

    Raises:
        UsageError: an unknown option, a value that does not fit, or a parameter that must be given and is not.
    """
    own = options_of(build)
    names = [field.name for field in fields(Reserved) if field.name not in own]
    asked = {name: value for name, value in options.items() if name.replace("-", "_") in names}
    rest = {name: value for name, value in options.items() if name not in asked}
    reserved = Reserved(**bind_options(Reserved, asked, what))  # pyright: ignore[reportArgumentType] -- bound by its own annotations
    for name in ("multiple_of", "minimum"):
        value = getattr(reserved, name)
        if value is not None and value < 1:
            raise UsageError(f"{name} of the {what} is {value}, but must be at least 1.")
    return bind_arguments(build, rest, what, also=names, hint=RESTORES), reserved
