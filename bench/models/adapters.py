"""Adapters to torch modules: for functions of tensors and for functions of 8-bit arrays.

A function says by the annotation of its first parameter what it takes: `torch.Tensor` is (N, 3, H, W) float32 RGB in
[0, 1], `numpy.ndarray` is one image (H, W, 3) uint8 RGB. `on_tensors` and `on_arrays` say it for one without.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from ..errors import RestorationError, UsageError

if TYPE_CHECKING:
    from torch import nn

__all__ = ["as_network", "on_arrays", "on_tensors", "restoring_network"]

TRIAL_SIDE = 64
"""Side in pixels of the image that a function without annotations is tried on."""


def on_tensors(function: Callable[..., Any]) -> nn.Module:
    """A network from a function of (N, 3, H, W) float32 RGB in [0, 1]; it returns the same shape, not clamped."""
    from .functions import TensorFunction

    return TensorFunction(function)


def on_arrays(function: Callable[..., Any]) -> nn.Module:
    """A network from a function of one image (H, W, 3) uint8 RGB; it returns uint8, or floats in [0, 1]."""
    from .functions import ArrayFunction

    return ArrayFunction(function)


def as_network(value: object) -> nn.Module | None:
    """A module as it is, a function by the annotation of its first parameter; `None` for anything else."""
    import torch
    from torch import nn

    if isinstance(value, torch.jit.ScriptModule):  # pyright: ignore[reportPrivateImportUsage] -- torch documents it under this name
        from .exported.torchscript import ScriptedNetwork

        return ScriptedNetwork(value)
    if isinstance(value, nn.Module):
        return value
    if not callable(value) or isinstance(value, type):
        return None
    kind = _annotated(value)
    if kind is None:
        return None
    return on_tensors(value) if kind == "tensors" else on_arrays(value)


def restoring_network(value: object) -> nn.Module:
    """A module as it is, or any function of tensors or of 8-bit arrays; one without annotations is tried on an image.

    Raises:
        UsageError: it is neither; the message says what was tried.
    """
    network = as_network(value)
    if network is not None:
        return network
    if isinstance(value, type):
        raise UsageError(f"{value.__name__} is a class, not a model: give an object of it, {value.__name__}(...).")
    if not callable(value):
        raise UsageError(
            f"A {type(value).__name__} is no model: give a name, a Restorer, a torch module, or a function of tensors "
            "or of 8-bit arrays."
        )
    refusals: list[str] = []
    for adapt in (on_tensors, on_arrays):
        refusal = _tried(adapt(value))
        if refusal is None:
            return adapt(value)
        refusals.append(refusal)
    raise UsageError(
        f"{_name(value)} restores neither a float tensor (1, 3, {TRIAL_SIDE}, {TRIAL_SIDE}) ({refusals[0]}) nor an "
        f"8-bit array ({TRIAL_SIDE}, {TRIAL_SIDE}, 3) ({refusals[1]}): annotate its parameter, or use on_tensors or "
        "on_arrays."
    )


def _tried(network: nn.Module) -> str | None:
    """Try a network on a small image; the reason why it is not restored, or `None`."""
    import torch

    image = torch.linspace(0, 1, 3 * TRIAL_SIDE**2).view(1, 3, TRIAL_SIDE, TRIAL_SIDE)
    try:
        with torch.no_grad():
            output = network(image)
    except RestorationError as error:
        return str(error).rstrip(".")
    except Exception as error:  # noqa: BLE001 -- a function of the other kind may raise anything
        return f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:120]}"
    if not isinstance(output, torch.Tensor) or output.shape != image.shape:
        return f"it returns {tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__}"
    return None


def _annotated(function: Callable[..., object]) -> Literal["tensors", "arrays"] | None:
    """Find the kind of the first parameter by the name of its annotation, which may be text or an alias."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    if not parameters or parameters[0].kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
        return None
    annotation = parameters[0].annotation
    text = annotation if isinstance(annotation, str) else f"{getattr(annotation, '__name__', '')} {annotation}"
    if "Tensor" in text:
        return "tensors"
    return "arrays" if "ndarray" in text or "NDArray" in text else None


def _name(function: Callable[..., object]) -> str:
    return str(getattr(function, "__qualname__", type(function).__qualname__))
