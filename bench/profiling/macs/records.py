"""MACs of one restoration by category, operator and module, and totals by convention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .categories import Category, Status

__all__ = [
    "CONVENTIONS",
    "Convention",
    "CrossCheck",
    "MacCount",
    "ModuleMacs",
    "OperatorMacs",
    "OutsideCount",
    "Repeats",
    "convention_total",
]

Convention = Literal["all", "conv+linear+matmul", "conv", "conv+linear, transposed at output"]
"""The MACs that a total includes; see `CONVENTIONS`."""

CONVENTIONS: Mapping[Convention, str] = {
    "all": "everything that computes: half of the operations where they are not multiply-accumulates",
    "conv+linear+matmul": "convolutions, linear layers and matrix products, attention's among them; no biases",
    "conv": "convolutions alone, transposed ones too",
    "conv+linear, transposed at output": (
        "as thop has it: no matrix products; a transposed convolution costs a whole kernel for each output element"
    ),
}

TOLERANCE = 0.01
"""A relative disagreement with another counter above this is reported."""


@dataclass(frozen=True, slots=True)
class OperatorMacs:
    """All calls of one operator."""

    name: str
    """`aten::convolution`; in-place forms and overloads are counted with it."""

    status: Status
    calls: int
    macs: Mapping[Category, float]


@dataclass(frozen=True, slots=True)
class ModuleMacs:
    """One module of the network, without its children."""

    path: str
    """Path as in the state dict; `""` is the network itself."""

    kind: str
    """Name of its class."""

    params: int
    macs: Mapping[Category, float]
    group: str = ""
    """The module's `cost_group`, or the nearest one above it: `physics`."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """A part that does nearly all of the work, by running again and again: the network of an iterative sampler."""

    module: str
    times: int
    macs: Mapping[Category, float]
    """MACs of one run."""


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """The same pass as another counter sees it."""

    counter: str
    macs: float
    ours: float
    """This counter's MACs for the operators that the other one counts."""

    @property
    def difference(self) -> float:
        """Relative to the other counter; 0 where both saw nothing."""
        return (self.ours - self.macs) / self.macs if self.macs else float(self.ours != 0)

    @property
    def agrees(self) -> bool:
        """Whether the two differ by at most 1 %."""
        return abs(self.difference) <= TOLERANCE


@dataclass(frozen=True, slots=True)
class OutsideCount:
    """Another tool's count of the whole network."""

    macs: float
    """Its total."""

    skipped: Mapping[str, int]
    """Operators that it says nothing about and counts as nothing, with their calls."""

    check: CrossCheck
    """Its convolutions, linear layers and matrix products against ours."""


@dataclass(frozen=True, slots=True)
class MacCount:
    """MACs of one call on (batch, 3, height, width)."""

    height: int
    width: int
    batch: int
    method: Literal["meta", "executed", "graph"]
    """Without data, on the meta device; in a real forward pass where a network cannot do without; from the operators
    of an exported graph."""

    macs: Mapping[Category, float]
    transposed_excess: float
    """See `formulas.transposed_excess`."""

    operators: tuple[OperatorMacs, ...]
    """The most expensive first."""

    modules: tuple[ModuleMacs, ...]
    """Modules in the order of registration."""

    check: CrossCheck | None
    """`None` where no other counter reads the graph."""

    repeats: Repeats | None = None
    tile: int | None = None
    passes: int = 1
    """Number of runs of the network: one for each tile, cell of a grid and turn of an ensemble."""

    groups: Mapping[str, float] = field(default_factory=dict[str, float])
    """MACs (`all`) of the modules that say `cost_group`, by group."""

    reason: str = ""
    """Why the meta device would not do; `""` if it did."""

    @property
    def unknown(self) -> tuple[str, ...]:
        """Operators that no formula is known for; with any of them every total is a lower bound."""
        return tuple(operator.name for operator in self.operators if operator.status == "unknown")

    def total(self, convention: Convention = "all") -> float:
        """MACs by a convention."""
        return convention_total(self.macs, self.transposed_excess, convention)


def convention_total(macs: Mapping[Category, float], excess: float, convention: Convention) -> float:
    """Sum the categories that a convention holds."""
    conv, linear, matmul = (macs.get(category, 0.0) for category in ("conv", "linear", "matmul"))
    return {
        "all": sum(macs.values()),
        "conv+linear+matmul": conv + linear + matmul,
        "conv": conv,
        "conv+linear, transposed at output": conv + linear + excess,
    }[convention]
