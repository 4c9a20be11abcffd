"""Operators on complex numbers, in the real operations that they are.

A product of two complex numbers is four real products and two sums, in a matrix product as in an element; a sum is
two. Operators on complex numbers that stand in no table are unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from .categories import Category
from .formulas import Call, Charge, Formula, per_element, per_output

__all__ = ["COMPLEX_CONVOLUTIONS", "PRODUCTS", "complex_charge", "has_complex"]

PRODUCTS: tuple[Category, ...] = ("conv", "linear", "matmul")
REAL_PRODUCTS = 4
"""In one product of two complex numbers."""

COMPLEX_CONVOLUTIONS = frozenset(
    {
        torch.conv1d,
        torch.conv2d,
        torch.conv3d,
        torch.conv_transpose1d,
        torch.conv_transpose2d,
        torch.conv_transpose3d,
    }
)
"""Functions that torch computes by three real convolutions where their arguments are complex."""


def has_complex(arguments: object) -> bool:
    """Whether any tensor or number in the arguments is complex."""
    return any(
        leaf.is_complex() if isinstance(leaf, Tensor) else isinstance(leaf, complex) for leaf in tree_leaves(arguments)
    )


def complex_charge(name: str, call: Call, charge: Charge) -> Charge | None:
    """Count a call on complex numbers.

    Args:
        name: of the operator.
        call: its arguments and output.
        charge: what it would cost on real numbers.

    Returns:
        `None` if no formula is known.
    """
    if any(category in charge for category in PRODUCTS):
        return {kind: macs * (REAL_PRODUCTS if kind in PRODUCTS else 2) for kind, macs in charge.items()}
    if "fft" in charge or name in COUNTED_ALREADY or not any(charge.values()):
        return charge
    formula = FORMULAS.get(name)
    return None if formula is None else formula(call)


def _division(call: Call) -> Charge:
    """By a real number two quotients; by a complex one a product with its conjugate, its square, and two quotients."""
    by_complex = len(call.args) > 1 and has_complex(call.args[1])
    return {"elementwise": (11 if by_complex else 2) * call.first.numel() / 2}


def _power(call: Call) -> Charge:
    """A square is one product; anything else goes through the logarithm: modulus, angle, and back."""
    square = call.args[1] == 2 if not isinstance(call.args[1], Tensor) else False  # noqa: PLR2004 -- the exponent
    return {"elementwise": (6 if square else 14) * call.first.numel() / 2}


def _added(call: Call) -> dict[Category, float]:
    source: Any = call.args[3]
    return {"elementwise": float(source.numel())}


COUNTED_ALREADY = frozenset({"aten::mul", "aten::add", "aten::sub", "aten::rsub"})
"""Their own formulas look at the numbers."""

FORMULAS: Mapping[str, Formula] = {
    "aten::div": _division,
    "aten::true_divide": _division,
    "aten::pow": _power,
    "aten::reciprocal": per_output(6),
    "aten::neg": per_output(2),
    "aten::conj_physical": per_output(1),
    "aten::_conj_physical": per_output(1),
    "aten::abs": per_output(4),
    "aten::angle": per_output(1),
    "aten::sgn": per_output(6),
    "aten::exp": per_output(5),
    "aten::log": per_output(6),
    "aten::polar": per_output(4),
    "aten::addcmul": per_output(8),
    "aten::addcdiv": per_output(13),
    "aten::lerp": per_output(6),
    "aten::eq": per_output(2),
    "aten::ne": per_output(2),
    "aten::isnan": per_output(2),
    "aten::isfinite": per_output(2),
    "aten::isinf": per_output(2),
    "aten::sum": per_element(2),
    "aten::nansum": per_element(2),
    "aten::mean": per_element(2),
    "aten::cumsum": per_element(2),
    "aten::prod": per_element(6),
    "aten::cumprod": per_element(6),
    "aten::var": per_element(8),
    "aten::std": per_element(8),
    "aten::var_mean": per_element(8),
    "aten::std_mean": per_element(8),
    "aten::linalg_vector_norm": per_element(4),
    "aten::norm": per_element(4),
    "aten::randn": per_output(2),
    "aten::randn_like": per_output(2),
    "aten::normal": per_output(2),
    "aten::normal_functional": per_output(2),
    "aten::uniform": per_output(2),
    "aten::rand": per_output(2),
    "aten::rand_like": per_output(2),
    "aten::index_add": _added,
    "aten::scatter_add": _added,
}
"""Operations of operators on complex numbers, by name without overload."""
