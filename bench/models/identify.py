"""Identification of the architecture that a state dict belongs to, by keys and shapes.

The manifests are not stored: every registered network is built once a process on the meta device, where tensors have
shapes but no storage, so that they cannot disagree with the code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["Candidate", "Shapes", "identify", "manifest", "shapes_of"]

Shapes = Mapping[str, tuple[int, ...]]
"""Key to shape, in the order of the state dict."""

NEAR = 0.2
"""Share of agreeing tensors below which a model is no candidate."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The fit between a state dict and a model."""

    model: str
    agreeing: int
    """Tensors that agree in key and shape."""

    missing: tuple[str, ...] = ()
    """Keys that the model has and the state dict lacks."""

    unexpected: tuple[str, ...] = ()
    """Keys that the state dict has and the model lacks."""

    misshapen: tuple[str, ...] = ()
    """Keys whose shapes differ, with both shapes."""

    part: str = ""
    """The submodule that the state dict alone is: `encoder_lv1`. Neutral value: `""`, the whole model."""

    @classmethod
    def between(cls, model: str, expected: Shapes, given: Shapes, *, part: str = "") -> Candidate:
        """Compare what a model expects with what a state dict gives."""
        common = [key for key in expected if key in given]
        misshapen = [key for key in common if expected[key] != given[key]]
        return cls(
            model,
            agreeing=len(common) - len(misshapen),
            missing=tuple(key for key in expected if key not in given),
            unexpected=tuple(key for key in given if key not in expected),
            misshapen=tuple(f"{key} is {_size(given[key])} instead of {_size(expected[key])}" for key in misshapen),
            part=part,
        )

    @property
    def exact(self) -> bool:
        """Whether every key and shape agrees, and nothing is left over."""
        return not (self.missing or self.unexpected or self.misshapen or self.part)

    @property
    def share(self) -> float:
        """Agreeing tensors of all that either side has, 0 to 1."""
        total = self.agreeing + len(self.missing) + len(self.unexpected) + len(self.misshapen)
        return self.agreeing / total if total else 0.0

    def describe(self) -> str:
        """`prenet`, `prn (23 of 24 tensors agree)` or `encoder_lv1 of dmphn`."""
        if self.exact:
            return self.model
        if self.part:
            return f"{self.part} of {self.model}"
        total = self.agreeing + len(self.missing) + len(self.misshapen)
        return f"{self.model} ({self.agreeing} of {total} tensors agree)"


def identify(state: Mapping[str, Tensor]) -> list[Candidate]:
    """Registered models that a state dict may belong to, best first.

    All exact ones come first; without one, those that agree in at least a fifth of their tensors, and models of
    which the state dict is one part. A name that all keys begin with, such as Lightning's `net.`, may be left out.
    """
    given = shapes_of(state)
    candidates = _candidates(given)
    while not any(candidate.exact for candidate in candidates):
        inside = _below_common_name(given)
        if inside is None:
            break
        given = inside
        candidates += _candidates(given)
    candidates.sort(key=lambda candidate: (not candidate.exact, -candidate.share, candidate.model))
    exact = [candidate for candidate in candidates if candidate.exact]
    return exact or candidates


def _candidates(given: Shapes) -> list[Candidate]:
    return [candidate for name, expected in _manifests().items() for candidate in _compare(name, expected, given)]


def _below_common_name(given: Shapes) -> Shapes | None:
    """The same shapes without the first part of their keys, if it is the same everywhere."""
    first = {key.partition(".")[0] for key in given if "." in key}
    if len(first) != 1 or any("." not in key for key in given):
        return None
    return {key.partition(".")[2]: shape for key, shape in given.items()}


def manifest(name: str) -> Shapes:
    """Keys and shapes of a registered model with its default options.

    Raises:
        UnknownNameError: no model has this name.
    """
    from .entries import MODELS

    return _built(MODELS.get(name).build)


@cache
def _built(build: Callable[..., nn.Module]) -> Shapes:
    import torch

    with torch.device("meta"):
        return shapes_of(build().state_dict())


def shapes_of(state: Mapping[str, Tensor]) -> Shapes:
    """Keys and shapes of a state dict."""
    return {key: tuple(value.shape) for key, value in state.items()}


def _manifests() -> dict[str, Shapes]:
    from .entries import MODELS

    entries = {name: MODELS.get(name) for name in MODELS.names()}
    known = [name for name, entry in entries.items() if entry.card.needs_weights and entry.from_file is None]
    return {name: manifest(name) for name in known}


def _compare(name: str, expected: Shapes, given: Shapes) -> list[Candidate]:
    whole = Candidate.between(name, expected, given)
    if whole.share >= NEAR:
        return [whole]
    found: list[Candidate] = []
    for part in dict.fromkeys(key.partition(".")[0] for key in expected):
        inside = {key.removeprefix(f"{part}."): shape for key, shape in expected.items() if key.startswith(f"{part}.")}
        candidate = Candidate.between(name, inside, given, part=part)
        if inside and candidate.share == 1:
            found.append(candidate)
    return found


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a number"
