"""Multiply-accumulates of one call of an operator: closed forms over shapes.

A multiply-accumulate (MAC) is two floating-point operations. Convolutions and matrix products are counted in
MACs proper; whatever adds, multiplies or evaluates a function element by element is counted in operations and
enters as half as many MACs. A function that torch evaluates in one call (an exponential, a square root, a
GELU) is one operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from torch import Tensor

from .categories import Category

__all__ = ["Call", "Charge", "Formula", "fft", "per_element", "per_output"]

Charge: TypeAlias = Mapping[Category, float]
"""MACs of one call by category."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operator, as a formula sees it."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: Any

    def tensor(self, index: int) -> Tensor:
        """Positional argument `index`, a tensor."""
        return cast("Tensor", self.args[index])

    def optional(self, index: int, name: str) -> Any:
        """An argument that may be given by position, by name, or not at all (`None`)."""
        return self.args[index] if len(self.args) > index else self.kwargs.get(name)

    @property
    def first(self) -> Tensor:
        """The output, or the first of several."""
        output = self.output
        return cast("Tensor", output[0] if isinstance(output, Sequence) else output)


Formula: TypeAlias = Callable[[Call], Charge]


def per_output(operations: float, category: Category = "elementwise") -> Formula:
    """A fixed number of operations for each element of the (first) output."""
    return lambda call: {category: operations * call.first.numel() / 2}


def per_element(operations: float, category: Category = "elementwise") -> Formula:
    """A fixed number of operations for each element of the first argument."""
    return lambda call: {category: operations * call.tensor(0).numel() / 2}


def convolution(call: Call) -> Charge:
    """Every output element (input element, if transposed) meets one kernel: `aten::convolution` and its backends.

    Padding is counted as data, as every counter does; a bias is one addition for each output element.
    """
    image, weight, transposed = call.tensor(0), call.tensor(1), bool(call.optional(6, "transposed"))
    return _convolved(image if transposed else call.first, weight, bias=call.optional(2, "bias"), output=call.first)


def backend_convolution(call: Call) -> Charge:
    """As `convolution`, for the backends' operators, which have no `transposed` argument."""
    return _convolved(call.first, call.tensor(1), bias=call.optional(2, "bias"), output=call.first)


def _convolved(positions: Tensor, weight: Tensor, *, bias: object, output: Tensor) -> Charge:
    charge: dict[Category, float] = {"conv": positions.numel() * math.prod(weight.shape[1:])}
    if bias is not None:
        charge["elementwise"] = output.numel() / 2
    return charge


def transposed_excess(call: Call) -> float:
    """The excess of counters that charge every output element of a transposed convolution with a whole kernel.

    Only one in stride x stride of those products is made; thop and others count them all. 0 for other operators.
    """
    if not call.optional(6, "transposed"):
        return 0.0
    image, output, weight = call.tensor(0), call.first, call.tensor(1)
    grown = math.prod(output.shape[2:]) / math.prod(image.shape[2:])
    return (grown - 1) * image.numel() * math.prod(weight.shape[1:])


def deformable_convolution(call: Call) -> Charge:
    """`torchvision::deform_conv2d`: a convolution over samples that four pixels are interpolated for."""
    output, weight = call.first, call.tensor(1)
    taps = math.prod(weight.shape[2:])
    samples = output.numel() // output.shape[1] * call.tensor(0).shape[1] * taps
    return {"conv": output.numel() * math.prod(weight.shape[1:]), "resampling": 4 * samples}


def linear(call: Call) -> Charge:
    """`aten::linear`: every output element is a dot product over the input features."""
    charge: dict[Category, float] = {"linear": call.first.numel() * call.tensor(0).shape[-1]}
    if call.optional(2, "bias") is not None:
        charge["elementwise"] = call.first.numel() / 2
    return charge


def product(left: int, category: Category = "matmul", *, added: bool = False) -> Formula:
    """A matrix product whose left factor is argument `left`; its last dimension is summed over."""

    def count(call: Call) -> Charge:
        charge: dict[Category, float] = {category: call.first.numel() * call.tensor(left).shape[-1]}
        if added:
            charge["elementwise"] = call.first.numel() / 2
        return charge

    return count


def attention(call: Call) -> Charge:
    """Scaled dot-product attention (N..., L, E) x (N..., S, E) x (N..., S, V), on any backend.

    Both products, and 6 operations for each score (scaling, maximum, difference, exponential, sum,
    quotient). A causal mask saves nothing: kernels differ in what they skip.
    """
    query, key, value = (call.tensor(index) for index in range(3))
    scores = math.prod(query.shape[:-1]) * key.shape[-2]
    return {"matmul": scores * (query.shape[-1] + value.shape[-1]), "normalisation": 3 * scores}


def attention_heads_third(call: Call) -> Charge:
    """As `attention`, for kernels whose tensors are (N, L, heads, E)."""
    query, key, value = (call.tensor(index) for index in range(3))
    scores = query.shape[0] * query.shape[2] * query.shape[1] * key.shape[1]
    return {"matmul": scores * (query.shape[-1] + value.shape[-1]), "normalisation": 3 * scores}


def fft(points: int, transforms: int, *, real: bool) -> float:
    """MACs of discrete Fourier transforms of `points` points each.

    5 N log2 N operations for a complex transform and half of it for a real one, whatever algorithm runs
    and over however many dimensions N is spread: the convention of benchFFT (Frigo and Johnson,
    fftw.org/speed/method.html), which is the radix-2 Cooley-Tukey count.

    >>> fft(64, 1, real=True)
    480.0
    """
    return (2.5 if real else 5.0) * points * math.log2(points) * transforms / 2 if points > 1 else 0.0


def fourier(*, real: bool, points_of: Literal["input", "output"]) -> Formula:
    """`aten::_fft_*`: the transformed dimensions, and the side that has the full number of points."""

    def count(call: Call) -> Charge:
        full = call.tensor(0) if points_of == "input" else call.first
        points = math.prod(full.shape[dimension] for dimension in cast("Sequence[int]", call.args[1]))
        return {"fft": fft(points, full.numel() // max(points, 1), real=real)}

    return count


def affine_normalisation(scale: int, shift: int, *, base: float = 5) -> Formula:
    """A normalisation over statistics of the input: mean, difference, square and sum, product, for each element.

    Scale and shift (arguments of these positions, if they are given) are one operation each.
    """

    def count(call: Call) -> Charge:
        given = sum(len(call.args) > index and call.args[index] is not None for index in (scale, shift))
        return {"normalisation": (base + given) * call.tensor(0).numel() / 2}

    return count


def batch_norm(call: Call) -> Charge:
    """One product and one sum per element; with batch statistics, those of computing them as well."""
    training = bool(call.optional(5, "training"))
    return {"normalisation": (7 if training else 2) * call.tensor(0).numel() / 2}


def pooling(call: Call) -> Charge:
    """One addition or comparison for each element of each window."""
    kernel = cast("Sequence[int]", call.args[1])
    dimensions = call.first.dim() - 2
    window = math.prod(kernel) if len(kernel) > 1 else kernel[0] ** dimensions
    return {"resampling": call.first.numel() * window / 2}


def weighted_samples(samples: int) -> Formula:
    """Interpolation: a MAC for each of the input samples that an output element is made of."""
    return lambda call: {"resampling": float(samples * call.first.numel())}


def grid_samples(dimensions: int) -> Formula:
    """`aten::grid_sampler_*` by its mode: 0 is linear, 1 nearest and free, 2 cubic (two dimensions only)."""

    def count(call: Call) -> Charge:
        samples = {0: 2**dimensions, 1: 0, 2: 4**dimensions}[int(call.optional(2, "interpolation_mode") or 0)]
        return {"resampling": float(samples * call.first.numel())}

    return count


def antialiased(width: int) -> Formula:
    """Interpolation whose window, `width` samples wide, grows with the factor by which an image is made smaller."""

    def count(call: Call) -> Charge:
        sides = zip(call.tensor(0).shape[2:], call.first.shape[2:], strict=True)
        window = math.prod(width * max(1.0, before / after) for before, after in sides)
        return {"resampling": window * call.first.numel()}

    return count


def dropout(call: Call) -> Charge:
    """A comparison and a product for each element; nothing where it is switched off."""
    switched_on = call.optional(2, "train")
    return {"elementwise": float(call.first.numel()) if switched_on or switched_on is None else 0.0}


def batched_sum(call: Call) -> Charge:
    """`aten::addbmm`: the products of a batch, summed over it."""
    left, right = call.tensor(1), call.tensor(2)
    return {"matmul": float(left.numel() * right.shape[-1]), "elementwise": call.first.numel() / 2}


def multiplication(call: Call) -> Charge:
    """A product is one operation, two of a complex number with a real one, six of two complex numbers."""
    complex_factors = sum(
        factor.is_complex() if isinstance(factor, Tensor) else isinstance(factor, complex) for factor in call.args[:2]
    )
    return {"elementwise": (1, 2, 6)[complex_factors] * call.first.numel() / 2}


def addition(call: Call) -> Charge:
    """A sum or difference, times a factor if there is one; twice for complex numbers."""
    scaled = call.kwargs.get("alpha", 1) != 1
    return {"elementwise": (1 + scaled) * (1 + call.first.is_complex()) * call.first.numel() / 2}


def ordering(call: Call) -> Charge:
    """Sorting: n log2 n comparisons along the dimension."""
    return _ordered(call.tensor(0), call.optional(1, "dim"))


def selection(call: Call) -> Charge:
    """As `ordering`, for operators whose second argument says how many values or which one is wanted."""
    return _ordered(call.tensor(0), call.optional(2, "dim"))


def _ordered(tensor: Tensor, dimension: object) -> Charge:
    length = tensor.shape[dimension if isinstance(dimension, int) else -1] if tensor.dim() else 1
    return {"elementwise": tensor.numel() * math.log2(max(length, 2)) / 2}
