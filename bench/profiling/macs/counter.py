"""Watches a forward pass and charges every operator that runs, to its kind and to the module it runs in.

The counter sits in torch's dispatcher, below autograd and above the kernels. Functional calls, methods,
operators such as `@`, custom autograd functions and einsum all pass it; nothing has to be a module, and no
graph is traced, so loops run as often as they run.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from torch import Tensor
from torch._ops import OpOverload
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from .categories import Category, Status
from .complex_numbers import COMPLEX_CONVOLUTIONS, PRODUCTS, complex_charge, has_complex
from .formulas import Call, transposed_excess
from .operators import UNKNOWN, name_of, rule_for

__all__ = ["ExitWatch", "OperatorCounter", "Tally"]

EXITS = ("numpy", "__array__", "__dlpack__", "data_ptr")
"""Methods of a tensor that hand its values to code outside torch, whose work cannot be seen."""


def _no_macs() -> defaultdict[Category, float]:
    return defaultdict(float)


@dataclass(slots=True)
class Tally:
    """MACs and calls of one operator, or one module, so far."""

    status: Status = "counted"
    calls: int = 0
    macs: defaultdict[Category, float] = field(default_factory=_no_macs)

    @property
    def total(self) -> float:
        """MACs of every category."""
        return sum(self.macs.values())

    def add(self, other: Tally) -> None:
        """Add another tally."""
        self.status = other.status
        self.calls += other.calls
        for category, macs in other.macs.items():
            self.macs[category] += macs


class Tallies(defaultdict[str, Tally]):
    """Tallies by name."""

    def __init__(self) -> None:
        super().__init__(Tally)

    def add(self, others: Mapping[str, Tally]) -> None:
        """Add the tallies of each name."""
        for name, tally in others.items():
            self[name].add(tally)


@dataclass(slots=True)
class Books:
    """Everything that a counter writes down."""

    operators: Tallies = field(default_factory=Tallies)
    """By name of the operator."""

    modules: Tallies = field(default_factory=Tallies)
    """By path of the innermost module; `""` is the network itself."""

    transposed_excess: float = 0.0
    """See `formulas.transposed_excess`."""

    complex_excess: float = 0.0
    """MACs of products of complex numbers beyond one for each, which is what other counters have."""

    @property
    def macs(self) -> Mapping[Category, float]:
        """MACs by category."""
        whole = Tally()
        for tally in self.operators.values():
            whole.add(tally)
        return whole.macs

    def add(self, other: Books) -> None:
        """Write the entries of other books once more."""
        self.operators.add(other.operators)
        self.modules.add(other.modules)
        self.transposed_excess += other.transposed_excess
        self.complex_excess += other.complex_excess


class OperatorCounter(TorchDispatchMode):
    """Charges every operator by `operators.rule_for`; those made of others are taken apart first.

    Attributes:
        path: names of the modules that are running, the innermost last.
        replayed: what was charged without being run.
    """

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] -- untyped in torch
        self.path: list[str] = [""]
        self.replayed = Books()
        self._books = [Books()]
        self._complex_convolutions = 0

    @property
    def books(self) -> Books:
        """Everything charged, outside calls of `noting` that are still open."""
        return self._books[-1]

    @contextlib.contextmanager
    def noting(self) -> Generator[Books]:
        """Books of their own for what runs inside; added to the others at the end."""
        self._books.append(Books())
        try:
            yield self.books
        finally:
            inner = self._books.pop()
            self.books.add(inner)

    def replay(self, books: Books) -> None:
        """Charge what an earlier, equal call has charged."""
        self.books.add(books)
        self.replayed.add(books)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        operator, kwargs = cast("OpOverload", func), kwargs or {}
        rule = rule_for(operator)
        if rule is UNKNOWN:
            with self:
                output = operator.decompose(*args, **kwargs)
            if output is not NotImplemented:
                return output
        args, kwargs = _on_one_device(args, kwargs)
        output = operator(*args, **kwargs)
        call = Call(args, kwargs, output)
        charge = rule.charge(call)
        if "conv" in charge:
            self.books.transposed_excess += transposed_excess(call)
        name, status = name_of(operator), rule.status
        if rule.status == "counted" and has_complex((args, kwargs, output)):
            real, found = charge, complex_charge(name, call, charge)
            if found is None:
                name, status = f"{name} (complex)", "unknown"
            else:
                charge = found
                self.books.complex_excess += sum(found.get(kind, 0.0) - real.get(kind, 0.0) for kind in PRODUCTS)
        elif self._complex_convolutions and "conv" in charge:
            third = charge["conv"] / 3
            self.books.complex_excess += third
            grown: dict[Category, float] = {**charge, "conv": 4 * third}
            charge = grown
        self.charge(name, status, {} if status == "unknown" else charge)
        return output

    @contextlib.contextmanager
    def complex_convolution(self) -> Generator[None]:
        """Inside, torch computes a complex convolution by three real ones; it counts as the four of its definition."""
        self._complex_convolutions += 1
        try:
            yield
        finally:
            self._complex_convolutions -= 1

    def charge(self, operator: str, status: Status, macs: Mapping[Category, float]) -> None:
        """Write down one call of an operator in the running module."""
        tally = Tally(status, 1, defaultdict(float, macs))
        self.books.operators[operator].add(tally)
        self.books.modules[self.path[-1]].add(tally)


class ExitWatch(TorchFunctionMode):
    """Writes down every tensor that leaves torch, as an unknown operator of a counter.

    While it is on, torch also runs the layers of a transformer encoder one by one, not in its fused operator.
    """

    def __init__(self, counter: OperatorCounter) -> None:
        super().__init__()
        self._counter = counter

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "")
        if name in EXITS and getattr(Tensor, name, None) is func:
            self._counter.charge(f"Tensor.{name}", "unknown", {})
        if func in COMPLEX_CONVOLUTIONS and has_complex((args, kwargs)):
            with self._counter.complex_convolution():
                return func(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _on_one_device(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Constants that a network keeps outside its parameters and buffers follow the images to the meta device."""
    on_meta = {leaf.is_meta for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor) and leaf.dim()}
    if len(on_meta) < 2:  # noqa: PLR2004 -- all on meta, or none
        return args, kwargs

    def moved(leaf: Any) -> Any:
        return leaf.to("meta") if isinstance(leaf, Tensor) and leaf.dim() else leaf

    return tree_map(moved, args), tree_map(moved, kwargs)
